/**
 * Protection against guessing: a rate limit for each network address and account, and a lock on the account itself. Both count
 * by the text that was entered, so they do not reveal whether the account exists.
 */
import { createHash } from 'node:crypto';
import { senderAddress } from '#kernel/ip-addresses';
import { createContext, type RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { LOCKOUT, limitsOf, rateLimited } from '#kernel/limits/index';
import { unverifiedContext, type AccountIdentity } from './system-context';
import { runInBackground } from './background-tasks';
import { queueMail, wakeMail } from './mail/mail-jobs.worker';

/** Keys are digests, so that a long text costs no more memory than a short one. */
function digestKey(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

const accountKey = (email: string) => digestKey('account', email.trim().toLowerCase());

/**
 * Counts an attempt to use a secret that can be guessed.
 * @param operation each is counted separately.
 * @param account the e-mail address or the user's id.
 * @throws PosProError RATE_LIMITED (429) after too many attempts within a minute.
 */
export async function countAttempt(ctx: RequestContext, operation: string, account: string): Promise<void> {
  const { attempts } = limitsOf(ctx);
  const state = await attempts?.consume(
    digestKey(operation, senderAddress(ctx.request.address), account.trim().toLowerCase()),
  );
  if (state?.exceeded) throw rateLimited(state, 'Too many attempts');
}

/** Whether an account is locked for now, after too many failures. */
export async function isLocked(ctx: RequestContext, email: string): Promise<boolean> {
  return (await limitsOf(ctx).failures.peek(accountKey(email))).exceeded;
}

/** An attempt to authenticate that failed. */
export interface FailedAttempt {
  /** The operation in the audit trail: a login; the password or code of a user who is signed in; an approval by another user. */
  readonly operation: 'login.failed' | 'password.failed' | 'code.failed' | 'approval.failed';
  /** As entered. */
  readonly email: string;
  readonly reason: 'wrong_password' | 'wrong_code' | 'locked' | 'disabled';
  /** The account; undefined if there is none, which makes no difference to the caller. */
  readonly account: AccountIdentity | undefined;
}

/**
 * Counts a wrong password or a wrong code. The failure that reaches the limit locks the account, and its owner gets an e-mail. The
 * failure is recorded in the audit trail of the account's organization; not if there is no account, because the entered text may be
 * anything then, even a password in the wrong field. The entry is written in the background: its time must not reveal which
 * addresses exist.
 */
export async function recordFailure(ctx: RequestContext, attempt: FailedAttempt): Promise<void> {
  const { email, reason, account } = attempt;
  const { failures, shutOut } = limitsOf(ctx);
  const key = accountKey(email);
  if (reason === 'locked') {
    // Nothing is ever removed from the audit trail, so further attempts must not fill it.
    const { exceeded } = await shutOut.consume(key);
    if (!exceeded) recordAttempt(ctx, attempt, false);
    return;
  }
  const state = await failures.consume(key);
  // Of many concurrent failures, only one consumes the last remaining attempt.
  const locks = !state.exceeded && state.remaining === 0;
  if (locks) await failures.block(key, LOCKOUT.forSeconds);
  recordAttempt(ctx, attempt, locks && account !== undefined && reason !== 'disabled');
}

/** @param locks whether this failure has locked the account, so that its owner gets an e-mail. */
function recordAttempt(ctx: RequestContext, attempt: FailedAttempt, locks: boolean): void {
  const { email, reason, account } = attempt;
  if (!account) return;
  const { id } = account;
  const operation = {
    name: attempt.operation,
    input: { email, userId: id, reason, ...(locks && { locks }) },
  };
  const accountCtx =
    attempt.operation === 'login.failed'
      ? unverifiedContext(ctx, account, operation)
      : createContext(ctx, ctx.actor, { ...ctx.request, operation });
  runInBackground(ctx, 'the entry of a failed attempt', async () => {
    await transact(accountCtx, async (tx) => {
      if (locks) await queueMail(tx, ctx.ids.next(), id, 'account_locked');
    });
    if (locks) wakeMail(ctx);
  });
}

/** Resets the failures of an account after its owner has authenticated. */
export async function forgetFailures(ctx: RequestContext, email: string): Promise<void> {
  await limitsOf(ctx).failures.reset(accountKey(email));
}
