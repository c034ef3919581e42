/** API keys, sessions, the own password, and the passwords of imported users. */
import { setImmediate } from 'node:timers/promises';
import * as bcrypt from 'bcryptjs';
import { ANONYMOUS } from '#kernel/auth/actor';
import { SettableClock } from '#kernel/clock';
import { createContext, type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { changePassword, listSessions, revokeOwnSession } from '#subgraphs/auth/account';
import { createUser } from '#subgraphs/auth/index';
import { createApiKey, followKeyChanges, listApiKeys, revokeApiKey } from '#subgraphs/auth/api-keys';
import { authenticateBearer } from '#subgraphs/auth/authenticate';
import { disableUser } from '#subgraphs/auth/user-administration';
import { createRole, updateRole } from '#subgraphs/auth/roles';
import { login, logout } from '#subgraphs/auth/sessions';
import {
  TEST_PASSWORD,
  createColleagueOf,
  createOwner,
  signIn,
  userActor,
  type TestOwner,
} from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { issuesOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
let stranger: TestOwner;
let anonymous: RequestContext;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
  stranger = await createOwner(db);
  anonymous = db.contextFor(ANONYMOUS);
});
afterAll(() => db.close());

const later = (milliseconds: number) => ({
  ...db.services,
  clock: { now: () => new Date(db.services.clock.now().getTime() + milliseconds) },
});

describe('API keys', () => {
  it('are shown once, stored as a hash, and permit what they were made for', async () => {
    const { key, apiKey } = await createApiKey(owner.ctx, {
      name: ' Export ',
      permissions: ['reports:read', 'orders:read'],
    });
    expect(key).toMatch(/^pospro_sk_[\w-]{43}$/);
    expect(apiKey).toMatchObject({
      name: 'Export',
      scopes: ['orders:read', 'reports:read'],
      expiresAt: null,
      lastUsedAt: null,
    });
    expect(apiKey.prefix).toBe(key.slice(0, 16));
    expect(await authenticateBearer(db.services, key)).toEqual({
      kind: 'apiKey',
      userId: owner.user.id,
      organizationId: owner.organizationId,
      branchId: owner.branchId,
      role: 'API key',
      scopes: new Set(['orders:read', 'reports:read']),
      sessionId: apiKey.id,
    });
    const rows = await db.services.database.system.many(sql`select * from api_keys where id = ${apiKey.id}`);
    expect(JSON.stringify(rows)).not.toContain(key.slice(16));
    const [listed] = (await listApiKeys(owner.ctx, {})).items;
    expect(listed).toMatchObject({ id: apiKey.id, lastUsedAt: expect.any(Date) as Date, revokedAt: null });
    expect(listed).not.toHaveProperty('keyHash');
  });

  it('permit no more than their maker may do, then or later', async () => {
    const role = await createRole(owner.ctx, {
      name: 'integrator',
      permissions: ['admin:settings', 'orders:read', 'catalog:read'],
    });
    const user = await createColleagueOf(db, owner, 'integrator');
    const { ctx } = await signIn(db, user.email);
    expect(
      await issuesOf(createApiKey(ctx, { name: 'x', permissions: ['orders:read', 'orders:write'] })),
    ).toBe('FORBIDDEN');
    const { key } = await createApiKey(ctx, { name: 'x', permissions: ['orders:read', 'catalog:read'] });
    // The clock stands: what was seen once would be remembered for ever, did not the news put an end to it.
    const services = { ...db.services, clock: new SettableClock(new Date()) };
    const held = async () => [...(await authenticateBearer(services, key)).scopes].sort().join(' ');
    expect(await held()).toBe('catalog:read orders:read');
    const stop = followKeyChanges(db.services);
    await updateRole(owner.ctx, role.id, { permissions: ['orders:read'] });
    while ((await held()) !== 'orders:read') await setImmediate();
    await disableUser(owner.ctx, user.id);
    while ((await issuesOf(authenticateBearer(services, key))) !== 'TOKEN_REVOKED') await setImmediate();
    stop();
  });

  it('end when they are revoked, or expire', async () => {
    const first = await createApiKey(owner.ctx, { name: 'a', permissions: ['orders:read'] });
    expect(await issuesOf(authenticateBearer(db.services, first.key))).toBe('none');
    expect(await issuesOf(revokeApiKey(stranger.ctx, first.apiKey.id))).toBe('NOT_FOUND');
    const revoked = await revokeApiKey(owner.ctx, first.apiKey.id);
    expect(revoked.revokedAt).toEqual(expect.any(Date));
    expect(await revokeApiKey(owner.ctx, first.apiKey.id)).toEqual({
      ...revoked,
      lastUsedAt: expect.any(Date) as Date,
    });
    expect(await issuesOf(authenticateBearer(db.services, first.key))).toBe('TOKEN_REVOKED');

    const expiresAt = new Date(db.services.clock.now().getTime() + 60_000);
    const second = await createApiKey(owner.ctx, { name: 'b', permissions: ['orders:read'], expiresAt });
    expect(await issuesOf(authenticateBearer(db.services, second.key))).toBe('none');
    expect(await issuesOf(authenticateBearer(later(66_000), second.key))).toBe('TOKEN_EXPIRED');
    expect(await issuesOf(authenticateBearer(db.services, `${second.key}x`))).toBe('UNAUTHENTICATED');
    expect(await issuesOf(revokeApiKey(owner.ctx, 'no id'))).toBe('NOT_FOUND');
  });

  it('are refused by what only a person can do, and make no other keys', async () => {
    const { key } = await createApiKey(owner.ctx, {
      name: 'all',
      permissions: ['admin:settings', 'orders:read'],
    });
    const ctx = db.contextFor(await authenticateBearer(db.services, key));
    expect(await issuesOf(createApiKey(ctx, { name: 'x', permissions: ['orders:read'] }))).toBe('FORBIDDEN');
    expect(
      await issuesOf(changePassword(ctx, { currentPassword: TEST_PASSWORD, newPassword: 'xxxxxxxxxxx' })),
    ).toBe('FORBIDDEN');
    expect(await issuesOf(listSessions(ctx))).toBe('FORBIDDEN');
    expect(await issuesOf(logout(ctx))).toBe('FORBIDDEN');
    expect((await listApiKeys(ctx, {})).items.length).toBeGreaterThan(0);
    expect((await listApiKeys(stranger.ctx, {})).items).toEqual([]);
  });

  it.each<[string, { name?: string; permissions?: string[]; expiresAt?: Date }, string[]]>([
    ['no permission', { permissions: [] }, ['permissions REQUIRED']],
    ['an unknown permission', { permissions: ['orders:read', 'orders:eat'] }, ['permissions.1 INVALID']],
    ['no name', { name: ' ' }, ['name REQUIRED']],
    ['an end in the past', { expiresAt: new Date(0) }, ['expiresAt INVALID']],
  ])('refuses %s', async (_, changes, expected) => {
    expect(
      await issuesOf(createApiKey(owner.ctx, { name: 'x', permissions: ['orders:read'], ...changes })),
    ).toEqual(expected);
  });
});

