/** The user who sends a request, and proof of their identity. */
import { organizationOf } from '#kernel/auth/access';
import type { SignedInActor } from '#kernel/auth/actor';
import { passwords } from '#kernel/auth/passwords';
import type { RequestContext } from '#kernel/context';
import { PosProError, invalid } from '#kernel/errors';
import { countAttempt, isLocked, recordFailure, type FailedAttempt } from './login-throttle';

/** The caller, who must be a user: an API key has no password, no second factor and no sessions. @throws PosProError 403 */
export function requireUser(ctx: Pick<RequestContext, 'actor'>): SignedInActor {
  organizationOf(ctx);
  if (ctx.actor.kind === 'user') return ctx.actor;
  throw new PosProError('FORBIDDEN', 'An API key cannot do this, only a user who has signed in.');
}

/**
 * Checks that the caller is the owner of the account, and not another person at an unattended till.
 * @param field of the input, for the error.
 * @throws PosProError 422 for a wrong password, 429.
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

/** Counts and records that the caller could not prove to be the user who is signed in. */
export async function recordCallerFailure(
  ctx: RequestContext,
  attempt: Omit<FailedAttempt, 'account'>,
): Promise<void> {
  const { userId, organizationId, role } = requireUser(ctx);
  await recordFailure(ctx, { ...attempt, account: { id: userId, organizationId, role } });
}

/** The caller's e-mail address. @throws PosProError 403 for an API key. */
export async function callerEmail(ctx: RequestContext): Promise<string> {
  const { userId } = requireUser(ctx);
  return (await ctx.prisma.user.findUniqueOrThrow({ where: { id: userId }, select: { email: true } })).email;
}
