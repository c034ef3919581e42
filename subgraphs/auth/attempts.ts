/**
 * What stands between a guesser and an account: a limit for each address and account, and a lock on the account itself. Both count
 * by what was typed in, so they say nothing about whether there is such an account.
 */
import { createHash } from 'node:crypto';
import { senderAddress } from '../../kernel/addresses';
import type { RequestContext } from '../../kernel/context';
import { transact } from '../../kernel/db/transact';
import { LOCKOUT, limitsOf, rateLimited } from '../../kernel/limits';
import { actingFor } from './acting';
import { aside } from './aside';
import { queueMail, wakeMail } from './mail-jobs';

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
  const state = await attempts?.consume(keyOf(operation, senderAddress(ctx.request.address), account.trim().toLowerCase()));
  if (state?.exceeded) throw rateLimited(state, 'Too many attempts');
}

/** Whether an account is shut for the time being, after too many failures. */
export async function isLocked(ctx: RequestContext, email: string): Promise<boolean> {
  return (await limitsOf(ctx).failures.peek(accountKey(email))).exceeded;
}

/**
 * Counts a wrong password or a wrong code. The one that is too many shuts the account, and its owner gets a mail.
 * @param user whose account it is; undefined where there is none, which makes no difference to the one who tries.
 */
export async function recordFailure(
  ctx: RequestContext,
  email: string,
  user: { id: string; organizationId: string } | undefined,
): Promise<void> {
  const { failures } = limitsOf(ctx);
  const key = accountKey(email);
  const state = await failures.consume(key);
  // Of many at once, one alone sees the last place go.
  if (state.exceeded || state.remaining > 0) return;
  await failures.block(key, LOCKOUT.forSeconds);
  if (!user) return;
  aside(ctx, 'the mail about a locked account', async () => {
    await transact(actingFor(ctx, user.organizationId), (tx) => queueMail(tx, ctx.ids.next(), user.id, 'account_locked'));
    wakeMail(ctx);
  });
}

/** Forgets the failures of an account: somebody has proved that it is theirs. */
export async function forgetFailures(ctx: RequestContext, email: string): Promise<void> {
  await limitsOf(ctx).failures.reset(accountKey(email));
}
