import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ANONYMOUS } from '#kernel/auth/actor';
import { createContext, type RequestContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { createMailer, type Mailer } from '#kernel/mail/mailer';
import { LOCKOUT } from '#kernel/limits/index';
import { updateBranch } from '#subgraphs/auth/branches';
import { updateOrganization } from '#subgraphs/auth/organizations';
import { requestPasswordReset, resetPassword, verifyEmail } from '#subgraphs/auth/account';
import { drainBackgroundTasks } from '#subgraphs/auth/background-tasks';
import { createOrganizationUser, disableUser } from '#subgraphs/auth/user-administration';
import { authenticate } from '#subgraphs/auth/session-cache';
import { deliverMails, startMail } from '#subgraphs/auth/mail/mail-jobs.worker';
import { registerUser } from '#subgraphs/auth/registration';
import { login } from '#subgraphs/auth/sessions';
import { requireUserById } from '#subgraphs/auth/users';
import { TEST_PASSWORD, createColleagueOf, createOwner, signIn, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { issuesOf } from '#test/harness/values';
import { plain, startMailServer, tokenIn, type TestMailServer } from '#test/auth/mail/mail-server';

let db: TestDatabase;
let server: TestMailServer;
let services: Services;
let mailer: Mailer;
let owner: TestOwner;
let anonymous: RequestContext;

beforeAll(async () => {
  db = await testDatabase();
  server = await startMailServer({ user: 'post@shop', password: 'p:ss/word' });
  const mail = {
    smtpUrl: `smtp://post%40shop:p%3Ass%2Fword@127.0.0.1:${server.port}`,
    from: 'The Shop <till@shop.test>',
  };
  services = { ...db.services, config: { ...db.services.config, mail, publicUrl: 'https://shop.test' } };
  mailer = createMailer(services);
  owner = await createOwner(db, { name: 'The Corner Shop' });
  anonymous = createContext(services, ANONYMOUS, { requestId: 'r', address: '203.0.113.7' });
});
afterAll(async () => {
  mailer.close();
  await server.close();
  await db.close();
});

/** Another moment for the same services. */
const at = (milliseconds: number): Services => {
  const now = new Date(db.services.clock.now().getTime() + milliseconds);
  return { ...services, clock: { now: () => now } };
};
const later = (milliseconds: number) => createContext(at(milliseconds), ANONYMOUS, anonymous.request);

/** Asks for a new password, and fetches the code from the mail. */
async function resetToken(email: string): Promise<string> {
  const before = server.received.length;
  await requestPasswordReset(anonymous, { email });
  await drainBackgroundTasks(services);
  expect(await deliverMails(services, mailer)).toBe(1);
  return tokenIn(server.received[before]!.text);
}

const jobs = async (): Promise<number> =>
  (await db.services.database.system.one<{ count: number }>(sql`select count(*) as count from mail_jobs`))
    .count;

describe('a forgotten password', () => {
  it('is replaced with the single-use code of the e-mail, which ends every session', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const session = await signIn(db, user.email);
    const token = await resetToken(user.email.toUpperCase());
    const mail = server.received.at(-1)!;
    expect(mail).toMatchObject({ from: 'till@shop.test', to: [user.email] });
    expect(mail.text).toContain('Subject: Choose a new password');
    expect(mail.text).toContain(`https://shop.test/reset-password?token=${token}`);
    expect(await jobs()).toBe(0);

    expect(await issuesOf(resetPassword(anonymous, { token, password: 'short' }))).toEqual([
      'password LENGTH',
    ]);
    await resetPassword(anonymous, { token, password: 'another pass phrase' });
    expect(await issuesOf(authenticate(services, session.accessToken))).toBe('TOKEN_REVOKED');
    expect(await issuesOf(login(anonymous, { email: user.email, password: TEST_PASSWORD }))).toBe(
      'INVALID_CREDENTIALS',
    );
    expect(await issuesOf(login(anonymous, { email: user.email, password: 'another pass phrase' }))).toBe(
      'none',
    );
    // The mail has come to the address, so that is proved too.
    expect((await requireUserById(db.services.database.system, user.id)).emailVerifiedAt).toEqual(
      expect.any(Date),
    );
    expect(await issuesOf(resetPassword(anonymous, { token, password: 'a third pass phrase' }))).toEqual([
      'token TOKEN_INVALID',
    ]);
  });

  it('is in the language of the branch, else of the organization', async () => {
    const foreign = await createOwner(db, { name: 'Le Coin', defaultLanguage: 'fr-CH' });
    const subject = async () => {
      await resetToken((await createColleagueOf(db, foreign, 'cashier')).email);
      const { text } = server.received.at(-1)!;
      return [/Subject: (.*)/.exec(text)![1]!.trim(), /Content-Language: (.*)/.exec(text)![1]!.trim()];
    };
    expect(await subject()).toEqual(['Choisissez un nouveau mot de passe', 'fr-CH']);
    expect(server.received.at(-1)!.text).toContain('Bonjour ');
    await updateBranch(foreign.ctx, foreign.branchId, { language: 'de' });
    expect((await subject())[1]).toBe('de');
    // Dutch has no catalogue.
    await updateBranch(foreign.ctx, foreign.branchId, { language: 'nl' });
    expect((await subject())[1]).toBe('fr-CH');
    await updateOrganization(foreign.ctx, { defaultLanguage: 'nl' });
    expect(await subject()).toEqual(['Choose a new password', 'en']);
  });

  it('leaves an audit entry for the request, and none for sending the e-mail', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const trail = () =>
      db.services.database.system.many<{ operation: string; actorKind: string; userId: string | null }>(
        sql`select operation, actor_kind, user_id from audit_entries order by id`,
      );
    const before = await trail();
    await resetToken(user.email);
    expect((await trail()).slice(before.length)).toEqual([
      { operation: 'platform', actorKind: 'anonymous', userId: user.id },
    ]);
  });

  it('stores the hash of the code only', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const token = await resetToken(user.email);
    const rows = await db.services.database.system.many<Record<string, unknown>>(
      sql`select * from user_tokens where user_id = ${user.id}`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]!.tokenHash).toHaveLength(32);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('rejects a code after an hour, a code of an earlier e-mail, and one of two concurrent requests', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const first = await resetToken(user.email);
    expect(
      await issuesOf(resetPassword(later(3_600_001), { token: first, password: 'a long pass phrase' })),
    ).toEqual(['token TOKEN_INVALID']);
    await requestPasswordReset(later(61_000), { email: user.email });
    await drainBackgroundTasks(services);
    await deliverMails(at(61_000), mailer);
    const second = tokenIn(server.received.at(-1)!.text);
    expect(second).not.toBe(first);
    expect(
      await issuesOf(resetPassword(anonymous, { token: first, password: 'a long pass phrase' })),
    ).toEqual(['token TOKEN_INVALID']);
    const answers = await Promise.all(
      [1, 2, 3].map((n) =>
        issuesOf(resetPassword(anonymous, { token: second, password: `pass phrase ${n}` })),
      ),
    );
    expect(answers.filter((answer) => answer === 'none')).toHaveLength(1);
  });

  it('answers a known, an unknown and a disabled address alike, and mails the known one only, once a minute', async () => {
    const known = await createColleagueOf(db, owner, 'cashier');
    const disabled = await createColleagueOf(db, owner, 'cashier');
    await disableUser(owner.ctx, disabled.id);
    const before = server.received.length;
    for (const email of [known.email, known.email, 'nobody@shop.test', disabled.email]) {
      await requestPasswordReset(anonymous, { email });
    }
    await drainBackgroundTasks(services);
    await deliverMails(services, mailer);
    expect(server.received.slice(before).map(({ to }) => to)).toEqual([[known.email]]);
    await requestPasswordReset(anonymous, { email: known.email });
    await drainBackgroundTasks(services);
    expect(await jobs()).toBe(0);
    expect(await issuesOf(requestPasswordReset(anonymous, { email: 'no address' }))).toEqual([
      'email INVALID',
    ]);
  });

  it('rejects a code of another kind, and the code of a user who was disabled since', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const token = await resetToken(user.email);
    expect(await issuesOf(verifyEmail(anonymous, { token }))).toEqual(['token TOKEN_INVALID']);
    await disableUser(owner.ctx, user.id);
    expect(await issuesOf(resetPassword(anonymous, { token, password: 'a long pass phrase' }))).toEqual([
      'token TOKEN_INVALID',
    ]);
  });
});

