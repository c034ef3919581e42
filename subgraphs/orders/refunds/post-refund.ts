/** Posts the refund of a sale inside a transaction: the returned lines, the refunded money, and the remaining sale. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import type { RemainingSale } from '#subgraphs/marketing/index';
import type { OpenSession } from '#subgraphs/registers/index';
import { tillTerms, type TillTerms } from '../basket/selling-terms';
import { issuePaidGiftCards } from '../fulfilment/issue-gift-cards';
import { renewReservation, withQuantities } from '../fulfilment/order-stock';
import type { PaymentMethodKind, RefundOrderInput } from '../inputs.generated';
import { requireValue, type Result } from '../issues.rules';
import type { FullOrder, OrderLineRow, PostedOrder } from '../model';
import { unshippedQuantity } from '../order/order-balance.rules';
import { nextStatus, type StepAction } from '../order/order-states.rules';
import { takeStep } from '../order/order-steps';
import { lockOrder } from '../order/orders.queries';
import { dayCostsParts, type AddedCost } from '../reports/day-totals';
import { postReturn, requireDrawerForCash, sessionForRefund } from './post-return';
import { planRefund, type RefundChoice, type RefundPlan, type RefundSelection } from './refund-plan';
import type { RefundLine } from './refund-items.rules';

/** Selects the lines of a sale to refund. */
export type SelectLines = (tx: Transaction, order: FullOrder) => Promise<Result<RefundLine[]>>;

/** A refund of a sale, in whole or in part. */
export interface RefundRequest {
  id: string;
  input: RefundOrderInput;
  /** `cancel` for goods that were not shipped: none are restocked, and their reservation ends. Defaults to `refund`. */
  kind?: 'refund' | 'refund_part' | 'cancel';
  requestHash?: string | undefined;
  select: SelectLines;
  /** Selects the amounts beside the lines. Defaults to none. */
  amountsOf?: (order: FullOrder, lines: readonly RefundLine[]) => Omit<RefundSelection, 'lines'>;
  /** Decides how an amount is refunded, instead of the input. */
  tendersFor?: RefundChoice['tendersFor'];
  /** Voids the sale, tip included. Throws if the sale cannot be voided. */
  voids?: (order: FullOrder, session: OpenSession | undefined) => void;
  approvedBy?: string | null;
  /** The ids of the return and of the sale of an exchange. */
  exchange?: { returnId: string; saleId: string };
}

/**
 * Refunds a sale inside the caller's transaction.
 * @throws PosProError as refundOrder.
 */
export async function postRefund(
  tx: Transaction,
  ctx: RequestContext,
  request: RefundRequest,
): Promise<PostedOrder> {
  const { input, exchange, kind = 'refund' } = request;
  const order = await lockOrder(tx, request.id);
  assertRefundable(order, kind);
  const lines = requireValue(await request.select(tx, order));
  const session = await sessionOf(tx, ctx, request);
  request.voids?.(order, session);
  const terms = await refundTerms(ctx, tx, order, session);
  const selection = { lines, ...request.amountsOf?.(order, lines) };
  const choice = {
    input: kind === 'cancel' ? { ...input, restock: false } : input,
    tendersFor: request.tendersFor,
  };
  const plan = await planRefund(tx, terms, order, selection, choice);
  await requireDrawerForCash(tx, ctx, session, plan.refund);
  const changed = await updateSale(tx, ctx, order, plan, { kind, lines, reason: input.reason });
  const posted = await postReturn(tx, ctx, {
    ...plan,
    terms,
    warehouseId: session
      ? await warehouseOfBranch(tx, session.branchId)
      : (order.warehouseId ?? (await warehouseOfBranch(tx, order.branchId))),
    session,
    channel: session ? 'pos' : order.channel,
    customerId: order.customerId,
    originalOrderId: order.id,
    exchangeRate: order.exchangeRate,
    undoesUses: plan.everything && order.campaignUses > 0,
    kept: remainingSale(order, plan),
    ...(request.voids ? { voids: true, tip: tipOf(order) } : {}),
    ...(exchange ? { id: exchange.returnId, exchangeOrderId: exchange.saleId } : {}),
    approvedBy: request.approvedBy ?? null,
    reason: input.reason ?? null,
    note: input.note ?? null,
    clientReference: input.clientReference ?? null,
    requestHash: request.requestHash,
    createdAt: tx.now,
  });
  // A refund of what was not paid reduces the amount due, perhaps to nothing.
  await issuePaidGiftCards(tx, ctx, changed);
  return posted;
}

/** @throws PosProError 409 ILLEGAL_STATE for a return, and for an order in a state that does not permit the refund. */
export function assertRefundable(order: FullOrder, kind: NonNullable<RefundRequest['kind']>): void {
  if (order.kind === 'return') {
    throw new PosProError('ILLEGAL_STATE', `${order.number} is a return itself and cannot be refunded.`, {
      details: { status: order.status, kind: order.kind },
    });
  }
  nextStatus(order, kind);
}

/** The register session of a refund. A cancellation is made at a register only if one is named. */
async function sessionOf(
  tx: Transaction,
  ctx: RequestContext,
  { input: { registerId }, kind }: RefundRequest,
): Promise<OpenSession | undefined> {
  return kind === 'cancel' && registerId == null ? undefined : sessionForRefund(tx, ctx, registerId);
}

/** The terms of the branch that refunds, with the settings of the sale: the organization's may have changed since. */
export async function refundTerms(
  ctx: RequestContext,
  db: Queryable,
  { branchId, currency, pricesIncludeTax }: FullOrder,
  session: OpenSession | undefined,
): Promise<TillTerms> {
  return { ...(await tillTerms(ctx, db, session?.branchId ?? branchId)), currency, pricesIncludeTax };
}

