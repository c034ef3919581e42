/** Stock valuation: each level at its weighted-average cost, now or at the end of a past day. */
import { ownOrganization } from '#subgraphs/auth/index';
import type { RequestContext } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { currencyExponent } from '#kernel/money';
import { listPage, sameId, whereAll, type Page } from '#kernel/paging';
import type { QueryInventoryValuationArgs } from '../inputs.generated';
import { LEVEL_ID, LEVEL_TABLES, type StockLevel } from './stock-levels.queries';

/** One level with its value. */
export interface ValuedLevel extends Pick<
  StockLevel,
  'id' | 'warehouseId' | 'variantId' | 'productId' | 'sku'
> {
  quantity: Decimal;
  /** Weighted average per unit, 6 places. */
  unitCost: Decimal;
  /** Rounded to the currency. */
  value: Decimal;
}

export interface WarehouseValue {
  warehouseId: string;
  /** Number of variants on hand. */
  variants: number;
  quantity: Decimal;
  /** The sum of the rounded values, so that the lines add up to it. */
  value: Decimal;
}

/** Goods on their way between warehouses. */
export interface TransitValue {
  quantity: Decimal;
  /** At the average cost of the warehouse that the goods left, each line rounded to the currency. */
  value: Decimal;
}

export interface Valuation extends Page<ValuedLevel> {
  asOf: Date;
  /** ISO 4217. */
  currency: string;
  /** Computed on request. */
  warehouses: () => Promise<WarehouseValue[]>;
  totalQuantity: () => Promise<Decimal>;
  totalValue: () => Promise<Decimal>;
  /** Goods on their way to the requested warehouses; not part of the totals above. */
  inTransit: () => Promise<TransitValue>;
}

/**
 * The value of the stock, without levels of zero; a level below zero has a negative value.
 * @throws PosProError 422 for an unknown sort field or page.
 */
export async function inventoryValuation(
  ctx: RequestContext,
  filter: QueryInventoryValuationArgs,
): Promise<Valuation> {
  const organization = await ownOrganization(ctx);
  const now = ctx.clock.now();
  const endOfDay = filter.asOf == null ? now : await endOf(ctx, filter.asOf, organization.timeZone);
  const past = endOfDay < now;
  const value = sql`round(q.quantity * q.unit_cost, ${currencyExponent(organization.currency)}::int)`;
  const from = past
    ? sql`${LEVEL_TABLES} cross join lateral (${levelAt(endOfDay)}) q`
    : sql`${LEVEL_TABLES} cross join lateral (${LEVEL_NOW}) q`;
  const where = conditions(filter);
  const page = await listPage<ValuedLevel>(
    ctx.reports,
    {
      select: sql`${LEVEL_ID} as id, l.warehouse_id, l.variant_id, l.product_id, l.sku, q.quantity, q.unit_cost, ${value} as value`,
      from,
      where,
      sorts: { sku: sql`l.sku`, quantity: sql`q.quantity`, unitCost: sql`q.unit_cost`, value },
      defaultSort: 'sku',
      id: LEVEL_ID,
    },
    filter,
  );
  let totals: Promise<WarehouseValue[]> | undefined;
  const warehouses = () =>
    (totals ??= ctx.reports.many<WarehouseValue>(sql`
      select l.warehouse_id, count(*) as variants, sum(q.quantity) as quantity, sum(${value}) as value
      from ${from} where ${where.reduce((all, one) => sql`${all} and ${one}`)} group by l.warehouse_id order by min(w.name), l.warehouse_id`));
  return {
    ...page,
    asOf: past ? endOfDay : now,
    currency: organization.currency,
    warehouses,
    totalQuantity: async () => sum((await warehouses()).map((warehouse) => warehouse.quantity)),
    totalValue: async () => sum((await warehouses()).map((warehouse) => warehouse.value)),
    inTransit: () => transitAt(ctx, filter, past ? endOfDay : now, currencyExponent(organization.currency)),
  };
}

/** Goods on the way belong to the warehouse that they go to; a transfer has the times at which it was sent and received. */
function transitAt(
  ctx: RequestContext,
  filter: QueryInventoryValuationArgs,
  moment: Date,
  places: number,
): Promise<TransitValue> {
  const where = placeConditions(filter);
  return ctx.reports.one<TransitValue>(sql`
    select coalesce(sum(l.quantity), 0) as quantity, coalesce(sum(round(l.quantity * l.unit_cost, ${places}::int)), 0) as value
    from stock_transfers t
    join warehouses w on w.organization_id = t.organization_id and w.id = t.to_warehouse_id
    join stock_transfer_lines l on l.organization_id = t.organization_id and l.transfer_id = t.id
    ${whereAll([
      sql`t.status in ('sent', 'received') and t.sent_at <= ${moment}::timestamptz`,
      sql`(t.received_at is null or t.received_at > ${moment}::timestamptz)`,
      ...where,
    ])}`);
}

const LEVEL_NOW = sql`select l.on_hand as quantity, l.average_cost as unit_cost`;

/** The last movement before a moment has the level and its average at that time; one step in an index per level. */
function levelAt(moment: Date): Sql {
  return sql`
    select m.level_after as quantity, m.average_cost as unit_cost from stock_movements m
    where m.organization_id = l.organization_id and m.variant_id = l.variant_id and m.warehouse_id = l.warehouse_id
      and m.created_at < ${moment}::timestamptz and m.id < pospro_uuid_at(${moment}::timestamptz + interval '1 day')
    order by m.sequence desc limit 1`;
}

async function endOf(ctx: RequestContext, day: string, timeZone: string): Promise<Date> {
  const row = await ctx.reports.one<{ moment: Date }>(sql`
    select ((${day}::date + 1)::timestamp at time zone ${timeZone}::text) as moment`);
  return row.moment;
}

function conditions(filter: QueryInventoryValuationArgs): Sql[] {
  return [sql`q.quantity <> 0`, ...placeConditions(filter)];
}

function placeConditions(filter: QueryInventoryValuationArgs): Sql[] {
  return [...sameId(sql`w.id`, filter.warehouseId), ...sameId(sql`w.branch_id`, filter.branchId)];
}
