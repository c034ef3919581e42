import fc from 'fast-check';
import { generateSync } from 'otplib';
import { ANONYMOUS } from '#kernel/auth/actor';
import { openSecret, sealSecret } from '#kernel/auth/secrets';
import { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { LOCKOUT } from '#kernel/limits/index';
import { resetTwoFactor } from '#subgraphs/auth/user-administration';
import { authenticate } from '#subgraphs/auth/session-cache';
import { login } from '#subgraphs/auth/sessions';
import { confirmTwoFactor, disableTwoFactor, enrollTwoFactor } from '#subgraphs/auth/two-factor';
import { normalizeRecoveryCode, toRecoveryCode, timeStep } from '#subgraphs/auth/two-factor.rules';
import type { User } from '#subgraphs/auth/index';
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

const clock = new SettableClock(new Date('2026-03-02T10:00:05Z'));
let db: TestDatabase;
let owner: TestOwner;
let anonymous: RequestContext;

beforeAll(async () => {
  db = await testDatabase({ clock });
  owner = await createOwner(db, { name: 'Corner' });
  anonymous = db.contextFor(ANONYMOUS);
});
afterAll(() => db.close());
/** Codes are good once, so each test begins in a time step of its own. */
beforeEach(() => clock.advance(300_000));

const codeAt = (secret: string, shiftSeconds = 0) =>
  generateSync({ secret, epoch: Math.floor(clock.now().getTime() / 1000) + shiftSeconds, strategy: 'totp' });

const enter = (user: User, otp?: string) =>
  issuesOf(login(anonymous, { email: user.email, password: TEST_PASSWORD, ...(otp && { otp }) }));

/** Somebody with a second factor. */
async function enrolled(): Promise<{
  user: User;
  ctx: RequestContext;
  secret: string;
  recoveryCodes: string[];
}> {
  const user = await createColleagueOf(db, owner, 'cashier');
  const { ctx } = await signIn(db, user.email);
  const { secret } = await enrollTwoFactor(ctx, { password: TEST_PASSWORD });
  const recoveryCodes = await confirmTwoFactor(ctx, { otp: codeAt(secret) });
  clock.advance(60_000);
  return { user, ctx, secret, recoveryCodes };
}

describe('setting up', () => {
  it('gives a key, its URL and a picture of it, and asks for codes only once one was right', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const { ctx } = await signIn(db, user.email);
    const enrollment = await enrollTwoFactor(ctx, { password: TEST_PASSWORD });
    expect(enrollment.secret).toMatch(/^[A-Z2-7]{32}$/);
    const url = new URL(enrollment.otpauthUrl);
    expect(`${url.protocol}//${url.host}${decodeURIComponent(url.pathname)}`).toBe(
      `otpauth://totp/PosPro Corner:${user.email}`,
    );
    expect(url.searchParams.get('secret')).toBe(enrollment.secret);
    expect(url.searchParams.get('issuer')).toBe('PosPro Corner');
    const [head, picture] = enrollment.qrCode.split(',');
    expect(head).toBe('data:image/png;base64');
    expect(Buffer.from(picture!, 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(await enter(user)).toBe('none');

    expect(await issuesOf(confirmTwoFactor(ctx, { otp: '000000' }))).toEqual(['otp WRONG']);
    const codes = await confirmTwoFactor(ctx, { otp: codeAt(enrollment.secret) });
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
    expect(await enter(user)).toBe('OTP_REQUIRED');
    expect(await issuesOf(confirmTwoFactor(ctx, { otp: codeAt(enrollment.secret) }))).toBe('ILLEGAL_STATE');
    expect(await issuesOf(enrollTwoFactor(ctx, { password: TEST_PASSWORD }))).toBe('ILLEGAL_STATE');
  });

  it('asks for the password, and for a person', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const { ctx } = await signIn(db, user.email);
    expect(await issuesOf(enrollTwoFactor(ctx, { password: 'wrong' }))).toEqual(['password WRONG']);
    const key = db.contextFor({
      ...userActor({ organizationId: owner.organizationId, userId: user.id }),
      kind: 'apiKey',
    });
    expect(await issuesOf(enrollTwoFactor(key, { password: TEST_PASSWORD }))).toBe('FORBIDDEN');
    expect(await issuesOf(confirmTwoFactor(ctx, { otp: '123456' }))).toBe('ILLEGAL_STATE');
    expect(await issuesOf(disableTwoFactor(ctx, { password: TEST_PASSWORD, otp: '123456' }))).toBe(
      'ILLEGAL_STATE',
    );
  });

  it('keeps the key encrypted and the recovery codes hashed', async () => {
    const { user, secret, recoveryCodes } = await enrolled();
    const system = db.services.database.system;
    const rows = [
      ...(await system.many<Record<string, unknown>>(
        sql`select * from two_factors where user_id = ${user.id}`,
      )),
      ...(await system.many<Record<string, unknown>>(
        sql`select * from recovery_codes where user_id = ${user.id}`,
      )),
    ];
    expect(rows).toHaveLength(11);
    const bytes = Buffer.concat(
      rows.flatMap((row) => Object.values(row).filter((value): value is Buffer => Buffer.isBuffer(value))),
    );
    for (const text of [secret, ...recoveryCodes]) expect(bytes.includes(text)).toBe(false);
  });
});

describe('signing in with a second factor', () => {
  it('takes the code of the present step, of the one before and of the one after, each once', async () => {
    const { user, secret } = await enrolled();
    expect(await enter(user, codeAt(secret, -60))).toBe('INVALID_CREDENTIALS');
    expect(await enter(user, codeAt(secret, 60))).toBe('INVALID_CREDENTIALS');
    const before = codeAt(secret, -30);
    expect(await enter(user, before)).toBe('none');
    expect(await enter(user, before)).toBe('INVALID_CREDENTIALS');
    const present = codeAt(secret);
    expect(await enter(user, ` ${present.slice(0, 3)} ${present.slice(3)}`)).toBe('none');
    expect(await enter(user, present)).toBe('INVALID_CREDENTIALS');
    expect(await enter(user, codeAt(secret, 30))).toBe('none');
    // A step that lies behind the last one used is used up with it.
    expect(await enter(user, present)).toBe('INVALID_CREDENTIALS');
  });

  it('lets one of many in who bring the same code at once', async () => {
    const { user, secret } = await enrolled();
    const otp = codeAt(secret);
    const answers = await Promise.all(Array.from({ length: 5 }, () => enter(user, otp)));
    expect(answers.sort()).toEqual([...Array<string>(4).fill('INVALID_CREDENTIALS'), 'none']);
  });

  it('takes each recovery code once, however it is typed', async () => {
    const { user, recoveryCodes } = await enrolled();
    const stranger = await enrolled();
    expect(await enter(user, recoveryCodes[0]!.toLowerCase().replaceAll('-', ' '))).toBe('none');
    expect(await enter(user, recoveryCodes[0])).toBe('INVALID_CREDENTIALS');
    expect(await enter(user, stranger.recoveryCodes[1])).toBe('INVALID_CREDENTIALS');
    expect(await enter(user, recoveryCodes[1])).toBe('none');
  });

  it('asks for the password first, and locks after ten wrong codes', async () => {
    const { user, secret } = await enrolled();
    const wrong = login(anonymous, { email: user.email, password: 'wrong', otp: codeAt(secret) });
    expect(await issuesOf(wrong)).toBe('INVALID_CREDENTIALS');
    for (let time = 2; time <= LOCKOUT.failures; time += 1)
      expect(await enter(user, '000000')).toBe('INVALID_CREDENTIALS');
    expect(await enter(user, codeAt(secret))).toBe('INVALID_CREDENTIALS');
    expect(await enter(user)).toBe('INVALID_CREDENTIALS');
  });
});

describe('giving it up', () => {
  it('takes the password and a code', async () => {
    const { user, ctx, secret } = await enrolled();
    expect(await issuesOf(disableTwoFactor(ctx, { password: 'wrong', otp: codeAt(secret) }))).toEqual([
      'password WRONG',
    ]);
    expect(await issuesOf(disableTwoFactor(ctx, { password: TEST_PASSWORD, otp: '000000' }))).toEqual([
      'otp WRONG',
    ]);
    expect(await enter(user)).toBe('OTP_REQUIRED');
    expect(await disableTwoFactor(ctx, { password: TEST_PASSWORD, otp: codeAt(secret) })).toMatchObject({
      twoFactor: false,
    });
    expect(await enter(user)).toBe('none');
  });

  it('an administrator takes it away from a colleague, and ends the sessions', async () => {
    const { user, secret } = await enrolled();
    const session = await login(anonymous, {
      email: user.email,
      password: TEST_PASSWORD,
      otp: codeAt(secret),
    });
    expect(session.user.twoFactor).toBe(true);
    expect(await resetTwoFactor(owner.ctx, user.id)).toMatchObject({ twoFactor: false });
    expect(await issuesOf(authenticate(db.services, session.accessToken))).toBe('TOKEN_REVOKED');
    expect(await enter(user)).toBe('none');
    expect(await issuesOf(resetTwoFactor(owner.ctx, owner.user.id))).toBe('ILLEGAL_STATE');
    const stranger = await createOwner(db);
    expect(await issuesOf(resetTwoFactor(stranger.ctx, user.id))).toBe('NOT_FOUND');
  });
});

describe('the rules', () => {
  it('recovery codes are the bits they were made of, in any spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        const code = toRecoveryCode(bytes);
        expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
        expect(normalizeRecoveryCode(` ${code.toLowerCase()} `)).toBe(code);
      }),
    );
    expect(toRecoveryCode(new Uint8Array(10))).toBe('AAAA-AAAA-AAAA-AAAA');
    expect(toRecoveryCode(new Uint8Array(10).fill(255))).toBe('7777-7777-7777-7777');
    for (const text of ['', '123456', 'AAAA-AAAA-AAAA-AAA1', 'AAAA-AAAA-AAAA'])
      expect(normalizeRecoveryCode(text)).toBeUndefined();
  });

  it('knows the codes of RFC 6238', () => {
    // The seed "12345678901234567890" in base32, and the last six of the RFC's eight digits.
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const at = (seconds: number) => new Date(seconds * 1000);
    expect(timeStep(secret, '287082', at(59), 0)).toBe(1);
    expect(timeStep(secret, '081804', at(1111111109), 0)).toBe(37037036);
    expect(timeStep(secret, '005924', at(1234567890), 0)).toBe(41152263);
    expect(timeStep(secret, '005924', at(1234567890 + 31), 0)).toBe(41152263);
    expect(timeStep(secret, '005924', at(1234567890), 41152263)).toBeUndefined();
    for (const text of ['', 'abcdef', '0059240', '00592'])
      expect(timeStep(secret, text, at(1234567890), 0)).toBeUndefined();
  });

  it('opens a sealed secret for its own purpose and owner only', () => {
    const config = { jwtSecret: 'x'.repeat(32) };
    const sealed = sealSecret(config, 'a', 'owner', 'text');
    expect(openSecret(config, 'a', 'owner', sealed)).toBe('text');
    expect(openSecret(config, 'b', 'owner', sealed)).toBeUndefined();
    expect(openSecret(config, 'a', 'another', sealed)).toBeUndefined();
    expect(openSecret({ jwtSecret: 'y'.repeat(32) }, 'a', 'owner', sealed)).toBeUndefined();
    sealed[sealed.length - 1]! ^= 1;
    expect(openSecret(config, 'a', 'owner', sealed)).toBeUndefined();
    expect(openSecret(config, 'a', 'owner', Buffer.alloc(5))).toBeUndefined();
  });
});
