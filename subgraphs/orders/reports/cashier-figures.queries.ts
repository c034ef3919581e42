/** What each cashier sold, from the orders themselves. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';

/** Whose orders count: those of one session, or of a branch's business days. */
export type CashierQuery =
  | { sessionId: string }
  | {
      branchId: string;
      /** The first business day, "YYYY-MM-DD". */
      from: string;
      /** The last one. */
      to: string;
      cashierId?: string | null | undefined;
    };

/** One cashier's work. Amounts include tax, and leave the rounding of cash out. */
export interface CashierFigures {
  /** Null for what nobody sold in person. */
  cashierId: string | null;
  sales: number;
  returns: number;
  unitsSold: Decimal;
  unitsReturned: Decimal;
  gross: Decimal;
  /** How many sales had anything taken off, and how much it was. */
  discountedSales: number;
  discounts: Decimal;
  /** How many lines were sold at another price than the catalogue's, and what that took off; negative where it added. */
  overrides: number;
  overridden: Decimal;
  refunds: Decimal;
  /** Of the returns, those that undid a sale of the same session. */
  voidsCount: number;
  voids: Decimal;
  /** Gross − discounts − refunds. */
  net: Decimal;
  tips: Decimal;
}

/** The figures by cashier, whoever sold most first. One statement. */
export async function cashierFigures(db: Queryable, query: CashierQuery): Promise<CashierFigures[]> {
  return db.many<CashierFigures>(sql`
    with mine as (
      select o.* from orders o
      where ${conditionOf(query)} and o.status not in ('draft', 'pending', 'cancelled')
    ), items as (
      select m.cashier_id,
        coalesce(sum(l.quantity) filter (where m.kind = 'sale'), 0) as units_sold,
        coalesce(-sum(l.quantity) filter (where m.kind = 'return'), 0) as units_returned,
        count(*) filter (where m.kind = 'sale' and l.unit_price <> l.list_price) as overrides,
        coalesce(sum((l.list_price - l.unit_price) * l.quantity) filter (where m.kind = 'sale'), 0) as overridden
      from mine m join order_lines l on l.order_id = m.id group by m.cashier_id
    ), totals as (
      select m.cashier_id,
        count(*) filter (where m.kind = 'sale') as sales, count(*) filter (where m.kind = 'return') as returns,
        coalesce(sum(m.gross_total) filter (where m.kind = 'sale'), 0) as gross,
        count(*) filter (where m.kind = 'sale' and m.discount_total <> 0) as discounted_sales,
        coalesce(sum(m.gross_total - m.total + m.rounding) filter (where m.kind = 'sale'), 0) as discounts,
        coalesce(-sum(m.total - m.rounding) filter (where m.kind = 'return'), 0) as refunds,
        count(*) filter (where m.voids) as voids_count,
        coalesce(-sum(m.total - m.rounding) filter (where m.voids), 0) as voids,
        sum(m.total - m.rounding) as net, sum(m.tip) as tips
      from mine m group by m.cashier_id
    )
    select t.*, i.units_sold, i.units_returned, i.overrides, i.overridden
    from totals t join items i on i.cashier_id is not distinct from t.cashier_id
    order by t.net desc, t.cashier_id`);
}

function conditionOf(query: CashierQuery): Sql {
  if ('sessionId' in query) return sql`o.register_session_id = ${query.sessionId}::uuid`;
  const { branchId, from, to, cashierId } = query;
  const ofCashier = cashierId == null ? sql`true` : sql`o.cashier_id = ${cashierId}::uuid`;
  return sql`o.branch_id = ${branchId}::uuid and o.business_date between ${from}::date and ${to}::date and ${ofCashier}`;
}
