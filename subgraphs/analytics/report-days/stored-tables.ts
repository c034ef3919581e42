/** The tables of stored days, and how each of them is computed. */
import { sql, type Sql } from '#kernel/db/database';
import type { Table } from '#kernel/db/table';
import { NONE } from '#subgraphs/orders/index';
import { scannedCustomers, scannedNewcomers } from '../customers/customer-days.queries';
import { scoredCustomersOn } from '../customers/segments.queries';
import {
  scannedLines,
  scannedOrders,
  scannedStockCosts,
  scannedTips,
  type ScannedRange,
} from '../finance/profit-loss/day-figures.queries';
import { scannedItems } from '../products/item-days.queries';
import { scannedSales } from '../sales/sales-days.queries';
import {
  reportDayAmounts,
  reportDayCustomers,
  reportDayItems,
  reportDayLines,
  reportDayNewcomers,
  reportDaySales,
  reportDaySegments,
} from '../tables.generated';
import type { LastDayPart, ReportPart } from './report-days.queries';

/** A table of a part. */
interface StoredTable {
  readonly table: Pick<Table<object>, 'name' | 'columns'>;
  /** Selects the columns of the table after the organization. */
  readonly scan: (range: ScannedRange) => Sql;
}

/** A part and its tables. */
export interface StoredPart {
  readonly part: Exclude<ReportPart, LastDayPart>;
  readonly tables: readonly StoredTable[];
}

const linesAndOrders = (range: ScannedRange): Sql => sql`
  select x.day, x.branch_id, x.tax_rate, coalesce(x.tax_class, ''), sum(x.revenue), sum(x.discounts), sum(x.refunds), sum(x.sales_tax),
    sum(x.refunds_tax), sum(x.vendor_net), sum(x.vendor_tax), sum(x.gift_cards), sum(x.sales_without_cost), sum(x.lines_without_cost),
    sum(x.shipping), sum(x.shipping_tax), sum(x.rounding), sum(x.payment_difference)
  from (
    select s.*, 0 as shipping, 0 as shipping_tax, 0 as rounding, 0 as payment_difference from (${scannedLines(range)}) s
    union all
    select s.day, s.branch_id, s.tax_rate, s.tax_class, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, s.shipping, s.shipping_tax, s.rounding, s.payment_difference
    from (${scannedOrders(range)}) s
  ) x group by 1, 2, 3, 4`;

const tipsAndCosts = (range: ScannedRange): Sql => sql`
  select p.day, p.branch_id, p.kind, p.method, p.amount from (${scannedTips(range)}) p
  union all
  select c.day, coalesce(c.branch_id, ${NONE}::uuid), c.kind, '', c.amount from (${scannedStockCosts(range)}) c`;

export const STORED_PARTS: readonly StoredPart[] = [
  {
    part: 'orders',
    tables: [
      { table: reportDaySales, scan: scannedSales },
      { table: reportDayItems, scan: scannedItems },
      { table: reportDayLines, scan: linesAndOrders },
      { table: reportDayAmounts, scan: tipsAndCosts },
    ],
  },
  {
    part: 'customers',
    tables: [
      {
        table: reportDayCustomers,
        scan: ({ days }) => scannedCustomers(['day', 'week', 'month', 'year'], days),
      },
      { table: reportDayNewcomers, scan: ({ days }) => scannedNewcomers(days) },
    ],
  },
];

/** Customers by their scores until one day. */
export const SEGMENTS: StoredTable = {
  table: reportDaySegments,
  scan: ({ days }) => scoredCustomersOn(days[0]!),
};
