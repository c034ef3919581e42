import { ownBranch } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { sellingTerms } from './branches';

/**
 * The branch whose events a subscriber hears: the one asked for, or else the caller's own. Undefined for a caller who is bound to
 * none and asks for none: then those of all branches.
 * @throws PosProError 404 for an unknown branch.
 */
export async function watchedBranch(
  ctx: RequestContext,
  branchId: string | null | undefined,
): Promise<string | undefined> {
  if (branchId != null) return (await sellingTerms(ctx.db, branchId)).branchId;
  return ownBranch(ctx.actor);
}
