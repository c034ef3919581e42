/** Running totals of business days. Each order adds to them in its transaction, so that a report reads a few rows whatever the day. */
import { groupBy } from '#kernel/collections';
import { join, raw, sql, type Sql } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import type { FullOrder, OrderLineRow } from '../model';
import { taxesOf } from '../pricing/pricing.rules';
import { taxedPartsOf, type TaxedPart } from '../pricing/shipping.rules';
import type { PaymentMethodKind } from '../inputs.generated';
import type { PrepaidTax } from '../stored-value/prepaid-tax.rules';
import { orderDayItems, orderDayPayments, orderDayTaxes, orderDayTotals } from '../tables.generated';

/** A payment of an order: what remained in the shop; negative for a refund. */
interface PostedPayment {
  readonly method: PaymentMethodKind;
  readonly amount: Decimal;
}

/** Of orders without a register. */
const NO_REGISTER = '00000000-0000-0000-0000-000000000000';

const WITHOUT_HOUR = orderDayTotals.omit('hour');

/** The day to whose totals an order or a payment adds. */
type DayKey = Pick<FullOrder, 'organizationId' | 'branchId' | 'businessDate' | 'registerId'>;

/** Values that an order does not have itself. */
export interface DayTerms {
  /** The payments of the order. */
  readonly payments: readonly PostedPayment[];
  /** Tax that single-purpose gift cards among the payments had paid; negative. */
  readonly prepaidTaxes?: readonly PrepaidTax[];
  /** Time zone of the branch. */
  readonly timeZone: string;
  /** When the order became a sale. Defaults to its time. */
  readonly at?: Date;
}

/**
 * The parts of a statement, `name as (…)`, that add an order to the totals of its business day. The rows are those of its register, so
 * that the tills of a branch never wait for each other; they stay locked until the commit.
 */
export function dayTotalsParts(
  order: FullOrder,
  { payments, prepaidTaxes = [], timeZone, at = order.createdAt }: DayTerms,
): Sql[] {
  const { organizationId, branchId, businessDate, registerId } = order;
  const day = { organizationId, branchId, businessDate, registerId: registerId ?? NO_REGISTER };
  const totals = JSON.stringify({ ...day, ...amountsOf(order) });
  const items = JSON.stringify(itemsOf(order).map((item) => ({ ...item, ...day })));
  return [
    dayPaymentsPart(order, payments),
    sql`day_totals as (
      insert into order_day_totals as running (${WITHOUT_HOUR.columns}, hour)
      select ${WITHOUT_HOUR.values('added')}, extract(hour from ${at}::timestamptz at time zone ${timeZone})
      from jsonb_to_record(${totals}::jsonb) as added(${WITHOUT_HOUR.definitions})
      on conflict (organization_id, branch_id, business_date, register_id, hour) do update set
        ${added('sales', 'returns', 'units_sold', 'units_returned', 'gross', 'discounts', 'refunds', 'voids_count', 'voids', 'rounding', 'shipping', 'tips', 'gift_card_sales')},
        payment_differences = coalesce(running.payment_differences + excluded.payment_differences, running.payment_differences, excluded.payment_differences)
    )`,
    dayTaxesPart(order, [...taxedPartsOf(order, order.lines), ...prepaidTaxes]),
    sql`day_items as (
      insert into order_day_items as running (${orderDayItems.columns}) select ${orderDayItems.values('added')}
      from jsonb_to_recordset(${items}::jsonb) as added(${orderDayItems.definitions}) order by added."variantId"
      on conflict (organization_id, branch_id, business_date, register_id, variant_id) do update set ${added('quantity', 'net_sales')}
    )`,
  ];
}

/** The part that adds payments to the totals of a business day: those of an order, or later ones. */
export function dayPaymentsPart(
  { organizationId, branchId, businessDate, registerId }: DayKey,
  payments: readonly PostedPayment[],
): Sql {
  const day = { organizationId, branchId, businessDate, registerId: registerId ?? NO_REGISTER };
  const tenders = JSON.stringify(paymentsByMethod(payments).map((payment) => ({ ...payment, ...day })));
  return sql`day_payments as (
    insert into order_day_payments as running (${orderDayPayments.columns}) select ${orderDayPayments.values('added')}
    from jsonb_to_recordset(${tenders}::jsonb) as added(${orderDayPayments.definitions}) order by added.method
    on conflict (organization_id, branch_id, business_date, register_id, method) do update set ${added('count', 'amount')}
  )`;
}

/** The part that adds taxes to the totals of a business day: those of an order, or those that gift cards had paid. */
export function dayTaxesPart(
  { organizationId, branchId, businessDate, registerId }: DayKey,
  taxed: readonly TaxedPart[],
): Sql {
  const day = { organizationId, branchId, businessDate, registerId: registerId ?? NO_REGISTER };
  const taxes = JSON.stringify(taxesOf(taxed).map((tax) => ({ ...tax, ...day })));
  return sql`day_taxes as (
    insert into order_day_taxes as running (${orderDayTaxes.columns}) select ${orderDayTaxes.values('added')}
    from jsonb_to_recordset(${taxes}::jsonb) as added(${orderDayTaxes.definitions}) order by added.rate
    on conflict (organization_id, branch_id, business_date, register_id, rate) do update set ${added('net', 'tax')}
  )`;
}

/** `sales = running.sales + excluded.sales, …` */
function added(...columns: string[]): Sql {
  return join(
    columns.map((column) => raw(`${column} = running.${column} + excluded.${column}`)),
    ', ',
  );
}

/** The amounts that an order adds; those of a return are negative in the order, and positive here. */
function amountsOf(order: FullOrder) {
  const { kind, grossTotal, total, giftCardTotal, rounding, shippingTotal, tip, paymentDifference } = order;
  const goods = total.minus(rounding).minus(giftCardTotal).minus(shippingTotal);
  const lines = order.lines.filter(isGoods);
  const sale = kind === 'sale';
  const voids = order.voids ? 1 : 0;
  return {
    sales: sale ? 1 : 0,
    returns: sale ? 0 : 1,
    unitsSold: sum(lines.map(({ quantity }) => (quantity.isNegative() ? ZERO : quantity))),
    unitsReturned: sum(lines.map(({ quantity }) => (quantity.isNegative() ? quantity.negated() : ZERO))),
    gross: sale ? grossTotal : ZERO,
    discounts: sale ? grossTotal.minus(goods) : ZERO,
    refunds: sale ? ZERO : goods.negated(),
    voidsCount: voids,
    voids: voids ? goods.negated() : ZERO,
    rounding,
    shipping: shippingTotal,
    tips: tip,
    giftCardSales: giftCardTotal,
    paymentDifferences: paymentDifference,
  };
}

/** Whether a line is of goods: a sold gift card is neither a unit nor a sale. */
function isGoods({ giftCardPurpose }: OrderLineRow): boolean {
  return giftCardPurpose === null;
}

function itemsOf({ lines }: FullOrder) {
  return [...groupBy(lines.filter(isGoods), ({ variantId }) => variantId)].map(([variantId, parts]) => ({
    variantId,
    productId: parts[0]!.productId,
    quantity: sum(parts.map(({ quantity }) => quantity)),
    netSales: sum(parts.map(({ total }) => total)),
  }));
}

function paymentsByMethod(payments: readonly PostedPayment[]) {
  return [...groupBy(payments, ({ method }) => method)].map(([method, parts]) => ({
    method,
    count: parts.length,
    amount: sum(parts.map(({ amount }) => amount)),
  }));
}
