/** Running totals of business days. Each order adds to them in its transaction, so that a report reads a few rows whatever the day. */
import { groupBy } from '#kernel/collections';
import { join, raw, sql, type Sql } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import type { FullOrder, OrderLineRow } from '../model';
import { taxesByClass, type SoldTaxClass, type TaxedPart, type TaxTotal } from '../pricing/pricing.rules';
import { taxedPartsOf } from '../pricing/shipping.rules';
import type { PaymentMethodKind } from '../inputs.generated';
import type { PrepaidTax } from '../stored-value/prepaid-tax.rules';
import {
  orderDayCustomers,
  orderDayItems,
  orderDayPayments,
  orderDayTaxes,
  orderDayTotals,
  type OrderDayItemRow,
  type OrderDayTotalRow,
} from '../tables.generated';
import type { MarginAmounts } from './sales-figures.rules';

/** A payment of an order: what remained in the shop; negative for a refund. */
interface PostedPayment {
  readonly method: PaymentMethodKind;
  readonly amount: Decimal;
  /** Status `voided` says that a negative amount is a payment that was lost, not a refund. */
  readonly status?: string;
}

/** The register of orders without one, the cashier, and the tax class. */
export const NONE = '00000000-0000-0000-0000-000000000000';

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
 * that the tills of a branch never wait for each other, except for the same customer; they stay locked until the commit.
 */
export function dayTotalsParts(
  order: FullOrder,
  { payments, prepaidTaxes = [], timeZone, at = order.createdAt }: DayTerms,
): Sql[] {
  const hour = sql`extract(hour from ${at}::timestamptz at time zone ${timeZone})`;
  const amounts = orderAmounts(order);
  return [
    dayPaymentsPart(order, payments),
    totalsPart({ ...salesKeyOf(order), ...amounts }, hour),
    dayTaxesPart(order, [...taxedPartsOf(order, order.lines), ...prepaidTaxes]),
    itemsPart(itemsOf(order)),
    ...customerPart(order, amounts),
  ];
}

/** Cost that became known of a sold line. */
export interface AddedCost {
  readonly line: OrderLineRow;
  /** Negative if goods came back. */
  readonly cost: Decimal;
}

/**
 * The parts that add costs to the totals of the business day on which an order was sold: of goods that were sent or came back since, and
 * of those that never will be sent. The revenue of a line without a cost is costed from then on.
 */
export function dayCostsParts(order: FullOrder, added: readonly AddedCost[]): Sql[] {
  const costs = added.filter(({ line }) => isGoods(line));
  if (costs.length === 0 || order.soldAt === null) return [];
  const hour = sql`extract(hour from ${order.soldAt}::timestamptz at time zone (select time_zone from branches where id = ${order.branchId}::uuid))`;
  const key = salesKeyOf(order);
  const sums = (parts: readonly AddedCost[]) => ({
    ...NO_MARGIN,
    cost: sum(parts.map(({ cost }) => cost)),
    uncostedNet: sum(parts.map(({ line }) => (line.cost === null ? line.net : ZERO))).negated(),
  });
  const items = [...groupBy(costs, ({ line }) => line.variantId)].map(([variantId, parts]) => ({
    ...key,
    variantId,
    productId: parts[0]!.line.productId,
    quantity: ZERO,
    netSales: ZERO,
    ...sums(parts),
  }));
  const amounts = { ...NO_AMOUNTS, ...sums(costs) };
  return [totalsPart({ ...key, ...amounts }, hour), itemsPart(items), ...customerPart(order, amounts)];
}

const NO_MARGIN = { net: ZERO, tax: ZERO, cost: ZERO, uncostedNet: ZERO };

const NO_AMOUNTS = {
  ...{
    sales: 0,
    returns: 0,
    unitsSold: ZERO,
    unitsReturned: ZERO,
    gross: ZERO,
    discounts: ZERO,
    refunds: ZERO,
  },
  ...{ voidsCount: 0, voids: ZERO, rounding: ZERO, shipping: ZERO, tips: ZERO, giftCardSales: ZERO },
  ...{ paymentDifferences: null, ...NO_MARGIN },
} satisfies DayAmounts;

type DayAmounts = Omit<OrderDayTotalRow, keyof SalesKey | 'hour'>;

/** The part of a key that rows of totals and of items share. */
type SalesKey = Pick<
  OrderDayTotalRow,
  'organizationId' | 'branchId' | 'businessDate' | 'registerId' | 'channel' | 'cashierId'
>;

function salesKeyOf(order: FullOrder): SalesKey {
  const { organizationId, branchId, businessDate, registerId, channel, cashierId } = order;
  return {
    ...{ organizationId, branchId, businessDate, channel },
    registerId: registerId ?? NONE,
    cashierId: cashierId ?? NONE,
  };
}

function totalsPart(row: SalesKey & DayAmounts, hour: Sql): Sql {
  return sql`day_totals as (
    insert into order_day_totals as running (${WITHOUT_HOUR.columns}, hour)
    select ${WITHOUT_HOUR.values('added')}, ${hour}
    from jsonb_to_record(${JSON.stringify(row)}::jsonb) as added(${WITHOUT_HOUR.definitions})
    on conflict (organization_id, branch_id, business_date, register_id, channel, cashier_id, hour) do update set
      ${added('sales', 'returns', 'units_sold', 'units_returned', 'gross', 'discounts', 'refunds', 'net', 'tax', 'cost', 'uncosted_net', 'voids_count', 'voids', 'rounding', 'shipping', 'tips', 'gift_card_sales')},
      payment_differences = coalesce(running.payment_differences + excluded.payment_differences, running.payment_differences, excluded.payment_differences)
  )`;
}