describe('sessions', () => {
  it('are listed with where they came from, and ended one by one', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const from = (address: string, userAgent: string) =>
      createContext(db.services, ANONYMOUS, { requestId: 'r', address, userAgent });
    const input = { email: user.email, password: TEST_PASSWORD };
    const first = await login(from('198.51.100.1', 'Till/1'), input);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await login(from('198.51.100.2', 'Phone'), input);
    const ctx = db.contextFor(await authenticateBearer(db.services, second.accessToken));
    const sessions = await listSessions(ctx);
    expect(sessions.map(({ address, userAgent, current }) => [address, userAgent, current])).toEqual([
      ['198.51.100.2', 'Phone', true],
      ['198.51.100.1', 'Till/1', false],
    ]);
    await revokeOwnSession(ctx, sessions[1]!.id);
    await revokeOwnSession(ctx, sessions[1]!.id);
    expect(await issuesOf(authenticateBearer(db.services, first.accessToken))).toBe('TOKEN_REVOKED');
    expect(await listSessions(ctx)).toHaveLength(1);
    // Neither a colleague's nor another organization's session is there to be seen.
    const colleague = await signIn(db, owner.user.email);
    const [foreign] = await listSessions(colleague.ctx);
    for (const id of [foreign!.id, 'no id', user.id])
      expect(await issuesOf(revokeOwnSession(ctx, id))).toBe('NOT_FOUND');
    expect(await issuesOf(authenticateBearer(db.services, colleague.accessToken))).toBe('none');
  });

  it('end with a change of the password, all but the one that made it', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const other = await signIn(db, user.email);
    const own = await signIn(db, user.email);
    const change = (currentPassword: string, newPassword: string) =>
      issuesOf(changePassword(own.ctx, { currentPassword, newPassword }));
    expect(await change('wrong', 'a long pass phrase')).toEqual(['currentPassword WRONG']);
    expect(await change(TEST_PASSWORD, 'short')).toEqual(['newPassword LENGTH']);
    expect(await issuesOf(authenticateBearer(db.services, other.accessToken))).toBe('none');
    expect(await change(TEST_PASSWORD, 'a long pass phrase')).toBe('none');
    expect(await issuesOf(authenticateBearer(db.services, other.accessToken))).toBe('TOKEN_REVOKED');
    expect(await issuesOf(authenticateBearer(db.services, own.accessToken))).toBe('none');
    expect(await issuesOf(login(anonymous, { email: user.email, password: TEST_PASSWORD }))).toBe(
      'INVALID_CREDENTIALS',
    );
    expect(await issuesOf(login(anonymous, { email: user.email, password: 'a long pass phrase' }))).toBe(
      'none',
    );
  });
});

describe('an imported user', () => {
  it.each(['2a', '2b', '2y'])(
    'signs in with the bcrypt hash ($%s$) once, after which it is argon2id',
    async (version) => {
      const passwordHash = (await bcrypt.hash('old system pass', 6)).replace(/^\$2\w/, `$${version}`);
      const email = `imported-${version}@shop.test`;
      const { organizationId } = owner;
      const user = await createUser(db.services, {
        organizationId,
        email,
        name: 'Imported',
        role: 'cashier',
        passwordHash,
      });
      expect(await issuesOf(login(anonymous, { email, password: 'wrong' }))).toBe('INVALID_CREDENTIALS');
      const twice = [1, 2].map(() => issuesOf(login(anonymous, { email, password: 'old system pass' })));
      expect(await Promise.all(twice)).toEqual(['none', 'none']);
      const { hash } = await db.services.database.system.one<{ hash: string }>(sql`
      select password_hash as hash from users where id = ${user.id}`);
      expect(hash).toMatch(/^\$argon2id\$/);
      expect(await issuesOf(login(anonymous, { email, password: 'old system pass' }))).toBe('none');
      expect(await issuesOf(login(anonymous, { email, password: 'wrong' }))).toBe('INVALID_CREDENTIALS');
    },
  );
});

it('an actor of the harness has no session to speak of', async () => {
  expect(await listSessions(db.contextFor(userActor({ organizationId: owner.organizationId })))).toEqual([]);
});
