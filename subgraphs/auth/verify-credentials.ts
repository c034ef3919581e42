/** Credentials of a second user at a till where another user is signed in. */
import { expandScopes } from '#kernel/auth/scopes';
import { passwords } from '#kernel/auth/passwords';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { organizationOf } from '#kernel/auth/access';
import { countAttempt, forgetFailures, isLocked, recordFailure } from './login-throttle';
import type { LoginInput } from './inputs.generated';
import { confirmedFactor, parseProof, consumeProof } from './two-factor';

/** The user whose credentials were checked, with their permissions. */
export interface VerifiedUser {
  userId: string;
  scopes: ReadonlySet<string>;
}

/**
 * Checks the e-mail address and password of a user in the caller's organization, and the second factor if they have one. No session
 * is created.
 * @throws PosProError 401 INVALID_CREDENTIALS, OTP_REQUIRED; 429 after too many attempts.
 */
export async function verifyCredentials(
  ctx: RequestContext,
  { email, password, otp }: LoginInput,
): Promise<VerifiedUser> {
  const address = email.trim();
  await countAttempt(ctx, 'approval', address);
  const user = await ctx.db.maybeOne<{
    id: string;
    passwordHash: string | null;
    role: string;
    scopes: string[];
  }>(sql`
    select u.id, u.password_hash, r.name as role, r.scopes from users u join roles r on r.id = u.role_id
    where lower(u.email) = lower(${address}) and u.disabled_at is null`);
  const locked = await isLocked(ctx, address);
  const matches = await passwords.verify(locked ? null : user?.passwordHash, password);
  if (!user || !matches || !(await hasSecondFactor(ctx, user.id, otp))) {
    const reason = locked ? 'locked' : matches ? 'wrong_code' : 'wrong_password';
    const account = user && { id: user.id, organizationId: organizationOf(ctx), role: user.role };
    await recordFailure(ctx, { operation: 'approval.failed', email: address, reason, account });
    throw new PosProError('INVALID_CREDENTIALS', 'The address or the password is wrong.');
  }
  await forgetFailures(ctx, address);
  return { userId: user.id, scopes: new Set(expandScopes(user.scopes)) };
}

async function hasSecondFactor(
  ctx: RequestContext,
  userId: string,
  otp: string | null | undefined,
): Promise<boolean> {
  const factor = await confirmedFactor(ctx.db, userId);
  if (!factor) return true;
  if (otp == null) throw new PosProError('OTP_REQUIRED', 'Send the code of the second factor as "otp".');
  const proof = parseProof(ctx, factor, otp);
  return proof !== undefined && (await transact(ctx, (tx) => consumeProof(tx, userId, proof)));
}