describe('e-mails to new users', () => {
  it('let the owner of a new organization verify the address', async () => {
    const email = 'robin@corner.test';
    const input = { email, name: 'Robin', password: 'a long pass phrase', organizationName: 'Corner' };
    const user = await registerUser(anonymous, input);
    expect(user.emailVerifiedAt).toBeNull();
    await deliverMails(services, mailer);
    const mail = server.received.at(-1)!;
    expect(mail.to).toEqual([email]);
    expect(mail.text).toContain('https://shop.test/verify-email?token=');
    expect(await verifyEmail(anonymous, { token: tokenIn(mail.text) })).toEqual({
      email,
      verifiedAt: expect.any(Date) as Date,
    });
    expect(await issuesOf(verifyEmail(anonymous, { token: tokenIn(mail.text) }))).toEqual([
      'token TOKEN_INVALID',
    ]);
    expect((await requireUserById(db.services.database.system, user.id)).emailVerifiedAt).toEqual(
      expect.any(Date),
    );
  });

  it('invite a user of the organization to choose a password', async () => {
    const email = 'alex@corner.test';
    await createOrganizationUser(createContext(services, owner.actor, anonymous.request), {
      email,
      name: 'Alex',
      role: 'cashier',
    });
    expect(await issuesOf(login(anonymous, { email, password: '' }))).toBe('INVALID_CREDENTIALS');
    await deliverMails(services, mailer);
    const mail = server.received.at(-1)!;
    expect(mail).toMatchObject({ to: [email] });
    expect(mail.text).toContain('Subject: Your account at The Corner Shop');
    await resetPassword(later(6 * 24 * 3_600_000), {
      token: tokenIn(mail.text),
      password: 'my own pass phrase',
    });
    expect((await login(anonymous, { email, password: 'my own pass phrase' })).user).toMatchObject({
      email,
      role: 'cashier',
    });
  });
});

