/** Places an order of any channel but the till: the goods are reserved or leave, payments are stored, and the order is inserted. */
import { userOf } from '#kernel/auth/access';
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import type { SellingTerms } from '#subgraphs/auth/index';
import { moveStock, reserveStock, type MovedStock } from '#subgraphs/inventory/index';
import type { PaymentRow } from '#subgraphs/payments/index';
import { postVendorSale } from '#subgraphs/vendors/index';
import { toOrderedLine, type BasketLine } from '../basket/basket-line.rules';
import { basketMinimumAge } from '../basket/role-limits.rules';
import {
  NO_BENEFITS,
  benefitColumns,
  takeBenefits,
  withoutEarning,
  type Benefits,
} from '../benefits/take-benefits';
import { issuePaidGiftCards } from '../fulfilment/issue-gift-cards';
import { reservationOf } from '../fulfilment/order-stock';
import { fieldIssue, throwIssues } from '../issues.rules';
import type { OrderChannel, OrderRow, PostedOrder } from '../model';
import { insertOrder, type OrderDraft } from '../order/insert-order';
import { toLineDraft } from '../order/line-draft.rules';
import { emitOrderChanged, emitSaleCompleted } from '../order/order-events';
import { orderExchangeRate } from '../order/order-exchange-rate';
import { nextOrderNumbers, numberSeries } from '../order/order-numbers';
import type { PostalAddress } from '../order/postal-address.rules';
import type { SaleTotals } from '../pricing/pricing.rules';
import type { SaleTender } from '../pricing/settlement.rules';
import { shippingAmounts, type Shipping } from '../pricing/shipping.rules';
import { issueSoldGiftCards } from '../stored-value/sell-gift-cards';
import { paymentIssues, receivePayments } from './order-payments';

/** The status with which an order can begin. */
export type PlacedStatus = 'pending' | 'confirmed' | 'completed';

/** A priced order that is ready to be placed. */
export interface OrderToPlace {
  /** Id of the order, if it was needed before. */
  id?: string;
  terms: SellingTerms;
  /** The warehouse that sends the goods. */
  warehouseId: string;
  channel: OrderChannel;
  /** Defaults to `confirmed` if nothing is due, else to `pending`. */
  status?: PlacedStatus | null | undefined;
  /** The lines and totals of a basket (`priceBasket`). */
  lines: readonly BasketLine[];
  totals: SaleTotals;
  /** The price, with the code and the name of the rate that the customer has chosen in a cart. */
  shipping?: (Shipping & { code?: string; name?: string }) | null;
  /** Of the basket (`benefitsOf`). Defaults to none. */
  benefits?: Benefits;
  /** Payments that were received already. */
  payments?: readonly SaleTender[];
  customerId: string | null;
  holdsUntil?: Date | null;
  externalNumber?: string | null;
  email?: string | null;
  phone?: string | null;
  shippingAddress?: PostalAddress | null;
  billingAddress?: PostalAddress | null;
  note?: string | null;
  /** Of a supplement: the sale to which it adds goods. */
  originalOrderId?: string | null;
  /** Of a supplement: the return whose goods pay for a part of it. */
  exchangeOrderId?: string | null;
  /** Whether the customer has confirmed to have the minimum age of the goods. */
  ageConfirmed?: boolean;
  clientReference?: string | null;
  /** Hash of the request; required with a client reference. */
  requestHash?: string | undefined;
}

/**
 * Places an order inside the caller's transaction: createOrder and the checkout of a cart end here.
 *
 * The caller has priced the goods with `priceItems` and `priceBasket`, and has checked the customer. A pending order waits for
 * `addOrderPayment` or `confirmOrder`; with `holdsUntil`, it is cancelled if it still waits then. Its codes, campaigns and redeemed points
 * are taken at once, and released by a cancellation; it earns points when it becomes a sale. Its gift cards are issued once it is paid in
 * full; an order of gift cards only is then completed. Locks in this order: stock levels, the
 * customer's account, store credit, codes, campaigns, points, counters.
 *
 * @throws PosProError 409 INSUFFICIENT_STOCK; 422 OVERPAID for payments beyond the total, PAYMENT_INSUFFICIENT for a completed order of
 * which an amount is due; DISCOUNT_EXHAUSTED, POINTS_INSUFFICIENT.
 */
