/** Resolvers and formatters that several topics share. */
import type { RequestContext } from '#kernel/context';
import type { Decimal } from '#kernel/decimal';
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

/** Formats a cost per unit in the organization's currency. */
export const formatUnitCost = async (cost: Decimal, ctx: RequestContext) =>
  formatUnitPrice(cost, await currencyOf(ctx));

/** Formats an amount in the organization's currency, rounded: a quantity times a cost of six places has too many digits. */
export const formatAmount = async (amount: Decimal, ctx: RequestContext) => {
  const currency = await currencyOf(ctx);
  return formatMoney(roundMoney(amount, currency), currency);
};

/** Resolvers of the totals of a page, which are counted only on request. */
export const pageTotals = {
  total: (page: Page<unknown>) => page.total(),
  totalIsEstimate: (page: Page<unknown>) => page.totalIsEstimate(),
  pages: (page: Page<unknown>) => page.pages(),
};
