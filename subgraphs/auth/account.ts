/** Operations on the caller's own account: passwords, verification of the e-mail address, sessions. */
import type { ActingPerson } from '#kernel/auth/actor';
import { passwords } from '#kernel/auth/passwords';
import { FieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { platformContext, unverifiedContext } from './system-context';
import { forgetKeys, revokeUserKeys, validKeysOf, type ApiKey } from './api-keys';
import { runInBackground } from './background-tasks';
import { countAttempt, forgetFailures } from './login-throttle';
import { checkPassword, checkedEmail } from './validators.rules';
import type {
  ChangePasswordInput,
  RequestPasswordResetInput,
  ResetPasswordInput,
  VerifyEmailInput,
} from './inputs.generated';
import { sessionCacheOf } from './session-cache';
import { queueMail, wakeMail } from './mail/mail-jobs.worker';
import type { TokenKind } from './mail/mail-texts.rules';
import { requireUser, requirePassword } from './require-user';
import { revokeSessions } from './sessions';
import type { SessionRow } from './tables.generated';
import { invalidToken, claimToken, findToken, type UserToken } from './user-tokens';

/** At most one e-mail a minute and user, however many requests arrive. */
const MAIL_PAUSE_MS = 60_000;

/**
 * Sends an e-mail with which the owner of an address chooses a new password. An unknown address gets the same answer after the same
 * time: the work is done after the answer.
 * @throws PosProError 422 for an invalid address, 429.
 */
export async function requestPasswordReset(
  ctx: RequestContext,
  input: RequestPasswordResetInput,
): Promise<void> {
  const faults = new FieldErrors();
  const email = checkedEmail(faults, 'email', input.email);
  faults.throwIfAny();
  await countAttempt(ctx, 'forgot-password', email);
  runInBackground(ctx, 'a password reset', () => queueReset(ctx, email));
}

async function queueReset(ctx: RequestContext, email: string): Promise<void> {
  const user = await ctx.database.system.maybeOne<{
    id: string;
    organizationId: string;
    role: string;
    invited: boolean;
  }>(sql`
    select u.id, u.organization_id, r.name as role, u.password_hash is null as invited
    from users u join roles r on r.id = u.role_id
    where lower(u.email) = lower(${email}) and u.disabled_at is null`);
  if (!user) return;
  const kind = user.invited ? 'invitation' : 'password_reset';
  // Checked before the transaction too: repeated requests must not fill the audit trail, from which nothing is ever removed.
  if (await isMailed(ctx.database.system, user.id, kind, ctx.clock.now())) return;
  await transact(unverifiedContext(ctx, user), async (tx) => {
    // Of two concurrent requests the second waits here, and then finds the e-mail of the first.
    await tx.one(sql`select id from users where id = ${user.id} for update`);
    if (!(await isMailed(tx, user.id, kind, tx.now))) await queueMail(tx, ctx.ids.next(), user.id, kind);
  });
  wakeMail(ctx);
}

/** Whether an e-mail of this kind is queued, or was sent within the last minute. */
async function isMailed(db: Queryable, userId: string, kind: TokenKind, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - MAIL_PAUSE_MS);
  const { enough } = await db.one<{ enough: boolean }>(sql`
    select exists (select 1 from mail_jobs where user_id = ${userId} and kind = ${kind})
      or exists (select 1 from user_tokens where user_id = ${userId} and kind = ${kind} and created_at > ${since}) as enough`);
  return enough;
}

/**
 * Sets the password of the user to whom a token was mailed, and ends all their sessions. The e-mail arrived, so the address is
 * verified as well. A second factor stays.
 * @returns the API keys of the user that remain valid.
 * @throws PosProError 422 on `token` or `password`, 429.
 */
export async function resetPassword(ctx: RequestContext, input: ResetPasswordInput): Promise<ApiKey[]> {
  await countAttempt(ctx, 'reset-password', input.token);
  const userToken = await findToken(ctx, input.token, ['password_reset', 'invitation']);
  if (!userToken) throw invalidToken();
  const faults = new FieldErrors();
  checkPassword(faults, 'password', input.password, userToken.email);
  faults.throwIfAny();
  const hash = await passwords.hash(input.password);
  const { userId } = userToken;
  const keys = await transact(
    platformContext(ctx, userToken.organizationId, tokenHolder(userToken)),
    async (tx) => {
      await claimToken(tx, input.token);
      await tx.run(sql`
      update users set password_hash = ${hash}, email_verified_at = coalesce(email_verified_at, ${tx.now}), updated_at = ${tx.now}
      where id = ${userId}`);
      await tx.prisma.userToken.deleteMany({
        where: { userId, kind: { in: ['password_reset', 'invitation'] } },
      });
      await revokeSessions(tx, { userId }, 'password_reset');
      return remainingKeys(tx, userId, input);
    },
  );
  sessionCacheOf(ctx).forgetUser(userId);
  forgetKeys(ctx);
  await forgetFailures(ctx, userToken.email);
  return keys;
}

