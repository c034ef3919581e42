import type { RequestContext } from '#kernel/context';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import type { FullOrder, OrderRow, PostedOrder } from '../model';
import { rememberOrder } from '../order/orders.queries';
import type { Resolvers } from '../types.generated';
import { refundableMoney } from '../order/order-balance.rules';
import type { RefundPlan } from './refund-plan';
import { partiallyRefundOrder, previewRefund, refundOrder } from './refunds';

export const resolvers: Resolvers = {
  Query: {
    previewRefund: (_, { id, input }, ctx) => previewRefund(ctx, id, input),
  },
  RefundPreview: {
    currency: ({ order }) => order.currency,
    total: ({ order, plan }) => formatMoney(plan.refund.total, order.currency),
    tax: ({ order, plan: { lines, shipping } }) =>
      formatMoney(sum(lines.map(({ amounts }) => amounts.tax)).plus(shipping.shippingTax), order.currency),
    waived: ({ order, plan }) => formatMoney(plan.waived, order.currency),
    rounding: ({ order, plan }) => formatMoney(roundingOf(plan), order.currency),
    items: ({ order, plan }) => plan.lines.map((line) => shownItem(order, line)),
    shipping: ({ order, plan }) => formatMoney(plan.shipping.shippingTotal, order.currency),
    payments: ({ order: { currency }, plan }) =>
      plan.refund.tenders.map(({ method, amount }) => ({ method, amount: formatMoney(amount, currency) })),
    maximum: ({ order }) => formatMoney(refundableMoney(order), order.currency),
    everything: ({ plan }) => plan.everything,
  },
  Mutation: {
    refundOrder: async (_, { id, input }, ctx) => orderOf(ctx, await refundOrder(ctx, id, input)),
    partiallyRefundOrder: async (_, { id, input }, ctx) =>
      orderOf(ctx, await partiallyRefundOrder(ctx, id, input)),
  },
};

/** The posted order, remembered for the fields that the caller selects. */
function orderOf(ctx: RequestContext, posted: PostedOrder): OrderRow {
  rememberOrder(ctx, posted);
  return posted.order;
}

/** The amount by which cash rounding changes a refund. */
function roundingOf({ refund, waived, lines, shipping, paymentDifference }: RefundPlan): Decimal {
  const exact = sum(lines.map(({ amounts }) => amounts.total)).plus(shipping.shippingTotal);
  return refund.total
    .plus(waived)
    .plus(paymentDifference ?? ZERO)
    .minus(exact);
}

function shownItem(
  { currency, lines }: FullOrder,
  { originalLineId, quantity, amounts }: RefundPlan['lines'][number],
) {
  const line = lines.find(({ id }) => id === originalLineId)!.lineNo;
  const [amount, tax] = [formatMoney(amounts.total, currency), formatMoney(amounts.tax, currency)];
  return { line, quantity, amount, tax };
}