function itemsPart(rows: readonly OrderDayItemRow[]): Sql {
  return sql`day_items as (
    insert into order_day_items as running (${orderDayItems.columns}) select ${orderDayItems.values('added')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as added(${orderDayItems.definitions}) order by added."variantId"
    on conflict (organization_id, branch_id, business_date, register_id, channel, cashier_id, variant_id) do update
      set ${added('quantity', 'net_sales', 'net', 'cost', 'uncosted_net')}
  )`;
}

/** An order without a customer adds nothing. */
function customerPart(
  { organizationId, branchId, businessDate, channel, customerId }: FullOrder,
  { sales, returns, net, tax, cost, uncostedNet }: DayAmounts,
): Sql[] {
  if (customerId === null) return [];
  const key = { organizationId, branchId, businessDate, channel, customerId };
  const row = { ...key, sales, returns, net, tax, cost, uncostedNet };
  return [
    sql`day_customers as (
      insert into order_day_customers as running (${orderDayCustomers.columns}) values (${orderDayCustomers.parameters(row)})
      on conflict (organization_id, branch_id, business_date, customer_id, channel) do update
        set ${added('sales', 'returns', 'net', 'tax', 'cost', 'uncosted_net')}
    )`,
  ];
}

/** The part that adds payments to the totals of a business day: those of an order, or later ones. */
export function dayPaymentsPart(
  { organizationId, branchId, businessDate, registerId }: DayKey,
  payments: readonly PostedPayment[],
): Sql {
  const day = { organizationId, branchId, businessDate, registerId: registerId ?? NONE };
  const tenders = JSON.stringify(paymentsByMethod(payments).map((payment) => ({ ...payment, ...day })));
  return sql`day_payments as (
    insert into order_day_payments as running (${orderDayPayments.columns}) select ${orderDayPayments.values('added')}
    from jsonb_to_recordset(${tenders}::jsonb) as added(${orderDayPayments.definitions}) order by added.method
    on conflict (organization_id, branch_id, business_date, register_id, method) do update set ${added('count', 'amount', 'refunded')}
  )`;
}

/** The part that adds taxes to the totals of a business day: those of an order, or those that gift cards had paid. */
export function dayTaxesPart(
  { organizationId, branchId, businessDate, registerId, kind }: DayKey & Pick<FullOrder, 'kind'>,
  taxed: readonly (TaxedPart & SoldTaxClass)[],
): Sql {
  const day = { organizationId, branchId, businessDate, registerId: registerId ?? NONE };
  const refundsOf = ({ net, tax }: TaxTotal) =>
    kind === 'return'
      ? { refundsNet: net.negated(), refundsTax: tax.negated() }
      : { refundsNet: ZERO, refundsTax: ZERO };
  const rows = taxesByClass(taxed).map(({ taxClassId, taxClass, ...tax }) => ({
    ...{ ...day, taxClassId: taxClassId ?? NONE, taxClass: taxClass ?? '' },
    ...{ ...tax, ...refundsOf(tax) },
  }));
  return sql`day_taxes as (
    insert into order_day_taxes as running (${orderDayTaxes.columns}) select ${orderDayTaxes.values('added')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as added(${orderDayTaxes.definitions})
    order by added.rate, added."taxClassId", added."taxClass"
    on conflict (organization_id, branch_id, business_date, register_id, rate, tax_class_id, tax_class) do update set ${added('net', 'tax', 'refunds_net', 'refunds_tax')}
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
function orderAmounts(order: FullOrder): DayAmounts {
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
    ...marginAmounts(lines),
    tax: sum(lines.map(({ tax }) => tax)),
    voidsCount: voids,
    voids: voids ? goods.negated() : ZERO,
    rounding,
    shipping: shippingTotal,
    tips: tip,
    giftCardSales: giftCardTotal,
    paymentDifferences: paymentDifference,
  };
}

function marginAmounts(lines: readonly OrderLineRow[]): MarginAmounts {
  return {
    net: sum(lines.map(({ net }) => net)),
    cost: sum(lines.map(({ cost }) => cost ?? ZERO)),
    uncostedNet: sum(lines.map(({ cost, net }) => (cost === null ? net : ZERO))),
  };
}

/** Whether a line is of goods: a sold gift card is neither a unit nor a sale. */
function isGoods({ giftCardPurpose }: OrderLineRow): boolean {
  return giftCardPurpose === null;
}

function itemsOf(order: FullOrder): OrderDayItemRow[] {
  const key = salesKeyOf(order);
  return [...groupBy(order.lines.filter(isGoods), ({ variantId }) => variantId)].map(
    ([variantId, parts]) => ({
      ...key,
      variantId,
      productId: parts[0]!.productId,
      quantity: sum(parts.map(({ quantity }) => quantity)),
      netSales: sum(parts.map(({ total }) => total)),
      ...marginAmounts(parts),
    }),
  );
}

function isRefund({ amount, status }: PostedPayment): boolean {
  return amount.isNegative() && status !== 'voided';
}

function paymentsByMethod(payments: readonly PostedPayment[]) {
  return [...groupBy(payments, ({ method }) => method)].map(([method, parts]) => ({
    method,
    count: parts.length,
    amount: sum(parts.map(({ amount }) => amount)),
    refunded: sum(parts.filter(isRefund).map(({ amount }) => amount.negated())),
  }));
}