describe('sending', () => {
  /** As after a time: mails are due by the clock of the database. */
  const bringForward = (seconds: number) =>
    db.services.database.system.run(
      sql`update mail_jobs set due_at = due_at - make_interval(secs => ${seconds})`,
    );

  it('does not depend on the clocks of processes: one that is an hour ahead takes no mail from another', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const ahead = at(3_600_000);
    await requestPasswordReset(later(3_600_000), { email: user.email });
    await drainBackgroundTasks(services);
    const taken: number[] = [];
    const slow: Mailer = {
      close: () => undefined,
      async send(mail) {
        taken.push(await deliverMails(ahead, mailer));
        await mailer.send(mail);
      },
    };
    const before = server.received.length;
    // A mail that the process ahead has queued is due at once.
    expect(await deliverMails(services, slow)).toBe(1);
    expect([taken, server.received.length - before]).toEqual([[0], 1]);
  });

  it('tries again after a failure, and gives up in the end', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    server.refuse(1);
    await requestPasswordReset(anonymous, { email: user.email });
    await drainBackgroundTasks(services);
    expect(await deliverMails(services, mailer)).toBe(0);
    expect(await jobs()).toBe(1);
    await bringForward(20);
    expect(await deliverMails(services, mailer)).toBe(0);
    await bringForward(11);
    expect(await deliverMails(services, mailer)).toBe(1);
    expect(server.received.at(-1)!.to).toEqual([user.email]);

    server.refuse(100);
    await requestPasswordReset(later(120_000), { email: user.email });
    await drainBackgroundTasks(services);
    for (let hour = 1; hour <= 10; hour += 1) {
      expect(await jobs()).toBe(1);
      expect(await deliverMails(services, mailer)).toBe(0);
      await bringForward(20_000);
    }
    expect(await jobs()).toBe(0);
    server.refuse(0);
  });

  it('sends each e-mail once, however many processes look', async () => {
    const users = await Promise.all([1, 2, 3, 4].map(() => createColleagueOf(db, owner, 'cashier')));
    for (const { email } of users) await requestPasswordReset(anonymous, { email });
    await drainBackgroundTasks(services);
    const before = server.received.length;
    const sent = await Promise.all([1, 2, 3].map(() => deliverMails(services, mailer)));
    expect(sent.reduce((sum, count) => sum + count)).toBe(4);
    const to = server.received.slice(before).flatMap((mail) => mail.to);
    expect(to.sort()).toEqual(users.map(({ email }) => email).sort());
  });

  it('works by itself in a running process', async () => {
    const stop = startMail(services);
    try {
      const user = await createColleagueOf(db, owner, 'cashier');
      await requestPasswordReset(anonymous, { email: user.email });
      await server.mailTo(user.email, /Choose a new password/);
    } finally {
      await stop();
    }
  });

  it('writes e-mails to a folder without a mail server, readable by its owner only', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'pospro-mail-'));
    const mail = { ...services.config.mail, smtpUrl: undefined };
    const folder = createMailer({ ...services, config: { ...services.config, mail, dataDir } });
    const letter = { to: 'alex@shop.test', subject: 'Grüße', text: 'Hello.\nThe code is abc.' };
    await folder.send({ ...letter, language: 'de' });
    const [file] = readdirSync(path.join(dataDir, 'mail'));
    expect(file).toMatch(/^[0-9a-f-]{36}\.eml$/);
    const text = plain(readFileSync(path.join(dataDir, 'mail', file!), 'utf8'));
    expect(text).toContain('To: alex@shop.test');
    expect(text).toContain('The code is abc.');
    expect(text).toContain('Content-Language: de\n');
    expect(statSync(path.join(dataDir, 'mail', file!)).mode & 0o777).toBe(0o600);
    folder.close();
    rmSync(dataDir, { recursive: true });
  });
});

