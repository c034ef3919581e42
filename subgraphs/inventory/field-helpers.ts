/** Resolvers and formatters that several topics share. */
import type { RequestContext } from '#kernel/context';
import type { Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { byId, loader } from '#kernel/graph/loader';
import { formatMoney, formatUnitPrice, roundMoney } from '#kernel/money';
import type { Page } from '#kernel/paging';
import { currencyOf } from '#subgraphs/auth/index';
import { warehousesById, type Warehouse } from './warehouses/warehouses';

/** A warehouse, read together with all other warehouses of the request. */
export async function warehouseById(ctx: RequestContext, id: string): Promise<Warehouse | undefined> {
  return loader<Warehouse>(ctx, 'inventory.warehouse', async (ids) =>
    byId(await warehousesById(ctx.db, ids)),
  ).load(id);
}

/** The warehouse of a row. It exists: by a foreign key, or because the ledger never removes anything. */
export async function warehouseOf(ctx: RequestContext, id: string): Promise<Warehouse> {
  const warehouse = await warehouseById(ctx, id);
  invariant(warehouse, `the warehouse ${id} of a level is gone`);
  return warehouse;
}

/** Formats a cost per unit in the organization's currency. */
export const formatUnitCost = async (cost: Decimal, ctx: RequestContext) =>
  formatUnitPrice(cost, await currencyOf(ctx));

/** Formats an amount in the organization's currency, rounded: a quantity times a cost of six places has too many digits. */
export const formatAmount = async (amount: Decimal, ctx: RequestContext) => {
  const currency = await currencyOf(ctx);
  return formatMoney(roundMoney(amount, currency), currency);
};

/** Resolvers of the product and the variant of a row. */
export const itemFields = {
  product: ({ productId }: { productId: string }) => ({ __typename: 'Product' as const, id: productId }),
  variant: ({ variantId }: { variantId: string }) => ({ __typename: 'Variant' as const, id: variantId }),
};

/** Resolver of the warehouse of a row. */
export const warehouseField = {
  warehouse: (row: { warehouseId: string }, _: unknown, ctx: RequestContext) =>
    warehouseOf(ctx, row.warehouseId),
};

/** Resolver of the branch of a row; null for a row without one. */
export const branchField = {
  branch: ({ branchId }: { branchId: string | null }) =>
    branchId === null ? null : { __typename: 'Branch' as const, id: branchId },
};

/** Resolver of the user who made a row; null if PosPro made it. */
export const userField = {
  user: ({ userId }: { userId: string | null }) =>
    userId === null ? null : { __typename: 'User' as const, id: userId },
};

/** Resolvers of the totals of a page, which are counted only on request. */
export const pageTotals = {
  total: (page: Page<unknown>) => page.total(),
  pages: (page: Page<unknown>) => page.pages(),
};
