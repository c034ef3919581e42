/** What the audit trail holds of those who sign in, and of those who fail to. */
import { randomUUID } from 'node:crypto';
import { generateSync } from 'otplib';
import { verifyTrail } from '#kernel/audit/verify';
import { ANONYMOUS } from '#kernel/auth/actor';
import { systemContext, type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { LOCKOUT } from '#kernel/limits/index';
import { listAuditEntries, type AuditEntryRow } from '#subgraphs/admin/audit-logs.queries';
import { changePassword, requestPasswordReset, resetPassword, verifyEmail } from '#subgraphs/auth/account';
import { drainBackgroundTasks } from '#subgraphs/auth/background-tasks';
import { disableUser } from '#subgraphs/auth/user-administration';
import { registerUser } from '#subgraphs/auth/registration';
import { login, logout, refreshSession } from '#subgraphs/auth/sessions';
import { confirmTwoFactor, disableTwoFactor, enrollTwoFactor } from '#subgraphs/auth/two-factor';
import { issueToken } from '#subgraphs/auth/user-tokens';
import { verifyCredentials } from '#subgraphs/auth/index';
import { transact } from '#kernel/db/transact';
import { authenticate } from '#subgraphs/auth/session-cache';
import { TEST_PASSWORD, createColleagueOf, createOwner, signIn, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { codeOf } from '#test/harness/values';
import { sealAll, tamper } from '#test/admin/audit-trail';

let db: TestDatabase;
let owner: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
});
afterAll(() => db.close());

/** The context of a request without a token that carries out an operation. */
const asking = (name: string, input: object): RequestContext =>
  db.contextFor(ANONYMOUS, {
    operation: { name, input: { input } },
    address: '203.0.113.9',
    userAgent: 'Till/3',
    requestId: 'r-1',
  });

const signingIn = (input: { email: string; password: string; otp?: string }) =>
  login(asking('login', input), input);

/** Those of one person, the newest first, once what was begun aside has ended. */
async function trailOf(userId: string, shop: TestOwner = owner): Promise<AuditEntryRow[]> {
  await drainBackgroundTasks(db.services);
  return (await listAuditEntries(shop.ctx, { userId })).items;
}

const newest = async (userId: string) => (await trailOf(userId))[0]!;
const FROM = { address: '203.0.113.9', userAgent: 'Till/3', requestId: 'r-1' };

describe('a sign-in', () => {
  it('is recorded for the user, with the new session', async () => {
    const { user } = owner;
    const { accessToken, refreshToken } = await signingIn({ email: user.email, password: TEST_PASSWORD });
    const { sessionId } = await authenticate(db.services, accessToken);
    const who = { actorKind: 'user', userId: user.id, role: 'owner', sessionId, ...FROM };
    expect(await newest(user.id)).toMatchObject({
      ...who,
      operation: 'login',
      input: { input: { email: user.email, password: '[secret]' } },
    });
    await refreshSession(asking('refreshSession', { refreshToken }), { refreshToken });
    expect(await newest(user.id)).toMatchObject({
      ...who,
      operation: 'refreshSession',
      input: { input: { refreshToken: '[secret]' } },
    });
    await logout(db.contextFor(await authenticate(db.services, accessToken), asking('logout', {}).request));
    expect(await newest(user.id)).toMatchObject({ ...who, operation: 'logout' });
  });

  it('as are a registration, and operations with the codes of e-mails', async () => {
    const input = {
      email: `${randomUUID()}@shop.test`,
      password: TEST_PASSWORD,
      name: 'Olga',
      organizationName: 'Corner',
    };
    const { id, organizationId } = await registerUser(asking('registerUser', input), input);
    const shop = { ...owner, ctx: systemContext(db.services, organizationId, { address: 'platform' }) };
    const who = { actorKind: 'user', userId: id, role: 'owner', sessionId: null, ...FROM };
    expect((await trailOf(id, shop))[0]).toMatchObject({ ...who, operation: 'registerUser' });
    const codeFor = (kind: 'verify_email' | 'password_reset') =>
      transact(shop.ctx, (tx) => issueToken(tx, db.services.ids.next(), { id, email: input.email }, kind));
    const proof = { token: await codeFor('verify_email') };
    await verifyEmail(asking('verifyEmail', proof), proof);
    expect((await trailOf(id, shop))[0]).toMatchObject({
      ...who,
      operation: 'verifyEmail',
      input: { input: { token: '[secret]' } },
    });
    const choice = { token: await codeFor('password_reset'), password: 'another long secret' };
    await resetPassword(asking('resetPassword', choice), choice);
    expect((await trailOf(id, shop))[0]).toMatchObject({
      ...who,
      operation: 'resetPassword',
      input: { input: { token: '[secret]', password: '[secret]' } },
    });
  });
});