describe('the lock of an account', () => {
  it('applies after ten failures, even to the right password, and the owner gets an e-mail', async () => {
    const user = await createColleagueOf(db, owner, 'cashier');
    const right = { email: user.email, password: TEST_PASSWORD };
    const wrong = { email: user.email.toUpperCase(), password: 'wrong' };
    for (let time = 1; time < LOCKOUT.failures; time += 1)
      expect(await issuesOf(login(anonymous, wrong))).toBe('INVALID_CREDENTIALS');
    expect(await issuesOf(login(anonymous, right))).toBe('none');
    // The right one has wiped out the failures.
    for (let time = 1; time <= LOCKOUT.failures; time += 1)
      expect(await issuesOf(login(anonymous, wrong))).toBe('INVALID_CREDENTIALS');
    const refused = await login(anonymous, right).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({
      code: 'INVALID_CREDENTIALS',
      message: 'The address or the password is wrong.',
    });
    expect(await issuesOf(login(anonymous, right))).toBe('INVALID_CREDENTIALS');
    await drainBackgroundTasks(services);
    expect(await deliverMails(services, mailer)).toBe(1);
    expect(server.received.at(-1)).toMatchObject({ to: [user.email] });
    expect(server.received.at(-1)!.text).toContain('Subject: Your account is locked for 15 minutes');
    // A new password by mail opens it.
    const token = await resetToken(user.email);
    await resetPassword(anonymous, { token, password: 'another pass phrase' });
    expect(await issuesOf(login(anonymous, { email: user.email, password: 'another pass phrase' }))).toBe(
      'none',
    );
  });

  it('answers an unknown address in the same way, and sends no e-mail', async () => {
    const nobody = { email: 'nobody-at-all@shop.test', password: 'wrong' };
    for (let time = 0; time < 15; time += 1)
      expect(await issuesOf(login(anonymous, nobody))).toBe('INVALID_CREDENTIALS');
    await drainBackgroundTasks(services);
    expect(await jobs()).toBe(0);
  });
});