export async function placeOrder(
  tx: Transaction,
  ctx: RequestContext,
  toPlace: OrderToPlace,
): Promise<PostedOrder> {
  const { terms, totals, payments: tenders = [], customerId, channel } = toPlace;
  const id = toPlace.id ?? ctx.ids.next();
  const shipping = shippingAmounts(terms, toPlace.shipping);
  const total = totals.total.plus(shipping.shippingTotal);
  const paid = sum(tenders.map(({ amount }) => amount));
  throwIssues(paymentIssues({ currency: terms.currency, customerId }, tenders, total));
  const status = toPlace.status ?? (paid.equals(total) ? 'confirmed' : 'pending');
  if (status === 'completed' && paid.lessThan(total)) {
    const issue = fieldIssue('payments', 'A completed order must be paid in full.', 'PAYMENT_INSUFFICIENT');
    throwIssues([{ ...issue, code: 'PAYMENT_INSUFFICIENT' }]);
  }
  const exchangeRate = await orderExchangeRate(tx, terms, businessDay(tx.now, terms.timeZone));
  const moved = await takeGoods(tx, ctx, { ...toPlace, id, status });
  const { payments } = await receivePayments(tx, ctx, { id, customerId, channel }, terms, tenders);
  if (status === 'completed') assertCardsPaid(totals, payments);
  const { benefits: taken = NO_BENEFITS } = toPlace;
  const benefits = status === 'pending' ? withoutEarning(taken) : taken;
  const benefiting = { orderId: id, customerId, branchId: terms.branchId, createdAt: tx.now };
  await takeBenefits(tx, ctx, benefiting, benefits);
  const { number } = await nextOrderNumbers(tx, numberSeries(terms.branchCode, undefined));
  const amounts = {
    ...shipping,
    ...chosenRate(toPlace),
    total,
    paid,
    taxTotal: totals.taxTotal.plus(shipping.shippingTax),
  };
  const draft = {
    ...draftOf(tx, ctx, { ...toPlace, benefits }, moved),
    ...amounts,
    exchangeRate,
    id,
    status,
    number,
    receiptNumber: null,
  };
  const order = insertOrder(
    tx,
    ctx,
    { ...draft, soldAt: status === 'pending' ? null : tx.now },
    { payments, timeZone: terms.timeZone },
  );
  emitOrderChanged(tx, order);
  if (order.soldAt !== null) {
    emitSaleCompleted(tx, order, order.lines.length);
    await postVendorSale(tx, ctx, order, { soldAt: order.soldAt, delivered: status === 'completed' });
  }
  if (totals.giftCardTotal.isZero()) return { order, payments };
  return { payments, ...(await issueGiftCards(tx, ctx, order)) };
}

/** Issues the gift cards of an order: those of a completed one are paid, others wait for their money. */
async function issueGiftCards(
  tx: Transaction,
  ctx: RequestContext,
  order: PostedOrder['order'],
): Promise<Pick<PostedOrder, 'order' | 'giftCards'>> {
  if (order.status === 'completed') return { order, giftCards: issueSoldGiftCards(tx, ctx, order) };
  return issuePaidGiftCards(tx, ctx, order);
}

/** @throws PosProError 422 for gift cards in an order that is complete before its money has arrived. */
function assertCardsPaid({ giftCardTotal }: SaleTotals, payments: readonly PaymentRow[]): void {
  if (giftCardTotal.isZero() || payments.every((payment) => payment.status !== 'authorized')) return;
  const message = 'A completed order with gift cards needs payments that were captured.';
  throwIssues([fieldIssue('payments', message, 'NOT_CAPTURED')]);
}

