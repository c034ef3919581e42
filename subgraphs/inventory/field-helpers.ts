/** What the resolvers of several types share. */
import type { RequestContext } from '#kernel/context';
import type { Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { byId, loader } from '#kernel/graph/loader';
import { formatMoney, formatUnitPrice, roundMoney } from '#kernel/money';
import type { Page } from '#kernel/paging';
import { currencyOf } from '#subgraphs/auth/index';
import { warehousesById, type Warehouse } from './warehouses/warehouses';

/** A warehouse, read together with all others that the request asks for. */
export async function warehouseById(ctx: RequestContext, id: string): Promise<Warehouse | undefined> {
  return loader<Warehouse>(ctx, 'inventory.warehouse', async (ids) =>
    byId(await warehousesById(ctx.db, ids)),
  ).load(id);
}

/** The warehouse of a row that is bound to one by a foreign key, or by a ledger in which nothing is removed. */
export async function warehouseOf(ctx: RequestContext, id: string): Promise<Warehouse> {
  const warehouse = await warehouseById(ctx, id);
  invariant(warehouse, `the warehouse ${id} of a level is gone`);
  return warehouse;
}

/** A cost per unit as it is shown. */
export const unitCost = async (cost: Decimal, ctx: RequestContext) =>
  formatUnitPrice(cost, await currencyOf(ctx));

/** An amount as it is shown: what was multiplied by a cost of six places is rounded here. */
export const money = async (amount: Decimal, ctx: RequestContext) => {
  const currency = await currencyOf(ctx);
  return formatMoney(roundMoney(amount, currency), currency);
};

/** What rows of several types name by their ids. */
export const named = {
  product: ({ productId }: { productId: string }) => ({ __typename: 'Product' as const, id: productId }),
  variant: ({ variantId }: { variantId: string }) => ({ __typename: 'Variant' as const, id: variantId }),
};

/** The warehouse that rows of several types name. */
export const placed = {
  warehouse: (row: { warehouseId: string }, _: unknown, ctx: RequestContext) =>
    warehouseOf(ctx, row.warehouseId),
};

/** The branch that rows of several types name. */
export const ofBranch = {
  branch: ({ branchId }: { branchId: string | null }) =>
    branchId === null ? null : { __typename: 'Branch' as const, id: branchId },
};

/** Who made rows of several types. */
export const made = {
  user: ({ userId }: { userId: string | null }) =>
    userId === null ? null : { __typename: 'User' as const, id: userId },
};

/** The parts of a page that are counted only where somebody asks for them. */
export const counted = {
  total: (page: Page<unknown>) => page.total(),
  pages: (page: Page<unknown>) => page.pages(),
};
