/** Posts a return: restocks the goods, pays the refund, and inserts an order with negative amounts. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { type Decimal, ZERO } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import type { SellingTerms } from '#subgraphs/auth/index';
import { postCredit } from '#subgraphs/customers/index';
import { moveStock, type StockMove } from '#subgraphs/inventory/index';
import { recordPayments } from '#subgraphs/payments/index';
import {
  openSessionFor,
  findOwnSession,
  postToSession,
  requireOwnSession,
  type OpenSession,
} from '#subgraphs/registers/index';
import { businessDay } from '#kernel/business-day.rules';
import { insertOrder } from '../order/insert-order';
import { negative, toLineDraft, type OrderedLine } from '../order/line-draft.rules';
import type { RefundTender, RefundTenders } from './refund-tenders.rules';
import { emitOrderChanged, emitSaleCompleted } from '../order/order-events';
import { returnEntry } from '../order/session-entries.rules';
import { totalsOf, type SaleTotals } from '../pricing/pricing.rules';
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
  lines: readonly ReturnedLine[];
  refund: RefundTenders;
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
    plan.lines.map((line) => line.taxRate),
  );
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
  await creditAccount(tx, ctx, plan, tenders, id);
  const rounding = totals.total.minus(plan.refund.total).minus(plan.paymentDifference ?? ZERO);
  if (plan.session) await postToSession(tx, plan.session.id, returnEntry(totals, rounding, tenders, plan));
  const order = await insertOrder(tx, ctx, draftOf(ctx, plan, { id, totals, rounding, costs }));
  emitOrderChanged(tx, order);
  emitSaleCompleted(tx, order, order.lines.length);
  return { order, payments };
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

async function creditAccount(
  tx: Transaction,
  ctx: RequestContext,
  plan: ReturnPlan,
  tenders: readonly RefundTender[],
  orderId: string,
): Promise<void> {
  for (const { method, amount, reference } of tenders) {
    if (method !== 'credit') continue;
    if (plan.customerId === null)
      throw invalid('payments', 'Only a customer has an account; this order has no customer.');
    await postCredit(tx, ctx, {
      customerId: plan.customerId,
      amount: amount.negated(),
      kind: 'refund',
      referenceType: 'order',
      referenceId: orderId,
      reference,
      branchId: plan.terms.branchId,
    });
  }
}

interface PostedAmounts {
  id: string;
  totals: SaleTotals;
  rounding: Decimal;
  costs: readonly (Decimal | null)[];
}

function draftOf(ctx: RequestContext, plan: ReturnPlan, { id, totals, rounding, costs }: PostedAmounts) {
  const { terms, session, paymentDifference = null } = plan;
  const paid = negative(plan.refund.total);
  const total = paid.minus(paymentDifference ?? ZERO);
  return {
    id,
    branchId: terms.branchId,
    branchCode: terms.branchCode,
    kind: 'return' as const,
    status: 'completed' as const,
    channel: plan.channel,
    currency: terms.currency,
    pricesIncludeTax: terms.pricesIncludeTax,
    grossTotal: negative(totals.grossTotal),
    subtotal: negative(totals.subtotal),
    discountTotal: negative(totals.discountTotal),
    taxTotal: negative(totals.taxTotal),
    rounding,
    total,
    paid,
    change: ZERO,
    pointsEarned: 0,
    customerId: plan.customerId,
    cashierId: userOf(ctx) ?? session?.cashierId ?? null,
    registerId: session?.registerId ?? null,
    registerSessionId: session?.id ?? null,
    warehouseId: plan.warehouseId,
    clientReference: plan.clientReference,
    requestHash: plan.requestHash,
    originalOrderId: plan.originalOrderId,
    voids: plan.voids ?? false,
    ...(plan.tip ? { tip: plan.tip.amount.negated(), tipMethod: plan.tip.method } : {}),
    paymentDifference,
    approvedBy: plan.approvedBy ?? null,
    exchangeOrderId: plan.exchangeOrderId ?? null,
    reason: plan.reason,
    note: plan.note,
    createdAt: plan.createdAt,
    businessDate: businessDay(plan.createdAt, terms.timeZone),
    lines: plan.lines.map((line, index) => toLineDraft(line, costs[index]!, 'return')),
  };
}

/**
 * The session that pays a refund: of the named register, or the one in which the caller works.
 * @returns undefined if no register is named and the caller has none open, or several: the refund is then not made at a till.
 */
export async function sessionForRefund(
  tx: Transaction,
  ctx: RequestContext,
  registerId: string | null | undefined,
): Promise<OpenSession | undefined> {
  return registerId == null ? findOwnSession(tx, ctx) : openSessionFor(tx, ctx, registerId);
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
