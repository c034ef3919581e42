/** Edits of orders that are sales: removed goods are cancelled, added goods are a supplement, and one amount settles both. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import { basketPoints } from '../basket/basket-points';
import { pointsBenefit } from '../basket/basket-points.rules';
import { NO_BENEFITS } from '../benefits/take-benefits';
import { requireValue } from '../issues.rules';
import type { FullOrder } from '../model';
import { dueAmount } from '../order/order-balance.rules';
import { takeStep } from '../order/order-steps';
import { orderById, ordersOfOriginals } from '../order/orders.queries';
import { placeOrder } from '../placing/place-order';
import { shippingAmounts, type Shipping } from '../pricing/shipping.rules';
import { postRefund } from '../refunds/post-refund';
import { refundablePayments } from '../refunds/refund-plan';
import { refundTenders, type RefundTenders } from '../refunds/refund-tenders.rules';
import { refundedShipping } from '../refunds/refunded-parts.queries';
import { shippingLeft } from '../refunds/shipping-refund.rules';
import type { OrderEdit, PricedEdit } from './order-edit';

/** A locked sale and its edit, with the ids of the return and of the supplement. */
interface SaleEdit {
  order: FullOrder;
  edit: PricedEdit;
  exchange: { returnId: string; saleId: string };
  /** The shipping that is left to charge if nothing of the order stays: the supplement takes it over. */
  shipping: Shipping | null;
}

/**
 * Edits a locked order that is a sale. The price of the removed goods pays for the added ones; only the rest is refunded, or is due.
 * @throws PosProError 409 INSUFFICIENT_STOCK, and REGISTER_CLOSED for cash that no register refunds; as cancelOrder and placeOrder.
 */
export async function editSale(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  edit: PricedEdit,
): Promise<OrderEdit> {
  const exchange = { returnId: ctx.ids.next(), saleId: ctx.ids.next() };
  const shipping = edit.replacesAll
    ? shippingLeft(edit.terms, order, await refundedShipping(tx, order))
    : null;
  const saleEdit = { order, edit, exchange, shipping };
  // A supplement belongs to its order: who read the order without it has read an earlier version.
  const changes = { version: order.version + 1 };
  await takeStep(tx, ctx, order, { action: 'edit', reason: edit.reason, changes });
  const { cancellation, credit } = await cancelGoods(tx, ctx, saleEdit);
  const supplement = await placeSupplement(tx, ctx, saleEdit, credit, cancellation);
  const after = await orderById(tx, order.id);
  const supplements = (await ordersOfOriginals(tx, 'sale', [order.id])).get(order.id) ?? [];
  return {
    order: after,
    supplement,
    cancellation,
    currency: order.currency,
    added: edit.basket.totals!.total,
    removed: sum((cancellation?.lines ?? []).map(({ total }) => total.negated())),
    refunded: (cancellation?.paid ?? ZERO).negated().minus(credit),
    due: sum([after, ...supplements].map(dueAmount)),
  };
}

/** Cancels the removed goods. @returns the return, and the part of its amount that pays for added goods. */
async function cancelGoods(
  tx: Transaction,
  ctx: RequestContext,
  { order, edit, exchange, shipping }: SaleEdit,
): Promise<{ cancellation: FullOrder | null; credit: Decimal }> {
  const { removed, basket, terms, reason, registerId } = edit;
  if (removed.length === 0) return { cancellation: null, credit: ZERO };
  const supplemented = basket.lines.length > 0;
  const price = basket.totals!.total.plus(
    shippingAmounts(terms, supplemented ? shipping : null).shippingTotal,
  );
  const payments = await refundablePayments(tx, order);
  let credit = ZERO;
  const { order: cancellation } = await postRefund(tx, ctx, {
    id: order.id,
    kind: 'cancel',
    input: { reason, registerId },
    select: () => Promise.resolve({ value: [...removed] }),
    amountsOf: () => ({
      shipping: edit.replacesAll ? order.shippingTotal.minus(order.shippingRefunded) : null,
    }),
    tendersFor: (amount, refundTerms) => {
      credit = Decimal.min(amount, price);
      const rest = requireValue(refundTenders(refundTerms, amount.minus(credit), payments));
      return withCredit(rest, credit);
    },
    ...(supplemented ? { exchange } : {}),
  });
  return { cancellation, credit };
}

/** The tenders of a refund of which a part pays for other goods. */
function withCredit({ tenders, total }: RefundTenders, credit: Decimal): RefundTenders {
  if (credit.isZero()) return { tenders, total };
  const exchanged = { method: 'exchange' as const, amount: credit, reference: null, refundedPaymentId: null };
  return { tenders: [exchanged, ...tenders], total: total.plus(credit) };
}

/** Places the added goods as an order of their own; null without any. */
async function placeSupplement(
  tx: Transaction,
  ctx: RequestContext,
  { order, edit: { terms, basket }, exchange, shipping }: SaleEdit,
  credit: Decimal,
  cancellation: FullOrder | null,
): Promise<FullOrder | null> {
  if (basket.lines.length === 0) return null;
  const { channel, customerId, email, phone, shippingAddress, billingAddress } = order;
  const points = pointsBenefit(
    await basketPoints(ctx, tx, { customerId }),
    { lines: basket.lines, totals: basket.totals! },
    {
      shipping: shippingAmounts(terms, shipping).shippingTotal,
      multiplier: order.pointsMultiplier,
    },
  );
  const { order: supplement } = await placeOrder(tx, ctx, {
    ...{ channel, customerId, email, phone, shippingAddress, billingAddress },
    id: exchange.saleId,
    terms,
    warehouseId: order.warehouseId ?? (await warehouseOfBranch(tx, order.branchId)),
    status: 'confirmed',
    lines: basket.lines,
    totals: basket.totals!,
    shipping,
    benefits: { ...NO_BENEFITS, points },
    payments: credit.isZero() ? [] : [{ method: 'exchange', amount: credit }],
    // All supplements belong to the first order, also those of a supplement.
    originalOrderId: order.originalOrderId ?? order.id,
    exchangeOrderId: cancellation?.id ?? null,
  });
  return supplement;
}
