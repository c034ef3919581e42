/** Posts a return: restocks the goods, pays the refund, and inserts an order with negative amounts. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import type { Queryable, Transaction } from '#kernel/db/database';
import { type Decimal, ZERO } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import type { SellingTerms } from '#subgraphs/auth/index';
import type { RecordedRate } from '#subgraphs/i18n/index';
import { moveStock, type StockMove } from '#subgraphs/inventory/index';
import type { RemainingSale } from '#subgraphs/marketing/index';
import { recordPayments } from '#subgraphs/payments/index';
import {
  openSessionFor,
  findOwnSession,
  postToSession,
  requireOwnSession,
  type OpenSession,
} from '#subgraphs/registers/index';
import { postVendorReturn } from '#subgraphs/vendors/index';
import { businessDay } from '#kernel/business-day.rules';
import { insertOrder } from '../order/insert-order';
import { nextOrderNumbers, numberSeries } from '../order/order-numbers';
import { negative, toLineDraft, type OrderedLine } from '../order/line-draft.rules';
import type { RefundTenders } from './refund-tenders.rules';
import { refundToAccount } from './refund-to-account';
import { emitOrderChanged, emitSaleCompleted } from '../order/order-events';
import { releaseBenefits } from '../benefits/take-benefits';
import { returnedShipping } from './shipping-refund.rules';
import { returnEntry } from '../order/session-entries.rules';
import { endGiftCards, type ReturnedGiftCard } from '../stored-value/sell-gift-cards';
import { refundToStoredValue } from '../stored-value/refund-to-stored-value';
import { taxesOf, totalsOf, type Reduction, type SaleTotals } from '../pricing/pricing.rules';
import { NO_SHIPPING, taxedPartsOf, type ShippingAmounts } from '../pricing/shipping.rules';
import type { OrderChannel, PostedOrder } from '../model';
import type { PaymentMethodKind } from '../inputs.generated';

/** A returned line; its amounts are the refund for it. */
export interface ReturnedLine extends OrderedLine {
  /** Whether to restock it; false for an item that is not stocked. */
  restock: boolean;
  /** Cost of one unit when it was sold. Defaults to the average cost of the level. */
  unitCost?: Decimal | undefined;
}

/** A return that is ready to be posted. */
export interface ReturnPlan {
  terms: SellingTerms;
  warehouseId: string;
  /** The register session to which the return belongs; undefined for a return that was not made at a till. */
  session: OpenSession | undefined;
  channel: OrderChannel;
  customerId: string | null;
  originalOrderId: string | null;
  /** The rate that the sale keeps, so that both cancel each other out in the other currency, too; of a return without a sale, that of its day. */
  exchangeRate: RecordedRate | null;
  lines: readonly ReturnedLine[];
  /** Shares of the lines in the discounts of the sale, in the order of the lines. */
  reductions: readonly Reduction[];
  /** Refunded shipping; positive. Defaults to none. */
  shipping?: ShippingAmounts;
  /** Whether the uses of campaigns and codes are released, because nothing remains of a sale that took some. Defaults to false. */
  undoesUses?: boolean;
  /** The part of the sale that remains; required with a sale. */
  kept?: RemainingSale;
  refund: RefundTenders;
  /** The part of the amount that reduces what is due for the sale, instead of being paid. Defaults to none. */
  waived?: Decimal;
  reason: string | null;
  note: string | null;
  clientReference: string | null;
  requestHash: string | undefined;
  /** When the return was made, by the till's own clock. */
  createdAt: Date;
  /** Whether the return voids a sale of the same session. */
  voids?: boolean;
  /** A tip to refund too; above zero. */
  tip?: { method: PaymentMethodKind; amount: Decimal } | null;
  /** Difference between the sale's payments and its total that the return ends, with the sign of the return. */
  paymentDifference?: Decimal | null;
  approvedBy?: string | null;
  /** Sold gift cards that the return ends. */
  giftCards?: readonly ReturnedGiftCard[];
  /** Id of the return, if it was needed before posting. */
  id?: string;
  exchangeOrderId?: string;
}

