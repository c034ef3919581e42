/** Giving back a sale, or a part of it, against its receipt. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { throwFaults, textFaults } from '#kernel/validation';
import { sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import { checkTenders, paymentsOfOrders, refundable, type PaymentRow } from '#subgraphs/payments/index';
import type { OpenSession } from '#subgraphs/registers/index';
import type { PartiallyRefundOrderInput, RefundOrderInput } from '../inputs.generated';
import { requestHash, orderByReference } from '../order/insert-order';
import { payAsWished, payBack, type Payout, type PayoutWish } from './refund-tenders.rules';
import { announceOrder } from '../order/order-events';
import { taxOf } from '../pricing/pricing.rules';
import { returnedShare } from '../pricing/proration.rules';
import { lockOrder, orderById } from '../order/orders.queries';
import {
  requireDrawerForCash,
  sessionForPayout,
  writeReturn,
  type ReturnedLine,
  type WrittenOrder,
} from './post-return';
import { matchItems } from './refund-items';
import { allItems, type TakenLine } from './refund-items.rules';
import type { FullOrder } from '../model';
import { nextStatus } from '../order/order-states.rules';

/**
 * Gives back whatever of a sale was not given back yet.
 *
 * @returns the return: an order of its own with negative quantities and amounts.
 * @throws PosProError 404; 409 ILLEGAL_STATE for an order that has nothing to give back; 409 REGISTER_CLOSED where cash would go
 * out of no drawer; 422 by field.
 */
export function refundOrder(
  ctx: RequestContext,
  id: string,
  input: RefundOrderInput = {},
): Promise<WrittenOrder> {
  return refund(ctx, 'refundOrder', id, input, (_tx, order) => Promise.resolve(allItems(order)));
}

/**
 * Gives back some of a sale: each line by its share of what was charged for it, so that all parts sum to the line.
 *
 * @throws PosProError as refundOrder, and 422 for more than was sold.
 */
export function partiallyRefundOrder(
  ctx: RequestContext,
  id: string,
  input: PartiallyRefundOrderInput,
): Promise<WrittenOrder> {
  return refund(ctx, 'partiallyRefundOrder', id, input, (tx, order) => matchItems(tx, order, input.items));
}

type Choose = (tx: Transaction, order: FullOrder) => Promise<TakenLine[]>;

async function refund(
  ctx: RequestContext,
  operation: string,
  id: string,
  input: RefundOrderInput,
  choose: Choose,
): Promise<WrittenOrder> {
  throwFaults([
    ...textFaults('reason', input.reason, { max: 500 }),
    ...textFaults('note', input.note, { max: 1000 }),
  ]);
  if (input.method != null && input.payments != null)
    throw invalid('method', 'Say "method" or "payments", not both.');
  const asked = { id: id.toLowerCase(), ...input };
  const hash = input.clientReference ? requestHash(operation, asked) : undefined;
  return underReference(ctx, input.clientReference, hash, () =>
    transact(ctx, (tx) => giveBack(tx, ctx, { id, input, hash, choose }), {
      idempotent: { operation, input: asked, key: input.clientReference ?? undefined },
    }),
  );
}

/**
 * Runs work that writes an order under a client reference. Where the reference was used before, and its idempotency key is
 * forgotten or another person's, the order that it stands for is the answer.
 */
export async function underReference(
  ctx: RequestContext,
  reference: string | null | undefined,
  hash: string | undefined,
  work: () => Promise<WrittenOrder>,
): Promise<WrittenOrder> {
  try {
    return await work();
  } catch (error) {
    if (reference == null || hash === undefined || !isUniqueViolation(error, 'order_references_pkey'))
      throw error;
    const known = await orderByReference(ctx.db, reference, hash);
    if (known === undefined) throw error;
    ctx.reply.replayed = true;
    const order = await orderById(ctx.db, known);
    const payments = await paymentsOfOrders(ctx.db, [known]);
    return { order, payments: payments.get(known) ?? [] };
  }
}

