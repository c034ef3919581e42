/**
 * What stands between a guesser and an account: a limit for each address and account, and a lock on the account itself. Both count
 * by what was typed in, so they say nothing about whether there is such an account.
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
function keyOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

const accountKey = (email: string) => keyOf('account', email.trim().toLowerCase());

/**
 * Counts an attempt at something that can be guessed.
 * @param operation each is counted by itself.
 * @param account what names the account: the address, or the user's id.
 * @throws PosProError RATE_LIMITED (429) where there were too many within a minute.
 */
export async function countAttempt(ctx: RequestContext, operation: string, account: string): Promise<void> {
  const { attempts } = limitsOf(ctx);
  const state = await attempts?.consume(
    keyOf(operation, senderAddress(ctx.request.address), account.trim().toLowerCase()),
  );
  if (state?.exceeded) throw rateLimited(state, 'Too many attempts');
}

/** Whether an account is shut for the time being, after too many failures. */
export async function isLocked(ctx: RequestContext, email: string): Promise<boolean> {
  return (await limitsOf(ctx).failures.peek(accountKey(email))).exceeded;
}

/** A proof of who somebody is that was none. */
export interface FailedAttempt {
  /** How the audit trail calls it: a login; the own password, or code, of somebody who is signed in; the approval by a colleague. */
  readonly operation: 'login.failed' | 'password.failed' | 'code.failed' | 'approval.failed';
  /** As it was typed in. */
  readonly email: string;
  readonly reason: 'wrong_password' | 'wrong_code' | 'locked' | 'disabled';
  /** Whose account it is; undefined where there is none, which makes no difference to the one who tries. */
  readonly account: AccountIdentity | undefined;
}

/**
 * Counts a wrong password or a wrong code. The one that is too many shuts the account, and its owner gets a mail. It leaves an entry
 * in the audit trail of the account's organization; none where there is no account, because what was typed in then may be anything,
 * a password in the wrong field too. The entry is written aside: its time must not tell which addresses exist.
 */
export async function recordFailure(ctx: RequestContext, attempt: FailedAttempt): Promise<void> {
  const { email, reason, account } = attempt;
  const { failures, shutOut } = limitsOf(ctx);
  const key = accountKey(email);
  if (reason === 'locked') {
    // Nothing is ever removed from the trail, so that whoever goes on trying must not fill it.
    const { exceeded } = await shutOut.consume(key);
    if (!exceeded) note(ctx, attempt, false);
    return;
  }
  const state = await failures.consume(key);
  // Of many at once, one alone sees the last place go.
  const locks = !state.exceeded && state.remaining === 0;
  if (locks) await failures.block(key, LOCKOUT.forSeconds);
  note(ctx, attempt, locks && account !== undefined && reason !== 'disabled');
}

/** @param locks whether this one has shut the account, of which its owner gets word. */
function note(ctx: RequestContext, attempt: FailedAttempt, locks: boolean): void {
  const { email, reason, account } = attempt;
  if (!account) return;
  const { id } = account;
  const operation = {
    name: attempt.operation,
    input: { email, userId: id, reason, ...(locks && { locks }) },
  };
  const inside =
    attempt.operation === 'login.failed'
      ? unverifiedContext(ctx, account, operation)
      : createContext(ctx, ctx.actor, { ...ctx.request, operation });
  runInBackground(ctx, 'the entry of a failed attempt', async () => {
    await transact(inside, async (tx) => {
      if (locks) await queueMail(tx, ctx.ids.next(), id, 'account_locked');
    });
    if (locks) wakeMail(ctx);
  });
}

/** Forgets the failures of an account: somebody has proved that it is theirs. */
export async function forgetFailures(ctx: RequestContext, email: string): Promise<void> {
  await limitsOf(ctx).failures.reset(accountKey(email));
}