/** The rate of a cart, and its parts for the goods of each vendor. */
function chosenRate({
  shipping,
}: OrderToPlace): Pick<OrderRow, 'shippingCode' | 'shippingName' | 'vendorShipping'> {
  const { code, name, vendors } = shipping ?? {};
  return { shippingCode: code ?? null, shippingName: name ?? null, vendorShipping: vendors ?? null };
}

/** Reserves the goods, or takes them from the stock if the order is completed. @returns the changed levels by variant. */
async function takeGoods(
  tx: Transaction,
  ctx: RequestContext,
  { id, status, lines, warehouseId, holdsUntil }: OrderToPlace & { id: string; status: PlacedStatus },
): Promise<ReadonlyMap<string, MovedStock>> {
  const goods = lines.flatMap(({ item, quantity, index }) => {
    const { productId, variantId, sku } = item;
    return item.trackStock ? [{ warehouseId, productId, variantId, sku, quantity, line: index }] : [];
  });
  if (status !== 'completed') {
    const expiresAt = status === 'pending' ? (holdsUntil ?? null) : null;
    await reserveStock(tx, ctx, { ...reservationOf(id), expiresAt, lines: goods });
    return new Map();
  }
  const moves = goods.map(({ quantity, ...one }) => ({ ...one, quantity: quantity.negated() }));
  const reference = { kind: 'sale' as const, referenceType: 'order', referenceId: id };
  const moved = await moveStock(
    tx,
    ctx,
    moves.map((move) => ({ ...move, ...reference })),
  );
  return new Map(moved.map((level) => [level.variantId, level]));
}

function draftOf(
  tx: Transaction,
  ctx: RequestContext,
  toPlace: OrderToPlace,
  moved: ReadonlyMap<string, MovedStock>,
): Omit<OrderDraft, 'id' | 'status' | 'total' | 'paid' | 'taxTotal'> {
  const { terms, totals, lines, note, benefits = NO_BENEFITS } = toPlace;
  const unitCostOf = ({ item }: BasketLine): Decimal | null => moved.get(item.variantId)?.unitCost ?? null;
  return {
    branchId: terms.branchId,
    kind: 'sale',
    channel: toPlace.channel,
    currency: terms.currency,
    pricesIncludeTax: terms.pricesIncludeTax,
    grossTotal: totals.grossTotal,
    subtotal: totals.subtotal,
    discountTotal: totals.discountTotal,
    giftCardTotal: totals.giftCardTotal,
    rounding: ZERO,
    change: ZERO,
    ...benefitColumns(benefits),
    customerId: toPlace.customerId,
    cashierId: userOf(ctx) ?? null,
    warehouseId: toPlace.warehouseId,
    clientReference: toPlace.clientReference ?? null,
    requestHash: toPlace.requestHash,
    minimumAge: basketMinimumAge(lines),
    ageConfirmed: basketMinimumAge(lines) !== null && toPlace.ageConfirmed === true,
    externalNumber: toPlace.externalNumber ?? null,
    email: toPlace.email ?? null,
    phone: toPlace.phone ?? null,
    shippingAddress: toPlace.shippingAddress ?? null,
    billingAddress: toPlace.billingAddress ?? null,
    holdsUntil: toPlace.holdsUntil ?? null,
    originalOrderId: toPlace.originalOrderId ?? null,
    exchangeOrderId: toPlace.exchangeOrderId ?? null,
    note: note?.trim() ? note.trim() : null,
    createdAt: tx.now,
    businessDate: businessDay(tx.now, terms.timeZone),
    reductions: totals.reductions,
    lines: lines.map((line, index) =>
      toLineDraft(toOrderedLine(line, totals.lines[index]!), unitCostOf(line), 'sale'),
    ),
  };
}
