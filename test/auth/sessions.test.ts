import { createHash } from 'node:crypto';
import * as argon2 from 'argon2';
import { ANONYMOUS } from '#kernel/auth/actor';
import { passwords } from '#kernel/auth/passwords';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import { ACCESS_TOKEN_SECONDS, verifyAccessToken } from '#kernel/auth/tokens';
import { createContext, type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { PublishedEvent } from '#kernel/events/bus';
import type { LoginResult } from '#subgraphs/auth/model';
import { disableUser, enableUser, updateUser } from '#subgraphs/auth/user-administration';
import {
  SESSION_CACHE_MS,
  SessionCache,
  authenticate,
  followSessionChanges,
  sessionCacheOf,
} from '#subgraphs/auth/session-cache';
import { updateRole } from '#subgraphs/auth/roles';
import {
  REFRESH_TOKEN_LIFETIME_MS,
  SESSION_LIFETIME_MS,
  login,
  logout,
  refreshSession,
  revokeSessions,
} from '#subgraphs/auth/sessions';
import {
  TEST_PASSWORD,
  createColleagueOf,
  createOwner,
  signIn,
  testPasswordHash,
  type TestOwner,
} from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { codeOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
let anonymous: RequestContext;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
  anonymous = db.contextFor(ANONYMOUS);
});
afterAll(() => db.close());

/** An anonymous request so many milliseconds from now. */
function later(milliseconds: number): RequestContext {
  const now = new Date(db.services.clock.now().getTime() + milliseconds);
  return createContext({ ...db.services, clock: { now: () => now } }, ANONYMOUS, anonymous.request);
}

const whoIs = (session: LoginResult, at: RequestContext = anonymous) => authenticate(at, session.accessToken);

async function sessionRows(userId: string): Promise<{ revokedReason: string | null; tokens: number }[]> {
  return db.services.database.system.many(sql`
    select s.revoked_reason, count(t.id) as tokens from sessions s left join refresh_tokens t on t.session_id = s.id
    where s.user_id = ${userId} group by s.id order by s.id`);
}

describe('login', () => {
  it('gives tokens for the right address, whatever its case, and the right password', async () => {
    const session = await login(anonymous, {
      email: ` ${owner.user.email.toUpperCase()} `,
      password: TEST_PASSWORD,
    });
    expect(session).toMatchObject({ tokenType: 'bearer', expiresIn: 3600 });
    expect(session.user).toMatchObject({ id: owner.user.id, role: 'owner', branchId: owner.branchId });
    expect(session.user.home.organization).toMatchObject({ id: owner.organizationId, name: 'Test Shop' });
    expect(session.user.home.branch).toMatchObject({ id: owner.branchId, code: 'B1' });
    expect(session.user.lastLoginAt).toEqual(expect.any(Date));
    const actor = await whoIs(session);
    expect({ ...actor, scopes: actor.scopes.size }).toEqual({
      ...owner.actor,
      scopes: ALL_SCOPES.length,
      sessionId: actor.sessionId,
    });
  });

  it('keeps only the hash of the refresh token', async () => {
    const { refreshToken } = await signIn(db, owner.user.email);
    const hash = createHash('sha256').update(refreshToken).digest();
    const rows = await db.services.database.system.many(
      sql`select id from refresh_tokens where token_hash = ${hash}`,
    );
    expect(rows).toHaveLength(1);
    expect(refreshToken).toMatch(/^pospro_rt_[A-Za-z0-9_-]{43}$/);
  });

  it('answers a wrong password, an unknown address, a disabled user and one without a password alike, after the same work', async () => {
    const disabled = await createColleagueOf(db, owner, 'cashier');
    await disableUser(owner.ctx, disabled.id);
    const fresh = await createColleagueOf(db, owner, 'cashier');
    await db.services.database.system.run(sql`update users set password_hash = null where id = ${fresh.id}`);
    const attempts = [
      { email: owner.user.email, password: 'not the password' },
      { email: 'nobody@shop.test', password: TEST_PASSWORD },
      { email: 'no address', password: TEST_PASSWORD },
      { email: 'nul\0@shop.test', password: TEST_PASSWORD },
      { email: disabled.email, password: TEST_PASSWORD },
      { email: fresh.email, password: TEST_PASSWORD },
      { email: owner.user.email, password: 'x'.repeat(100_000) },
      { email: owner.user.email, password: '' },
    ];
    for (const attempt of attempts) {
      const before = passwords.computed;
      await expect(login(anonymous, attempt)).rejects.toMatchObject({
        code: 'INVALID_CREDENTIALS',
        status: 401,
        message: 'The address or the password is wrong.',
        errors: undefined,
      });
      expect(passwords.computed - before).toBe(1);
    }
  });

  it('replaces a hash of weaker parameters', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const weak = await argon2.hash(TEST_PASSWORD, {
      type: argon2.argon2id,
      memoryCost: 8192,
      timeCost: 2,
      parallelism: 1,
    });
    const { system } = db.services.database;
    await system.run(sql`update users set password_hash = ${weak} where id = ${user.id}`);
    await signIn(db, user.email);
    const { passwordHash } = await system.one<{ passwordHash: string }>(sql`
      select password_hash from users where id = ${user.id}`);
    expect(passwordHash).toContain('m=19456');
    await signIn(db, user.email);
  });

  it('forgets the sessions whose time is over', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    await signIn(db, user.email);
    const input = { email: user.email, password: TEST_PASSWORD };
    await login(later(SESSION_LIFETIME_MS - 1000), input);
    expect(await sessionRows(user.id)).toHaveLength(2);
    await login(later(SESSION_LIFETIME_MS + 60_000), input);
    expect(await sessionRows(user.id)).toHaveLength(2);
  });

  it('writes down where it came from, cut to what is kept', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const request = {
      requestId: 'r',
      address: '203.0.113.7',
      userAgent: `Till\u0000/1.0 ${'x'.repeat(1000)}`,
    };
    await login(createContext(db.services, ANONYMOUS, request), {
      email: user.email,
      password: TEST_PASSWORD,
    });
    const row = await db.services.database.system.one<{ address: string; userAgent: string }>(sql`
      select address, user_agent from sessions where user_id = ${user.id}`);
    expect(row.address).toBe('203.0.113.7');
    expect(row.userAgent).toBe(`Till/1.0 ${'x'.repeat(391)}`);
  });
});