/** The user to whom a code was mailed: the caller who sends the code counts as that user. */
function tokenHolder({ userId, role }: UserToken): ActingPerson {
  return { kind: 'user', userId, role, sessionId: null };
}

/** Marks an e-mail address as verified. @throws PosProError 422 on `token`, 429. */
export async function verifyEmail(
  ctx: RequestContext,
  input: VerifyEmailInput,
): Promise<{ email: string; verifiedAt: Date }> {
  await countAttempt(ctx, 'verify-email', input.token);
  const userToken = await findToken(ctx, input.token, ['verify_email']);
  if (!userToken) throw invalidToken();
  return transact(platformContext(ctx, userToken.organizationId, tokenHolder(userToken)), async (tx) => {
    await claimToken(tx, input.token);
    const { verifiedAt } = await tx.one<{ verifiedAt: Date }>(sql`
      update users set email_verified_at = coalesce(email_verified_at, ${tx.now}), updated_at = ${tx.now} where id = ${userToken.userId}
      returning email_verified_at as verified_at`);
    return { email: userToken.email, verifiedAt };
  });
}

/**
 * Changes the caller's password and ends all their other sessions.
 * @returns the API keys of the caller that remain valid.
 * @throws PosProError 422 on `currentPassword` or `newPassword`, 403 for an API key, 429.
 */
export async function changePassword(ctx: RequestContext, input: ChangePasswordInput): Promise<ApiKey[]> {
  const { userId, sessionId } = requireUser(ctx);
  const { email } = await requirePassword(ctx, input.currentPassword, 'currentPassword');
  const faults = new FieldErrors();
  checkPassword(faults, 'newPassword', input.newPassword, email);
  faults.throwIfAny();
  const hash = await passwords.hash(input.newPassword);
  const keys = await transact(ctx, async (tx) => {
    await tx.prisma.user.update({ where: { id: userId }, data: { passwordHash: hash, updatedAt: tx.now } });
    await tx.prisma.userToken.deleteMany({
      where: { userId, kind: { in: ['password_reset', 'invitation'] } },
    });
    await revokeSessions(tx, { userId, except: sessionId }, 'password_changed');
    return remainingKeys(tx, userId, input);
  });
  sessionCacheOf(ctx).forgetUser(userId);
  forgetKeys(ctx);
  return keys;
}

/** The API keys that remain valid after a new password: all of the user's, or none if they are to be revoked. */
async function remainingKeys(
  tx: Transaction,
  userId: string,
  { revokeApiKeys }: Pick<ResetPasswordInput, 'revokeApiKeys'>,
): Promise<ApiKey[]> {
  if (revokeApiKeys === true) await revokeUserKeys(tx, userId);
  return validKeysOf(tx, userId);
}

/** An open login session on one device. */
export interface LoginSession extends Omit<
  SessionRow,
  'organizationId' | 'userId' | 'revokedAt' | 'revokedReason'
> {
  /** Whether this is the caller's session. */
  current: boolean;
}

/** The caller's open sessions, the most recently used first. There are few, so the list has no pages. */
export async function listSessions(ctx: RequestContext): Promise<LoginSession[]> {
  const { userId, sessionId } = requireUser(ctx);
  const sessions = await ctx.prisma.session.findMany({
    where: { userId, revokedAt: null, expiresAt: { gt: ctx.clock.now() } },
    omit: { organizationId: true, userId: true, revokedAt: true, revokedReason: true },
    orderBy: [{ lastUsedAt: 'desc' }, { id: 'desc' }],
  });
  return sessions.map((session) => ({ ...session, current: session.id === sessionId }));
}

/**
 * Ends one of the caller's own sessions. Repeating the call changes nothing.
 * @throws PosProError 404 for an unknown session, and for another user's.
 */
export async function revokeOwnSession(ctx: RequestContext, id: string): Promise<void> {
  const { userId } = requireUser(ctx);
  if (!isUuid(id)) throw notFound('session', id);
  await transact(ctx, async (tx) => {
    if ((await tx.prisma.session.count({ where: { id, userId } })) === 0) throw notFound('session', id);
    await revokeSessions(tx, { sessionId: id }, 'revoked');
  });
  sessionCacheOf(ctx).forgetSession(id);
}