function tipOf({ tip, tipMethod }: FullOrder): { method: PaymentMethodKind; amount: Decimal } | null {
  return tipMethod === null ? null : { method: tipMethod, amount: tip };
}

interface SaleUpdate {
  kind: NonNullable<RefundRequest['kind']>;
  lines: readonly RefundLine[];
  reason: string | null | undefined;
}

/** Adds the refunded quantities and amounts to the sold lines, and moves the sale to its next state, in one statement. */
async function updateSale(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  plan: RefundPlan,
  { kind, lines, reason }: SaleUpdate,
): Promise<FullOrder> {
  const { waived, shipping } = plan;
  const cancels = kind === 'cancel';
  const quantities = new Map(lines.map(({ line, quantity }) => [line.id, quantity]));
  const column = cancels ? 'cancelledQuantity' : 'returnedQuantity';
  const counted = withQuantities(order.lines, column, quantities);
  const changed = { ...order, lines: cancels ? counted.map(withoutCancelledCard) : counted };
  if (cancels) await renewReservation(tx, ctx, changed);
  return takeStep(tx, ctx, changed, {
    action: cancels ? cancelAction(changed) : refundAction(order, plan.everything),
    reason,
    changes: {
      refundedTotal: refundedTotalAfter(order, plan),
      waivedTotal: order.waivedTotal.plus(waived),
      shippingRefunded: order.shippingRefunded.plus(shipping.shippingTotal),
    },
    parts: [countedPart(order, plan, cancels), ...(cancels ? dayCostsParts(order, unsentCosts(lines)) : [])],
  });
}

/** A gift card that was issued counts as shipped until it is cancelled. */
function withoutCancelledCard(line: OrderLineRow): OrderLineRow {
  const isCancelled = line.giftCardPurpose !== null && line.cancelledQuantity.greaterThan(ZERO);
  return isCancelled ? { ...line, shippedQuantity: ZERO } : line;
}

/** After the last refund nothing remains of the total: cash rounding of that refund is stored as its rounding. */
function refundedTotalAfter(order: FullOrder, { everything, refund, used, waived }: RefundPlan): Decimal {
  const total = order.refundedTotal.plus(refund.total).plus(used).plus(waived);
  return everything ? order.total : Decimal.min(total, order.total);
}

/** The part of a sale that remains after the refund, which keeps the points that it earned. */
function remainingSale(order: FullOrder, plan: RefundPlan): RemainingSale {
  const { total, giftCardTotal } = order;
  const remaining = total.minus(refundedTotalAfter(order, plan));
  if (giftCardTotal.isZero()) return { remaining, total };
  const cards = order.lines.filter(({ giftCardPurpose }) => giftCardPurpose !== null);
  const ids = new Set(cards.map(({ id }) => id));
  const returned = plan.lines.filter(({ originalLineId }) => ids.has(originalLineId));
  const cardsLeft = sum(cards.map((line) => line.total.minus(line.refundedAmount))).minus(
    sum(returned.map(({ amounts }) => amounts.total)),
  );
  const goodsLeft = Decimal.max(ZERO, remaining.minus(cardsLeft));
  return { remaining, total, goods: { remaining: goodsLeft, total: total.minus(giftCardTotal) } };
}

function refundAction({ status }: FullOrder, everything: boolean): StepAction {
  // Goods that are still to be sent are cancelled, not refunded.
  return everything && status !== 'confirmed' ? 'refund' : 'refund_part';
}

/** @param order with the cancelled quantities. */
function cancelAction({ lines }: FullOrder): StepAction {
  if (lines.some((line) => unshippedQuantity(line).greaterThan(ZERO))) return 'cancel_part';
  const shipped = lines.filter((line) => line.shippedQuantity.greaterThan(ZERO));
  if (shipped.some(({ giftCardPurpose }) => giftCardPurpose === null)) return 'cancel_rest';
  // An order of which only gift cards are left is completed afterwards.
  const hasCards = shipped.some((line) => line.shippedQuantity.greaterThan(line.returnedQuantity));
  return hasCards ? 'cancel_part' : 'cancel';
}

/** Goods that are never sent cost nothing. */
function unsentCosts(lines: readonly RefundLine[]): AddedCost[] {
  const unsent = new Map(lines.map(({ line }) => [line.id, line]));
  return [...unsent.values()].flatMap((line) =>
    line.stocked && line.cost === null ? [{ line, cost: ZERO }] : [],
  );
}

function countedPart(order: FullOrder, { lines }: RefundPlan, cancels: boolean): Sql {
  const lineNos = new Map(order.lines.map(({ id, lineNo }) => [id, lineNo]));
  const counts = lines.map(({ originalLineId, quantity, amounts }) => ({
    lineNo: lineNos.get(originalLineId)!,
    returned: cancels ? ZERO : quantity,
    cancelled: cancels ? quantity : ZERO,
    amount: amounts.total,
  }));
  return sql`counted as (
    update order_lines l set returned_quantity = l.returned_quantity + c.returned, cancelled_quantity = l.cancelled_quantity + c.cancelled,
      shipped_quantity = case when l.gift_card_purpose is not null and c.cancelled > 0 then 0 else l.shipped_quantity end,
      refunded_amount = l.refunded_amount + c.amount,
      cost = case when c.cancelled > 0 and l.stocked then coalesce(l.cost, 0) else l.cost end
    from (
      select "lineNo", sum(returned) as returned, sum(cancelled) as cancelled, sum(amount) as amount
      from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) as c("lineNo" int, returned numeric, cancelled numeric, amount numeric)
      group by "lineNo"
    ) as c
    where l.order_id = ${order.id} and l.line_no = c."lineNo"
  )`;
}
