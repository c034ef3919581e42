/** Figures of each cashier, computed from the orders. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';

/** The orders to count: of one session, or of a branch's business days. */
export type CashierQuery =
  | { sessionId: string }
  | {
      branchId: string;
      /** The first business day, "YYYY-MM-DD". */
      from: string;
      /** The last business day, "YYYY-MM-DD". */
      to: string;
      cashierId?: string | null | undefined;
    };

/** Figures of one cashier. Amounts include tax and exclude cash rounding. */
export interface CashierFigures {
  /** Null for orders without a cashier. */
  cashierId: string | null;
  sales: number;
  returns: number;
  unitsSold: Decimal;
  unitsReturned: Decimal;
  gross: Decimal;
  /** Number of discounted sales, and the sum of their discounts. */
  discountedSales: number;
  discounts: Decimal;
  /** Number of lines sold at another price than the catalogue's, and the reduction; negative if the prices were higher. */
  overrides: number;
  overridden: Decimal;
  refunds: Decimal;
  /** Returns that voided a sale of the same session, included in `returns` and `refunds`. */
  voidsCount: number;
  voids: Decimal;
  /** Gross − discounts − refunds. */
  net: Decimal;
  tips: Decimal;
}

/** Figures by cashier, the highest net first. One statement. */
export async function cashierFigures(db: Queryable, query: CashierQuery): Promise<CashierFigures[]> {
  return db.many<CashierFigures>(sql`
    with mine as (
      select o.* from orders o
      where ${conditionOf(query)} and o.sold_at is not null
    ), items as (
      select m.cashier_id,
        coalesce(sum(l.quantity) filter (where m.kind = 'sale' and l.gift_card_purpose is null), 0) as units_sold,
        coalesce(-sum(l.quantity) filter (where m.kind = 'return' and l.gift_card_purpose is null), 0) as units_returned,
        count(*) filter (where m.kind = 'sale' and l.unit_price <> l.list_price and l.gift_card_purpose is null) as overrides,
        coalesce(sum((l.list_price - l.unit_price) * l.quantity) filter (where m.kind = 'sale' and l.gift_card_purpose is null), 0) as overridden
      from mine m join order_lines l on l.order_id = m.id group by m.cashier_id
    ), totals as (
      select m.cashier_id,
        count(*) filter (where m.kind = 'sale') as sales, count(*) filter (where m.kind = 'return') as returns,
        coalesce(sum(m.gross_total) filter (where m.kind = 'sale'), 0) as gross,
        count(*) filter (where m.kind = 'sale' and m.discount_total <> 0) as discounted_sales,
        coalesce(sum(m.gross_total - (m.total - m.rounding - m.gift_card_total - m.shipping_total)) filter (where m.kind = 'sale'), 0) as discounts,
        coalesce(-sum(m.total - m.rounding - m.gift_card_total - m.shipping_total) filter (where m.kind = 'return'), 0) as refunds,
        count(*) filter (where m.voids) as voids_count,
        coalesce(-sum(m.total - m.rounding - m.gift_card_total - m.shipping_total) filter (where m.voids), 0) as voids,
        sum(m.total - m.rounding - m.gift_card_total - m.shipping_total) as net, sum(m.tip) as tips
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