/** A sale that is to be given back, in whole or in part. */
export interface GivingBack {
  id: string;
  input: RefundOrderInput;
  hash?: string | undefined;
  choose: Choose;
  /** Decides how an amount goes back, instead of the input. */
  payout?: (amount: Decimal) => Payout;
  /** The sale is undone, its tip included; throws where that cannot be. */
  voids?: (order: FullOrder, session: OpenSession | undefined) => void;
  approvedBy?: string | null;
  /** The id of the return, and of the sale of the same exchange. */
  exchange?: { returnId: string; saleId: string };
}

/**
 * Gives a sale back inside the caller's transaction.
 * @throws PosProError as refundOrder.
 */
export async function giveBack(
  tx: Transaction,
  ctx: RequestContext,
  giving: GivingBack,
): Promise<WrittenOrder> {
  const { id, input, hash, choose } = giving;
  const order = await lockOrder(tx, id);
  if (order.kind === 'return') {
    throw new PosProError('ILLEGAL_STATE', `${order.number} is a return itself and cannot be refunded.`, {
      facts: { status: order.status, kind: order.kind },
    });
  }
  nextStatus(order, 'refund');
  const taken = await choose(tx, order);
  const session = await sessionForPayout(tx, ctx, input.registerId);
  giving.voids?.(order, session);
  const branch = await sellingTerms(tx, session?.branchId ?? order.branchId);
  // A sale is given back as it was made, whatever the organization's settings have become.
  const terms: SellingTerms = {
    ...branch,
    currency: order.currency,
    pricesIncludeTax: order.pricesIncludeTax,
  };
  const lines = taken.map((part) => returnedLine(terms, part, input.restock ?? true));
  const paid = (await paymentsOfOrders(tx, [order.id])).get(order.id) ?? [];
  const everything = isEverything(order, taken);
  const payout = await decidePayout(tx, terms, {
    order,
    lines,
    paid,
    everything,
    wish: input,
    decide: giving.payout,
  });
  await requireDrawerForCash(tx, ctx, session, payout);
  await markOriginal(tx, order, taken, { everything, paidOut: payout.total });
  return writeReturn(tx, ctx, {
    terms,
    warehouseId: session
      ? await warehouseOfBranch(tx, session.branchId)
      : (order.warehouseId ?? (await warehouseOfBranch(tx, order.branchId))),
    session,
    channel: session ? 'pos' : order.channel,
    customerId: order.customerId,
    originalOrderId: order.id,
    lines,
    payout,
    paymentDifference: payout.paymentDifference,
    ...(giving.voids ? { voids: true, tip: tipOf(order) } : {}),
    ...(giving.exchange ? { id: giving.exchange.returnId, exchangeOrderId: giving.exchange.saleId } : {}),
    approvedBy: giving.approvedBy ?? null,
    reason: input.reason ?? null,
    note: input.note ?? null,
    clientReference: input.clientReference ?? null,
    requestHash: hash,
    createdAt: tx.now,
  });
}

function tipOf({ tip, tipMethod }: FullOrder): { method: string; amount: Decimal } | null {
  return tipMethod === null ? null : { method: tipMethod, amount: tip };
}

function returnedLine(terms: SellingTerms, { line, quantity }: TakenLine, restock: boolean): ReturnedLine {
  const gross = terms.pricesIncludeTax
    ? line.subtotal
    : line.subtotal.plus(taxOf(terms, line.subtotal, line.taxRate));
  return {
    productId: line.productId,
    variantId: line.variantId,
    sku: line.sku,
    name: line.name,
    unit: line.unit,
    unitPrice: line.unitPrice,
    listPrice: line.listPrice,
    taxRate: line.taxRate,
    note: null,
    quantity,
    share: returnedShare(terms, { ...line, gross }, quantity),
    restock: restock && line.unitCost !== null,
    unitCost: line.unitCost ?? undefined,
    originalLineId: line.id,
  };
}

/** Whether nothing is left of the sale after this. */
function isEverything(order: FullOrder, taken: readonly TakenLine[]): boolean {
  const now = new Map(taken.map(({ line, quantity }) => [line.id, quantity]));
  return order.lines.every((line) =>
    line.returnedQuantity.plus(now.get(line.id) ?? ZERO).equals(line.quantity),
  );
}