/**
 * Posts a return inside the caller's transaction.
 * @throws PosProError 409 REGISTER_CLOSED; 422 if money is refunded to an account and the order has no customer.
 */
export async function postReturn(
  tx: Transaction,
  ctx: RequestContext,
  plan: ReturnPlan,
): Promise<PostedOrder> {
  const id = plan.id ?? ctx.ids.next();
  const totals = totalsOf(
    plan.lines.map((line) => line.amounts),
    plan.lines,
    plan.reductions,
  );
  const shipping = plan.shipping ?? NO_SHIPPING;
  const total = totals.total.plus(shipping.shippingTotal);
  const costs = await restock(tx, ctx, plan, id);
  const { tenders } = plan.refund;
  const payments = await recordPayments(tx, ctx, {
    orderId: id,
    registerSessionId: plan.session?.id ?? null,
    branchId: plan.terms.branchId,
    currency: plan.terms.currency,
    customerId: plan.customerId,
    tenders: tenders.map((tender) => ({ ...tender, amount: tender.amount.negated() })),
  });
  const { terms, customerId, reason, originalOrderId } = plan;
  const returned = { orderId: id, branchId: terms.branchId, customerId };
  await refundToAccount(tx, ctx, tenders, { ...returned, at: plan.createdAt, originalOrderId });
  const refunded = { ...returned, terms, reason };
  await endGiftCards(tx, ctx, plan.giftCards ?? [], refunded);
  const { giftCards, prepaidTaxes } = await refundToStoredValue(tx, ctx, tenders, refunded);
  const pointsEarned = await endBenefits(tx, ctx, plan, totals.reductions);
  const waived = plan.waived ?? ZERO;
  const rounding = total
    .minus(plan.refund.total)
    .minus(plan.paymentDifference ?? ZERO)
    .minus(waived);
  if (plan.session) {
    const taxedParts = plan.lines.map(({ amounts: { net, tax }, ...line }) => ({ ...line, net, tax }));
    const taxes = taxesOf(taxedPartsOf(shipping, taxedParts));
    await postToSession(
      tx,
      plan.session.id,
      returnEntry({ ...totals, total, taxes }, rounding, tenders, { ...plan, prepaidTaxes }),
    );
  }
  const series = numberSeries(plan.terms.branchCode, plan.session?.registerCode);
  const numbers = await nextOrderNumbers(tx, series);
  const draft = {
    ...draftOf(ctx, plan, { id, totals, shipping, waived, rounding, costs, pointsEarned }),
    ...numbers,
  };
  const order = insertOrder(tx, ctx, draft, { payments, prepaidTaxes, timeZone: plan.terms.timeZone });
  emitOrderChanged(tx, order);
  emitSaleCompleted(tx, order, order.lines.length);
  await postVendorReturn(tx, ctx, vendorLines(plan));
  return { order, payments, ...(giftCards.length > 0 ? { giftCards } : {}) };
}

/** The returned goods of vendors. Goods that come back without a receipt are the shop's: no sale is known whose commission they reverse. */
function vendorLines({ lines }: ReturnPlan) {
  return lines.flatMap(({ originalLineId, vendorId, quantity, amounts: { total } }) =>
    originalLineId === null || vendorId === null ? [] : [{ originalLineId, vendorId, quantity, total }],
  );
}

/** Ends the benefits of the returned part of a sale. @returns the points that it earns no more, as a number below zero. */
async function endBenefits(
  tx: Transaction,
  ctx: RequestContext,
  { terms, originalOrderId: orderId, customerId, undoesUses = false, kept }: ReturnPlan,
  reductions: readonly Reduction[],
): Promise<number> {
  if (orderId === null) return 0;
  invariant(kept, 'a return of a sale says what is kept of it');
  const reversed = await releaseBenefits(tx, ctx, { orderId, customerId }, terms, {
    reductions,
    undoesUses,
    kept,
  });
  return reversed === 0 ? 0 : -reversed;
}

