/** The person behind a request, and whether it is really them. */
import { organizationOf } from '#kernel/auth/access';
import type { SignedInActor } from '#kernel/auth/actor';
import { passwords } from '#kernel/auth/passwords';
import type { RequestContext } from '#kernel/context';
import { PosProError, invalid } from '#kernel/errors';
import { countAttempt, isLocked, recordFailure, type FailedAttempt } from './login-throttle';

/** The caller, who must be a person: an API key has no password, no second factor and no sessions. @throws PosProError 403 */
export function requireUser(ctx: Pick<RequestContext, 'actor'>): SignedInActor {
  organizationOf(ctx);
  if (ctx.actor.kind === 'user') return ctx.actor;
  throw new PosProError('FORBIDDEN', 'Only a person who has signed in can do this, no API key.');
}

/**
 * Makes sure that it is really the owner of the account who asks, and not whoever stands at a till that was left alone.
 * @param field of the input, for the error.
 * @throws PosProError 422 where the password is wrong, 429.
 */
export async function requirePassword(
  ctx: RequestContext,
  password: string,
  field: string,
): Promise<{ email: string }> {
  const { userId } = requireUser(ctx);
  await countAttempt(ctx, 'password', userId);
  const select = { email: true, passwordHash: true };
  const user = await ctx.prisma.user.findUniqueOrThrow({ where: { id: userId }, select });
  const locked = await isLocked(ctx, user.email);
  const matches = await passwords.verify(locked ? null : user.passwordHash, password);
  if (matches) return { email: user.email };
  await recordCallerFailure(ctx, {
    operation: 'password.failed',
    email: user.email,
    reason: locked ? 'locked' : 'wrong_password',
  });
  throw invalid(field, 'The password is wrong.', 'WRONG');
}

/** Counts and notes that somebody could not prove to be the person who is signed in. */
export async function recordCallerFailure(
  ctx: RequestContext,
  attempt: Omit<FailedAttempt, 'account'>,
): Promise<void> {
  const { userId, organizationId, role } = requireUser(ctx);
  await recordFailure(ctx, { ...attempt, account: { id: userId, organizationId, role } });
}

/** The caller's address. @throws PosProError 403 for an API key. */
export async function callerEmail(ctx: RequestContext): Promise<string> {
  const { userId } = requireUser(ctx);
  return (await ctx.prisma.user.findUniqueOrThrow({ where: { id: userId }, select: { email: true } })).email;
}