describe('a failed attempt', () => {
  const failed = (userId: string, email: string, reason: string) => ({
    operation: 'login.failed',
    actorKind: 'anonymous',
    userId,
    role: 'cashier',
    sessionId: null,
    input: { email, userId, reason },
    ...FROM,
  });

  it('is recorded for the account: a wrong password, a wrong or used code, a disabled user', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const { id, email } = user;
    const { ctx } = await signIn(db, email);
    expect(await codeOf(signingIn({ email: ` ${email.toUpperCase()}`, password: 'hunter2 hunter2' }))).toBe(
      'INVALID_CREDENTIALS',
    );
    expect(await newest(id)).toMatchObject(failed(id, email.toUpperCase(), 'wrong_password'));
    const { secret } = await enrollTwoFactor(ctx, { password: TEST_PASSWORD });
    const otp = generateSync({ secret, strategy: 'totp' });
    await confirmTwoFactor(ctx, { otp });
    const before = (await trailOf(id)).length;
    expect(await codeOf(signingIn({ email, password: TEST_PASSWORD }))).toBe('OTP_REQUIRED');
    expect((await trailOf(id)).length).toBe(before);
    for (const code of ['000000', otp]) {
      expect(await codeOf(signingIn({ email, password: TEST_PASSWORD, otp: code }))).toBe(
        'INVALID_CREDENTIALS',
      );
      expect(await newest(id)).toMatchObject(failed(id, email, 'wrong_code'));
    }
    // A code that is used up while the session begins is found inside the transaction; it leaves no entry of a login either.
    expect((await trailOf(id)).length).toBe(before + 2);
    await disableUser(owner.ctx, id);
    expect(await codeOf(signingIn({ email, password: TEST_PASSWORD }))).toBe('INVALID_CREDENTIALS');
    expect(await newest(id)).toMatchObject(failed(id, email, 'disabled'));
    const { text } = await db.services.database.system.one<{ text: string }>(
      sql`select string_agg(e::text, ' ') as text from audit_entries e where user_id = ${id}`,
    );
    for (const word of ['hunter2', TEST_PASSWORD, secret, otp]) expect(text).not.toContain(word);
  });

  it('leaves no entry for an unknown address, and takes the same work', async () => {
    const count = () =>
      db.services.database.system.one<{ count: number }>(sql`select count(*) as count from audit_entries`);
    const before = await count();
    expect(await codeOf(signingIn({ email: 'nobody@shop.test', password: TEST_PASSWORD }))).toBe(
      'INVALID_CREDENTIALS',
    );
    await drainBackgroundTasks(db.services);
    expect(await count()).toEqual(before);
  });

  it('marks the attempt that locked the account, and records only a few later ones', async () => {
    const { id, email } = await createColleagueOf(db, owner, 'cashier');
    for (let attempt = 0; attempt < LOCKOUT.failures; attempt += 1) {
      expect(await codeOf(signingIn({ email, password: 'wrong wrong' }))).toBe('INVALID_CREDENTIALS');
    }
    const entry = {
      ...failed(id, email, 'wrong_password'),
      input: { email, userId: id, reason: 'wrong_password', locks: true },
    };
    expect(await newest(id)).toMatchObject(entry);
    const mails = await db.services.database.system.many(sql`select id from mail_jobs where user_id = ${id}`);
    expect(mails).toHaveLength(1);
    for (let attempt = 0; attempt < LOCKOUT.failures + 3; attempt += 1) {
      expect(await codeOf(signingIn({ email, password: TEST_PASSWORD }))).toBe('INVALID_CREDENTIALS');
    }
    const trail = await trailOf(id);
    expect(trail.map(({ operation }) => operation)).toEqual(
      Array.from({ length: 2 * LOCKOUT.failures }, () => 'login.failed'),
    );
    expect(trail[0]).toMatchObject(failed(id, email, 'locked'));
  }, 60_000);

  it('is not recorded for a caller who also sends a token of their own', async () => {
    const elsewhere = await createOwner(db);
    const { id, email } = await createColleagueOf(db, owner, 'cashier');
    const ctx = db.contextFor(elsewhere.actor, asking('login', {}).request);
    expect(await codeOf(login(ctx, { email, password: 'wrong wrong' }))).toBe('INVALID_CREDENTIALS');
    expect(await newest(id)).toMatchObject(failed(id, email, 'wrong_password'));
    expect(await trailOf(elsewhere.user.id, elsewhere)).toEqual([]);
  });

  it('is recorded once for a refresh token that is sent twice, with an unknown actor', async () => {
    const { id, email } = await createColleagueOf(db, owner, 'cashier');
    const { refreshToken, accessToken } = await signIn(db, email);
    const { sessionId } = await authenticate(db.services, accessToken);
    const again = () => codeOf(refreshSession(asking('refreshSession', { refreshToken }), { refreshToken }));
    expect([await again(), await again(), await again()]).toEqual(['none', 'TOKEN_REVOKED', 'TOKEN_REVOKED']);
    const trail = await trailOf(id);
    expect(trail.slice(0, 2)).toMatchObject([
      { operation: 'refreshSession.failed', actorKind: 'anonymous', sessionId: null, ...FROM },
      { operation: 'refreshSession', actorKind: 'user', sessionId },
    ]);
    expect(trail[0]!.input).toEqual({ userId: id, sessionId, reason: 'refresh_token_reused' });
  });

  it('is recorded for the signed-in user, for their own password and for an approval at their till', async () => {
    const cashier = await createColleagueOf(db, owner, 'cashier');
    const { ctx } = await signIn(db, cashier.email);
    const change = { currentPassword: 'wrong wrong', newPassword: 'another long secret' };
    expect(await codeOf(changePassword(ctx, change))).toBe('VALIDATION_FAILED');
    const own = { actorKind: 'user', userId: cashier.id, operation: 'password.failed' };
    const input = { email: cashier.email, userId: cashier.id, reason: 'wrong_password' };
    expect(await newest(cashier.id)).toMatchObject({ ...own, input });
    const manager = await createColleagueOf(db, owner, 'manager');
    const proof = { email: manager.email, password: 'wrong wrong', otp: null };
    expect(await codeOf(verifyCredentials(ctx, proof))).toBe('INVALID_CREDENTIALS');
    expect(await newest(cashier.id)).toMatchObject({
      ...own,
      operation: 'approval.failed',
      input: { email: manager.email, userId: manager.id, reason: 'wrong_password' },
    });
  });

  it('includes a wrong code for switching a second factor on or off, which counts like a wrong password', async () => {
    const { id, email } = await createColleagueOf(db, owner, 'cashier');
    const { ctx } = await signIn(db, email);
    const { secret } = await enrollTwoFactor(ctx, { password: TEST_PASSWORD });
    const otp = generateSync({ secret, strategy: 'totp' });
    const entry = {
      operation: 'code.failed',
      actorKind: 'user',
      userId: id,
      sessionId: ctx.actor.kind === 'user' && ctx.actor.sessionId,
    };
    const during = (name: string, input: object) =>
      db.contextFor(ctx.actor, { operation: { name, input: { input } } });
    const confirm = (code: string) =>
      confirmTwoFactor(during('confirmTwoFactor', { otp: code }), { otp: code });
    const disable = (code: string) => {
      const input = { password: TEST_PASSWORD, otp: code };
      return disableTwoFactor(during('disableTwoFactor', input), input);
    };
    expect(await codeOf(confirm('000000'))).toBe('VALIDATION_FAILED');
    expect(await newest(id)).toMatchObject({ ...entry, input: { email, userId: id, reason: 'wrong_code' } });
    await confirm(otp);
    // A wrong code, a used one, and a recovery code that is none.
    for (const code of ['000000', otp, 'AAAA-AAAA-AAAA-AAAA']) {
      const before = (await trailOf(id)).length;
      expect(await codeOf(disable(code))).toBe('VALIDATION_FAILED');
      const trail = await trailOf(id);
      expect(trail).toHaveLength(before + 1);
      expect(trail[0]).toMatchObject({ ...entry, input: { email, userId: id, reason: 'wrong_code' } });
    }
    for (let attempt = 4; attempt < LOCKOUT.failures; attempt += 1)
      expect(await codeOf(disable('000000'))).toBe('VALIDATION_FAILED');
    expect((await newest(id)).input).toEqual({ email, userId: id, reason: 'wrong_code', locks: true });
    expect(await codeOf(signingIn({ email, password: TEST_PASSWORD, otp }))).toBe('INVALID_CREDENTIALS');
    expect((await newest(id)).input).toEqual({ email, userId: id, reason: 'locked' });
    const { text } = await db.services.database.system.one<{ text: string }>(
      sql`select string_agg(e.input::text, ' ') as text from audit_entries e where user_id = ${id}`,
    );
    for (const word of [TEST_PASSWORD, secret, otp, '000000', 'AAAA-AAAA']) expect(text).not.toContain(word);
  });

  it('includes any code while the account is locked, right or wrong', async () => {
    const { id, email } = await createColleagueOf(db, owner, 'cashier');
    const { ctx } = await signIn(db, email);
    const { secret } = await enrollTwoFactor(ctx, { password: TEST_PASSWORD });
    for (let attempt = 0; attempt < LOCKOUT.failures; attempt += 1) {
      expect(await codeOf(confirmTwoFactor(ctx, { otp: '000000' }))).toBe('VALIDATION_FAILED');
    }
    const right = generateSync({ secret, strategy: 'totp' });
    expect(await codeOf(confirmTwoFactor(ctx, { otp: right }))).toBe('VALIDATION_FAILED');
    expect(await newest(id)).toMatchObject({
      operation: 'code.failed',
      input: { email, userId: id, reason: 'locked' },
    });
  });

  it('includes a request for a new password, by an unauthenticated caller, once per e-mail', async () => {
    const { id, email } = await createColleagueOf(db, owner, 'cashier');
    for (let time = 0; time < 3; time += 1) {
      await requestPasswordReset(asking('requestPasswordReset', { email }), { email });
      await drainBackgroundTasks(db.services);
    }
    const trail = await trailOf(id);
    expect(trail).toHaveLength(1);
    expect(trail[0]).toMatchObject({ operation: 'requestPasswordReset', actorKind: 'anonymous', ...FROM });
  });
});

it('is sealed in the chain like every other entry', async () => {
  await drainBackgroundTasks(db.services);
  await sealAll(db);
  const { system } = db.services.database;
  expect(await verifyTrail(system, owner.organizationId)).toMatchObject({
    valid: true,
    error: null,
    pending: 0,
  });
  const { id, sequence } = await system.one<{ id: string; sequence: number }>(sql`
    select e.id, s.sequence from audit_entries e join audit_seals s on s.entry_id = e.id
    where e.organization_id = ${owner.organizationId} and e.operation = 'login.failed' order by s.sequence limit 1`);
  await tamper(db, `update audit_entries set actor_kind = 'platform', user_id = null where id = '${id}'`);
  expect(await verifyTrail(system, owner.organizationId)).toMatchObject({
    valid: false,
    error: { kind: 'entry_changed', sequence, entryId: id },
  });
});
