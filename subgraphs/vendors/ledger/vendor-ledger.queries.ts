/** Sales of vendors, their commission, and the entries of their ledgers. */
import { groupBy } from '#kernel/collections';
import { raw, sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { NEWEST_ENTRY_FIRST, listPage, whereAll, type Page, type PageArgs } from '#kernel/paging';
import type { RequestContext } from '#kernel/context';
import { ownOrganization } from '#subgraphs/auth/index';
import { isPayable } from '../payouts/payable-entries';
import {
  vendorEntries,
  vendorOrderItems,
  vendorOrders,
  type VendorEntryRow,
  type VendorOrderItemRow,
  type VendorOrderRow,
} from '../tables.generated';

/** Days, both inclusive, in the time zone of the organization. */
export interface DayRange {
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
}

/** An order of a vendor with what remains for the vendor. */
export type ShownVendorOrder = VendorOrderRow & { earnings: Decimal; total: Decimal };

/** A line of a vendor with what remains for the vendor. */
export type ShownVendorItem = VendorOrderItemRow & { earnings: Decimal };

/** Sums of lines. */
export interface CommissionTotals {
  currency: string;
  sales: Decimal;
  refunds: Decimal;
  commission: Decimal;
  commissionTax: Decimal;
  earnings: Decimal;
}

const earningsOf = (alias: string, amount: string): Sql =>
  raw(
    `${alias}.${amount} - ${alias}.refunded_total - (${alias}.commission - ${alias}.commission_reversed) - (${alias}.commission_tax - ${alias}.commission_tax_reversed)`,
  );
const ITEM_EARNINGS = earningsOf('i', 'total');
const SHOWN_ITEM = sql`${vendorOrderItems.select('i')}, ${ITEM_EARNINGS} as earnings`;

/** A page of the orders with goods of a vendor, the newest first. */
export async function listVendorOrders(
  ctx: RequestContext,
  vendorId: string,
  filter: DayRange & PageArgs,
): Promise<Page<ShownVendorOrder>> {
  const { timeZone } = await ownOrganization(ctx);
  const list = {
    select: sql`${vendorOrders.select('o')}, o.items_total + o.shipping_total as total, ${earningsOf('o', 'items_total')} as earnings`,
    from: sql`vendor_orders o`,
    where: [sql`o.vendor_id = ${vendorId}::uuid`, ...soldIn(sql`o.sold_at`, filter, timeZone)],
    sorts: { soldAt: sql`o.sold_at` },
    defaultSort: '-soldAt',
    id: sql`o.id`,
  };
  return listPage<ShownVendorOrder>(ctx.db, list, filter);
}

/** A page of the sold lines of a vendor with their commission, the newest first, and the sums of all pages. */
export async function listCommissions(
  ctx: RequestContext,
  { id: vendorId, currency }: { id: string; currency: string },
  filter: DayRange & PageArgs,
): Promise<Page<ShownVendorItem> & { totals: CommissionTotals }> {
  const { timeZone } = await ownOrganization(ctx);
  const where = [sql`i.vendor_id = ${vendorId}::uuid`, ...soldIn(sql`i.sold_at`, filter, timeZone)];
  const list = {
    select: SHOWN_ITEM,
    from: sql`vendor_order_items i`,
    where,
    sorts: { soldAt: sql`i.sold_at` },
    defaultSort: '-soldAt',
    id: sql`i.id`,
  };
  const [page, totals] = await Promise.all([
    listPage<ShownVendorItem>(ctx.db, list, filter),
    ctx.db.one<Omit<CommissionTotals, 'currency'>>(sql`
      select coalesce(sum(i.total), 0) as sales, coalesce(sum(i.refunded_total), 0) as refunds,
        coalesce(sum(i.commission - i.commission_reversed), 0) as commission,
        coalesce(sum(i.commission_tax - i.commission_tax_reversed), 0) as commission_tax, coalesce(sum(${ITEM_EARNINGS}), 0) as earnings
      from vendor_order_items i ${whereAll(where)}`),
  ]);
  return { ...page, totals: { currency, ...totals } };
}

/** The lines of orders of vendors, by the id of the vendor's order. */
export async function itemsOfVendorOrders(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ShownVendorItem[]>> {
  const rows = await db.many<ShownVendorItem & { vendorOrderId: string }>(sql`
    select o.id as vendor_order_id, ${SHOWN_ITEM} from vendor_orders o
    join vendor_order_items i on i.organization_id = o.organization_id and i.order_id = o.order_id and i.vendor_id = o.vendor_id
    where o.id = any(${[...ids]}::uuid[]) order by o.id, i.id`);
  return groupBy(rows, ({ vendorOrderId }) => vendorOrderId);
}

/** A page of the entries of a vendor's ledger, the newest first. */
export function listVendorEntries(
  { db, clock }: Pick<RequestContext, 'db' | 'clock'>,
  vendorId: string,
  { payable, ...args }: PageArgs & { payable?: boolean | null },
): Promise<Page<VendorEntryRow>> {
  const due = isPayable(clock.now());
  const list = {
    select: vendorEntries.select('e'),
    from: sql`vendor_entries e`,
    where: [
      sql`e.vendor_id = ${vendorId}::uuid`,
      ...(payable == null ? [] : [payable ? due : sql`not (${due})`]),
    ],
    ...NEWEST_ENTRY_FIRST,
  };
  return listPage<VendorEntryRow>(db, list, args);
}

function soldIn(column: Sql, { from, to }: DayRange, timeZone: string): Sql[] {
  return [
    ...(from == null ? [] : [sql`${column} >= ${from}::date::timestamp at time zone ${timeZone}`]),
    ...(to == null ? [] : [sql`${column} < (${to}::date + 1)::timestamp at time zone ${timeZone}`]),
  ];
}
