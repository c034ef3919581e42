/** Posts a return: goods back into stock, money out, an order of its own with negative amounts. */
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

/** A line that comes back; its amounts are what is refunded for it. */
export interface ReturnedLine extends OrderedLine {
  /** Whether to restock it; false for an item that is not stocked. */
  restock: boolean;
  /** The cost of one when it was sold; the level's average where that is unknown. */
  unitCost?: Decimal | undefined;
}

/** A return, decided and ready to be written. */
export interface ReturnPlan {
  terms: SellingTerms;
  warehouseId: string;
  /** The register's session in which it is booked; undefined where it is no till's. */
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
  /** When it happened, by the till's own clock. */
  createdAt: Date;
  /** Undoes a sale of the same session. */
  voids?: boolean;
  /** A tip that goes back too; above zero. */
  tip?: { method: string; amount: Decimal } | null;
  /** The difference between the sale's payments and its total that goes back with it, with the sign of the return. */
  paymentDifference?: Decimal | null;
  approvedBy?: string | null;
  /** Where the id had to be known beforehand. */
  id?: string;
  exchangeOrderId?: string;
}

/**
 * Posts a return inside the caller's transaction.
 * @throws PosProError 409 REGISTER_CLOSED, 422 where money goes to an account and there is no customer.
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

/** Puts the goods back. @returns what one of each line cost; null where no stock moved. */
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
  const moved = await moveStock(tx, ctx, moves);
  const costs: (Decimal | null)[] = plan.lines.map(() => null);
  stocked.forEach(({ line, index }, at) => (costs[index] = line.unitCost ?? moved[at]!.unitCost));
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
      throw invalid('payments', 'Only a customer has an account; there is none on this order.');
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

interface Written {
  id: string;
  totals: SaleTotals;
  rounding: Decimal;
  costs: readonly (Decimal | null)[];
}

function draftOf(ctx: RequestContext, plan: ReturnPlan, { id, totals, rounding, costs }: Written) {
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
 * The session in which money goes out: the named register's, or the one in which the caller works.
 * @returns undefined where no register is named and the caller has none open, or several: it is no till's business then.
 */
export async function sessionForRefund(
  tx: Transaction,
  ctx: RequestContext,
  registerId: string | null | undefined,
): Promise<OpenSession | undefined> {
  return registerId == null ? findOwnSession(tx, ctx) : openSessionFor(tx, ctx, registerId);
}

/**
 * Cash comes out of a drawer, so there must be one: that of the register named, or the caller's own.
 * @throws PosProError 409 REGISTER_CLOSED, or 422 where the caller has several registers open and names none.
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