/** How the money goes back; with what it is other than the sale's total, where another sum had been taken. */
type ReturnPayout = Payout & { paymentDifference: Decimal | null };

interface PayoutFacts {
  order: FullOrder;
  lines: readonly ReturnedLine[];
  paid: readonly PaymentRow[];
  everything: boolean;
  wish: PayoutWish;
  decide: GivingBack['payout'];
}

async function decidePayout(tx: Transaction, terms: SellingTerms, facts: PayoutFacts): Promise<ReturnPayout> {
  const { order, everything } = facts;
  const left = order.total.minus(order.refundedTotal);
  const amount = amountToRefund(terms, facts, left);
  const payout = await payoutOf(tx, terms, facts, amount);
  // Once everything comes back, the difference between what was taken and the total ends with it.
  const ends = everything && order.paymentDifference !== null;
  return { ...payout, paymentDifference: ends ? left.minus(payout.total) : null };
}

/**
 * What goes back for the lines: never more than is left of the total, nor than is left of the money that was taken.
 * @param left what is left of the total.
 * @throws PosProError 409 ILLEGAL_STATE where a till took less than the total, and a part of the lines would give back more.
 */
function amountToRefund(
  { currency }: SellingTerms,
  { order, lines, everything }: PayoutFacts,
  left: Decimal,
): Decimal {
  const taken = Decimal.max(ZERO, left.plus(order.paymentDifference ?? ZERO));
  // The last return takes what is left, to the cent: roundings of cash in the sale and in earlier returns end here.
  if (everything) return taken;
  const amount = Decimal.min(sum(lines.map((line) => line.share.total)), left);
  if (amount.lessThanOrEqualTo(taken)) return amount;
  const shown = formatMoney(taken, currency);
  throw new PosProError(
    'ILLEGAL_STATE',
    `Only ${shown} ${currency} was paid that is still there; refund the whole sale.`,
    {
      facts: { left: shown },
    },
  );
}

async function payoutOf(
  tx: Transaction,
  terms: SellingTerms,
  facts: PayoutFacts,
  amount: Decimal,
): Promise<Payout> {
  const { wish } = facts;
  if (facts.decide) return facts.decide(amount);
  if (wish.method == null && wish.payments == null) {
    // What was paid with goods in an exchange goes back in cash.
    const methodOf = ({ method }: PaymentRow) => (method === 'exchange' ? 'cash' : method);
    const payments = facts.paid.map((payment) => ({
      id: payment.id,
      method: methodOf(payment),
      left: refundable(payment),
    }));
    return payBack(terms, amount, payments);
  }
  const payout = payAsWished(terms, amount, wish);
  await checkTenders(tx, payout.tenders, wish.payments ? 'payments' : 'method');
  return payout;
}

/** Counts what came back on the sold lines, and brings the sale to its next state, in one statement. */
async function markOriginal(
  tx: Transaction,
  order: FullOrder,
  taken: readonly TakenLine[],
  { everything, paidOut }: { everything: boolean; paidOut: Decimal },
): Promise<void> {
  const status = nextStatus(order, everything ? 'refund' : 'refund_part');
  // Once everything came back nothing is owed: what the coins made of the last return stands there as its rounding.
  const refundedTotal = everything
    ? order.total
    : Decimal.min(order.refundedTotal.plus(paidOut), order.total);
  const counts = taken.map(({ line, quantity }) => ({ lineNo: line.lineNo, quantity }));
  await tx.run(sql`
    with counted as (
      update order_lines l set returned_quantity = l.returned_quantity + c.quantity
      from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) as c("lineNo" int, quantity numeric)
      where l.order_id = ${order.id} and l.line_no = c."lineNo"
    )
    update orders set status = ${status}, refunded_total = ${refundedTotal}, updated_at = ${tx.now} where id = ${order.id}`);
  announceOrder(tx, { ...order, status, refundedTotal });
}