/** Restocks the goods. @returns the cost of one unit of each line; null if no stock was moved. */
async function restock(
  tx: Transaction,
  ctx: RequestContext,
  plan: ReturnPlan,
  orderId: string,
): Promise<(Decimal | null)[]> {
  const stocked = plan.lines.map((line, index) => ({ line, index })).filter(({ line }) => line.restock);
  const moves = stocked.map(({ line, index }): StockMove => ({
    warehouseId: plan.warehouseId,
    variantId: line.variantId,
    productId: line.productId,
    sku: line.sku,
    quantity: line.quantity,
    kind: 'return',
    unitCost: line.unitCost,
    reason: plan.reason,
    referenceType: 'order',
    referenceId: orderId,
    line: index,
  }));
  const changes = await moveStock(tx, ctx, moves);
  const costs: (Decimal | null)[] = plan.lines.map(() => null);
  stocked.forEach(({ line, index }, at) => (costs[index] = line.unitCost ?? changes[at]!.unitCost));
  return costs;
}

interface PostedAmounts {
  id: string;
  totals: SaleTotals;
  shipping: ShippingAmounts;
  waived: Decimal;
  rounding: Decimal;
  costs: readonly (Decimal | null)[];
  pointsEarned: number;
}

function draftOf(ctx: RequestContext, plan: ReturnPlan, amounts: PostedAmounts) {
  const { id, totals, shipping, waived, rounding, costs, pointsEarned } = amounts;
  const { terms, session, paymentDifference = null } = plan;
  const paid = negative(plan.refund.total);
  const total = paid.minus(paymentDifference ?? ZERO).minus(waived);
  return {
    id,
    branchId: terms.branchId,
    kind: 'return' as const,
    status: 'completed' as const,
    channel: plan.channel,
    currency: terms.currency,
    pricesIncludeTax: terms.pricesIncludeTax,
    grossTotal: negative(totals.grossTotal),
    giftCardTotal: negative(totals.giftCardTotal),
    subtotal: negative(totals.subtotal),
    discountTotal: negative(totals.discountTotal),
    taxTotal: negative(totals.taxTotal.plus(shipping.shippingTax)),
    ...returnedShipping(shipping),
    rounding,
    total,
    paid,
    change: ZERO,
    pointsEarned,
    customerId: plan.customerId,
    cashierId: userOf(ctx) ?? session?.cashierId ?? null,
    registerId: session?.registerId ?? null,
    registerSessionId: session?.id ?? null,
    warehouseId: plan.warehouseId,
    clientReference: plan.clientReference,
    requestHash: plan.requestHash,
    originalOrderId: plan.originalOrderId,
    exchangeRate: plan.exchangeRate,
    voids: plan.voids ?? false,
    ...(plan.tip ? { tip: plan.tip.amount.negated(), tipMethod: plan.tip.method } : {}),
    paymentDifference,
    approvedBy: plan.approvedBy ?? null,
    exchangeOrderId: plan.exchangeOrderId ?? null,
    reason: plan.reason,
    note: plan.note,
    createdAt: plan.createdAt,
    businessDate: businessDay(plan.createdAt, terms.timeZone),
    reductions: totals.reductions.map((reduction) => ({
      ...reduction,
      amounts: reduction.amounts.map(negative),
    })),
    lines: plan.lines.map((line, index) => toLineDraft(line, costs[index]!, 'return')),
  };
}

/**
 * The session that pays a refund: of the named register, or the one in which the caller works.
 * @returns undefined if no register is named and the caller has none open, or several: the refund is then not made at a till.
 */
export async function sessionForRefund(
  db: Queryable,
  ctx: RequestContext,
  registerId: string | null | undefined,
): Promise<OpenSession | undefined> {
  return registerId == null ? findOwnSession(db, ctx) : openSessionFor(db, ctx, registerId);
}

/**
 * Asserts that a cash refund has a drawer: of the named register, or the caller's own.
 * @throws PosProError 409 REGISTER_CLOSED; 422 if the caller has several registers open and names none.
 */
export async function requireDrawerForCash(
  tx: Transaction,
  ctx: RequestContext,
  session: OpenSession | undefined,
  refund: RefundTenders,
): Promise<void> {
  if (session || !refund.tenders.some((tender) => tender.method === 'cash')) return;
  await requireOwnSession(tx, ctx);
}
