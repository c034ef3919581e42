/** Figures of a branch's business day, from its running totals (day-totals.ts). */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import type { PaymentMethodKind } from '../inputs.generated';
import type { TaxTotal } from '../pricing/pricing.rules';
import { netOf } from './sales-figures.rules';

/** The orders to count: of one branch's business day. */
export interface DayQuery {
  branchId: string;
  /** "YYYY-MM-DD" */
  date: string;
}

/** Figures of one hour, in the branch's time zone. */
export interface HourFigures {
  /** 0 to 23. */
  hour: number;
  sales: number;
  returns: number;
  /** Sales minus returns, with tax, without cash rounding. */
  net: Decimal;
}

/** The payments of one payment method. */
export interface DayPayment {
  method: PaymentMethodKind;
  count: number;
  /** Payments minus refunds. */
  amount: Decimal;
}

/** Figures of a business day. Amounts include tax and exclude cash rounding. */
export interface DayFigures extends DayAmounts {
  /** Gross − discounts − refunds. */
  net: Decimal;
  taxes: TaxTotal[];
  payments: DayPayment[];
  hours: HourFigures[];
}

/** Figures of sales and returns. Amounts include tax and exclude cash rounding. */
export interface SaleFigures {
  sales: number;
  returns: number;
  /** Units sold, and units returned. */
  unitsSold: Decimal;
  unitsReturned: Decimal;
  /** Sales before any discount. */
  gross: Decimal;
  discounts: Decimal;
  refunds: Decimal;
}

/** Sums of `SaleFigures` over running totals `t`, for a select list. */
export const SALE_SUMS = sql`
  sum(t.sales)::int as sales, sum(t.returns)::int as returns, sum(t.units_sold) as units_sold, sum(t.units_returned) as units_returned,
  sum(t.gross) as gross, sum(t.discounts) as discounts, sum(t.refunds) as refunds`;

/** The amounts that are sums over the hours. */
interface DayAmounts extends SaleFigures {
  /** Returns that voided a sale of the same session, included in `returns` and `refunds`. */
  voidsCount: number;
  voids: Decimal;
  rounding: Decimal;
  /** Amount by which the payments exceed the totals (negative: fall below); null if they agree in every order. */
  paymentDifferences: Decimal | null;
  /** Shipping minus refunded shipping; not part of any other amount. */
  shipping: Decimal;
  /** Tips for the staff; not part of any other amount. */
  tips: Decimal;
  /** Gift cards sold minus refunded, with tax; not part of sales. */
  giftCardSales: Decimal;
}

const ofDay = ({ branchId, date }: DayQuery): Sql =>
  sql`t.branch_id = ${branchId}::uuid and t.business_date = ${date}::date`;

/** Figures of a business day, in three statements at the same time. */
export async function dayFigures(db: Queryable, query: DayQuery): Promise<DayFigures> {
  const [hours, taxes, payments] = await Promise.all([
    db.many<DayAmounts & { hour: number }>(sql`
      select t.hour, ${SALE_SUMS},
        sum(t.voids_count)::int as voids_count, sum(t.voids) as voids, sum(t.rounding) as rounding, sum(t.shipping) as shipping, sum(t.tips) as tips, sum(t.gift_card_sales) as gift_card_sales,
        sum(t.payment_differences) as payment_differences
      from order_day_totals t where ${ofDay(query)} group by t.hour order by t.hour`),
    db.many<TaxTotal>(sql`
      select t.rate, sum(t.net) as net, sum(t.tax) as tax
      from order_day_taxes t where ${ofDay(query)} group by t.rate order by t.rate`),
    db.many<DayPayment>(sql`
      select t.method, sum(t.count)::int as count, sum(t.amount) as amount
      from order_day_payments t where ${ofDay(query)} group by t.method order by t.method`),
  ]);
  const amounts = dayAmounts(hours);
  return {
    ...amounts,
    net: netOf(amounts),
    taxes,
    payments,
    hours: hours.map((part) => ({
      hour: part.hour,
      sales: part.sales,
      returns: part.returns,
      net: netOf(part),
    })),
  };
}

function dayAmounts(hours: readonly DayAmounts[]): DayAmounts {
  const total = (value: (part: DayAmounts) => Decimal) => sum(hours.map(value));
  const count = (value: (part: DayAmounts) => number) =>
    hours.reduce((counted, part) => counted + value(part), 0);
  const differences = hours.flatMap(({ paymentDifferences }) => paymentDifferences ?? []);
  return {
    sales: count((part) => part.sales),
    returns: count((part) => part.returns),
    unitsSold: total((part) => part.unitsSold),
    unitsReturned: total((part) => part.unitsReturned),
    gross: total((part) => part.gross),
    discounts: total((part) => part.discounts),
    refunds: total((part) => part.refunds),
    voidsCount: count((part) => part.voidsCount),
    voids: total((part) => part.voids),
    rounding: total((part) => part.rounding),
    shipping: total((part) => part.shipping),
    tips: total((part) => part.tips),
    giftCardSales: total((part) => part.giftCardSales),
    paymentDifferences: differences.length === 0 ? null : sum(differences),
  };
}

/** The number of sales and returns of a business day so far, and their net. */
export function dayNet(
  db: Queryable,
  query: DayQuery,
): Promise<Pick<DayFigures, 'sales' | 'returns' | 'net'>> {
  return db.one(sql`
    select coalesce(sum(t.sales), 0)::int as sales, coalesce(sum(t.returns), 0)::int as returns,
      coalesce(sum(t.gross - t.discounts - t.refunds), 0) as net
    from order_day_totals t where ${ofDay(query)}`);
}
