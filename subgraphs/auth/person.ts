/** The person behind a request, and whether it is really them. */
import { organizationOf, type SignedInActor } from '../../kernel/auth/actor';
import { passwords } from '../../kernel/auth/passwords';
import type { RequestContext } from '../../kernel/context';
import { sql } from '../../kernel/db/database';
import { PosProError, invalid } from '../../kernel/errors';
import { countAttempt, isLocked, recordFailure } from './attempts';

/** The caller, who must be a person: an API key has no password, no second factor and no sessions. @throws PosProError 403 */
export function personOf(ctx: Pick<RequestContext, 'actor'>): SignedInActor {
  organizationOf(ctx);
  if (ctx.actor.kind === 'user') return ctx.actor;
  throw new PosProError('FORBIDDEN', 'Only a person who has signed in can do this, no API key.');
}

/**
 * Makes sure that it is really the owner of the account who asks, and not whoever stands at a till that was left alone.
 * @param field of the input, for the error.
 * @throws PosProError 422 where the password is wrong, 429.
 */
export async function requirePassword(ctx: RequestContext, password: string, field: string): Promise<{ email: string }> {
  const { userId, organizationId, role } = personOf(ctx);
  await countAttempt(ctx, 'password', userId);
  const user = await ctx.db.one<{ email: string; passwordHash: string | null }>(sql`
    select email, password_hash from users where id = ${userId}`);
  const locked = await isLocked(ctx, user.email);
  const matches = await passwords.verify(locked ? null : user.passwordHash, password);
  if (matches) return { email: user.email };
  const reason = locked ? 'locked' : 'wrong_password';
  const account = { id: userId, organizationId, role };
  await recordFailure(ctx, { operation: 'password.failed', email: user.email, reason, account });
  throw invalid(field, 'The password is wrong.', 'WRONG');
}