describe('refreshSession', () => {
  it('gives a new pair for the old one, in the same session', async () => {
    const first = await signIn(db, owner.user.email);
    const second = await refreshSession(anonymous, { refreshToken: first.refreshToken });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.user.id).toBe(owner.user.id);
    expect((await whoIs(second)).sessionId).toBe((await whoIs(first)).sessionId);
    const third = await refreshSession(anonymous, { refreshToken: second.refreshToken });
    expect(await codeOf(whoIs(third))).toBe('none');
  });

  it('ends the whole family when an old token comes again', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const other = await signIn(db, user.email);
    const first = await signIn(db, user.email);
    const second = await refreshSession(anonymous, { refreshToken: first.refreshToken });
    expect(await codeOf(refreshSession(anonymous, { refreshToken: first.refreshToken }))).toBe(
      'TOKEN_REVOKED',
    );
    expect(await codeOf(refreshSession(anonymous, { refreshToken: second.refreshToken }))).toBe(
      'TOKEN_REVOKED',
    );
    expect(await codeOf(whoIs(first))).toBe('TOKEN_REVOKED');
    expect(await codeOf(whoIs(second))).toBe('TOKEN_REVOKED');
    // A session of the same user on another device is another family.
    expect(await codeOf(whoIs(other))).toBe('none');
    expect((await sessionRows(user.id)).map((row) => row.revokedReason).sort()).toEqual(
      [null, 'refresh_token_reused'].sort(),
    );
  });

  it('gives one pair at most where one token is used twice at once, and ends the session', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const { refreshToken } = await signIn(db, user.email);
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => codeOf(refreshSession(anonymous, { refreshToken }))),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'TOKEN_REVOKED')).toHaveLength(7);
    expect(await sessionRows(user.id)).toEqual([{ revokedReason: 'refresh_token_reused', tokens: 2 }]);
  });

  it('refuses what is no token of ours', async () => {
    for (const refreshToken of [
      '',
      'pospro_rt_x',
      (await signIn(db, owner.user.email)).accessToken,
      'a\0b',
    ]) {
      expect(await codeOf(refreshSession(anonymous, { refreshToken }))).toBe('UNAUTHENTICATED');
    }
  });

  it('refuses an expired token without ending anything, and drops expired ones as it goes', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const first = await signIn(db, user.email);
    const day = 24 * 60 * 60 * 1000;
    const second = await refreshSession(later(REFRESH_TOKEN_LIFETIME_MS - day), {
      refreshToken: first.refreshToken,
    });
    const expired = later(2 * REFRESH_TOKEN_LIFETIME_MS);
    expect(await codeOf(refreshSession(expired, { refreshToken: second.refreshToken }))).toBe(
      'TOKEN_EXPIRED',
    );
    await refreshSession(later(REFRESH_TOKEN_LIFETIME_MS + day), { refreshToken: second.refreshToken });
    expect(await sessionRows(user.id)).toEqual([{ revokedReason: null, tokens: 2 }]);
  });

  it('ends after half a year, however busy the session was', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    let { refreshToken } = await signIn(db, user.email);
    const step = REFRESH_TOKEN_LIFETIME_MS - 1000;
    for (let at = step; at < SESSION_LIFETIME_MS; at += step) {
      ({ refreshToken } = await refreshSession(later(at), { refreshToken }));
    }
    expect(await codeOf(refreshSession(later(SESSION_LIFETIME_MS + 1000), { refreshToken }))).toBe(
      'TOKEN_REVOKED',
    );
  });
});

