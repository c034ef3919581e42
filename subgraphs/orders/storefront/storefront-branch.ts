import { ownBranch, storefrontOf } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { branchOf } from '#subgraphs/auth/index';

/**
 * The branch whose web shop the caller uses: that of a publishable key; of staff, the named one, else their own.
 * @throws PosProError 404 for another branch than that of the publishable key; 422 on `branchId` if there is none.
 */
export function storefrontBranch(
  ctx: Pick<RequestContext, 'actor'>,
  branchId: string | null | undefined,
): string {
  const otherBranch = branchId != null && branchId.toLowerCase() !== ownBranch(ctx.actor);
  if (otherBranch && storefrontOf(ctx.actor)) throw notFound('branch', branchId);
  return branchOf(ctx, branchId);
}