describe('logout', () => {
  it('ends the session at once: access and refresh token are worth nothing', async () => {
    const session = await signIn(db, owner.user.email);
    await logout(session.ctx);
    expect(await codeOf(whoIs(session))).toBe('TOKEN_REVOKED');
    expect(await codeOf(refreshSession(anonymous, { refreshToken: session.refreshToken }))).toBe(
      'TOKEN_REVOKED',
    );
  });

  it('leaves an event that names the session', async () => {
    const session = await signIn(db, owner.user.email);
    const { sessionId } = await whoIs(session);
    await logout(session.ctx);
    const event = await db.services.database.system.one<{ payload: unknown }>(sql`
      select payload from outbox_events where type = 'session.revoked' and key = ${sessionId}`);
    expect(event.payload).toEqual({ sessionId, userId: owner.user.id, reason: 'logout' });
  });

  it('is refused to a caller who never signed in', async () => {
    const actor = { ...owner.actor, kind: 'apiKey' as const };
    expect(await codeOf(logout(db.contextFor(actor)))).toBe('FORBIDDEN');
  });
});

describe('authenticate', () => {
  it('tells an expired token from one of an ended session', async () => {
    const session = await signIn(db, owner.user.email);
    expect(await codeOf(whoIs(session, later((ACCESS_TOKEN_SECONDS + 1) * 1000)))).toBe('TOKEN_EXPIRED');
    expect(await codeOf(authenticate(db.services, `${session.accessToken}x`))).toBe('UNAUTHENTICATED');
  });

  it('lets a revoked session go on for five seconds at most where the news has not arrived, and not at all where it has', async () => {
    const session = await signIn(db, owner.user.email);
    const now = db.services.clock.now();
    const claims = verifyAccessToken(db.services.config, session.accessToken, now);
    const elsewhere = new SessionCache(db.services.database);
    expect((await elsewhere.actorOf(claims, now))?.userId).toBe(owner.user.id);
    await transact(owner.ctx, (tx) => revokeSessions(tx, { sessionId: claims.sessionId }, 'logout'));
    const at = (milliseconds: number) => new Date(now.getTime() + milliseconds);
    expect((await elsewhere.actorOf(claims, at(SESSION_CACHE_MS - 1)))?.userId).toBe(owner.user.id);
    expect(await elsewhere.actorOf(claims, at(SESSION_CACHE_MS))).toBeUndefined();
    expect(SESSION_CACHE_MS).toBeLessThanOrEqual(5000);
  });

  it('forgets at once what the bus says has changed', async () => {
    const session = await signIn(db, owner.user.email);
    const { sessionId } = await whoIs(session);
    const stop = followSessionChanges(db.services);
    const publish = (type: string, key: string): void => {
      const event: PublishedEvent = {
        id: key,
        cursor: '1',
        organizationId: owner.organizationId,
        branchId: undefined,
        type,
        key,
        payload: {},
        at: new Date(),
      };
      db.services.bus.publish(event);
    };
    const { system } = db.services.database;
    // Done behind the back of this process, as another one would.
    await system.run(sql`update users set branch_id = null where id = ${owner.user.id}`);
    expect((await whoIs(session)).branchId).toBe(owner.branchId);
    publish('user.changed', owner.user.id);
    expect((await whoIs(session)).branchId).toBeUndefined();
    await system.run(sql`update users set branch_id = ${owner.branchId} where id = ${owner.user.id}`);
    publish('role.changed', owner.roleIds.get('owner')!);
    expect((await whoIs(session)).branchId).toBe(owner.branchId);
    await system.run(sql`
      update sessions set revoked_at = now(), revoked_reason = 'logout' where id = ${sessionId}`);
    publish('session.revoked', sessionId);
    expect(await codeOf(whoIs(session))).toBe('TOKEN_REVOKED');
    await stop();
  });

  it('asks the database once for a hundred requests at once', async () => {
    const session = await signIn(db, owner.user.email);
    const claims = verifyAccessToken(db.services.config, session.accessToken, db.services.clock.now());
    let asked = 0;
    const { system } = db.services.database;
    const counting = {
      ...system,
      maybeOne: <Row>(query: Parameters<typeof system.maybeOne>[0]) => {
        asked += 1;
        return system.maybeOne<Row>(query);
      },
    };
    const sessions = new SessionCache({ ...db.services.database, system: counting });
    const now = db.services.clock.now();
    const actors = await Promise.all(Array.from({ length: 100 }, () => sessions.actorOf(claims, now)));
    expect(new Set(actors.map((actor) => actor?.userId))).toEqual(new Set([owner.user.id]));
    expect(asked).toBe(1);
  });

  it('does not remember a failure of the database', async () => {
    const session = await signIn(db, owner.user.email);
    const now = db.services.clock.now();
    const claims = verifyAccessToken(db.services.config, session.accessToken, now);
    const { system } = db.services.database;
    let away = true;
    const shaky = {
      ...system,
      maybeOne: <Row>(query: Parameters<typeof system.maybeOne>[0]) =>
        away ? Promise.reject(new Error('away')) : system.maybeOne<Row>(query),
    };
    const sessions = new SessionCache({ ...db.services.database, system: shaky });
    await expect(sessions.actorOf(claims, now)).rejects.toThrow('away');
    away = false;
    expect((await sessions.actorOf(claims, now))?.userId).toBe(owner.user.id);
  });

  it('shuts a disabled user out at once, and lets them in again only with a new login', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const session = await signIn(db, user.email);
    await disableUser(owner.ctx, user.id);
    expect(await codeOf(whoIs(session))).toBe('TOKEN_REVOKED');
    expect(await codeOf(refreshSession(anonymous, { refreshToken: session.refreshToken }))).toBe(
      'TOKEN_REVOKED',
    );
    expect(await codeOf(signIn(db, user.email))).toBe('INVALID_CREDENTIALS');
    await enableUser(owner.ctx, user.id);
    expect(await codeOf(whoIs(session))).toBe('TOKEN_REVOKED');
    expect(await codeOf(signIn(db, user.email))).toBe('none');
  });

  it('follows a changed role and a changed scope within the same token', async () => {
    const user = await createColleagueOf(db, owner, 'warehouse');
    const session = await signIn(db, user.email);
    expect((await whoIs(session)).scopes).toEqual(
      new Set(['catalog:read', 'inventory:read', 'inventory:write']),
    );
    await updateRole(owner.ctx, owner.roleIds.get('warehouse')!, { permissions: ['inventory:read'] });
    expect((await whoIs(session)).scopes).toEqual(new Set(['inventory:read']));
    await updateUser(owner.ctx, user.id, { role: 'accountant' });
    expect(await whoIs(session)).toMatchObject({ role: 'accountant' });
    expect((await whoIs(session)).scopes.has('finance:read')).toBe(true);
  });

  it('keeps one set of live sessions per database', async () => {
    expect(sessionCacheOf(anonymous)).toBe(sessionCacheOf(db.services));
    expect(await testPasswordHash()).toContain('$argon2id$');
  });
});
