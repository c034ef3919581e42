/** Posts the refund of a sale inside a transaction: the returned lines, the refunded money, and the remaining sale. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import {
  assertTendersAccepted,
  paymentsOfOrders,
  refundableAmount,
  type PaymentRow,
} from '#subgraphs/payments/index';
import type { OpenSession } from '#subgraphs/registers/index';
import type { PaymentMethodKind, RefundOrderInput } from '../inputs.generated';
import { requireValue, type Result } from '../issues.rules';
import type { FullOrder, PostedOrder } from '../model';
import { emitOrderChanged } from '../order/order-events';
import { nextStatus } from '../order/order-states.rules';
import { lockOrder } from '../order/orders.queries';
import { taxOf } from '../pricing/pricing.rules';
import { returnedShare } from '../pricing/proration.rules';
import { postReturn, requireDrawerForCash, sessionForRefund, type ReturnedLine } from './post-return';
import type { RefundLine } from './refund-items.rules';
import { chosenTenders, refundTenders, type RefundTenders } from './refund-tenders.rules';

/** Selects the lines of a sale to refund. */
export type SelectLines = (tx: Transaction, order: FullOrder) => Promise<Result<RefundLine[]>>;

/** A refund of a sale, in whole or in part. */
export interface RefundRequest {
  id: string;
  input: RefundOrderInput;
  requestHash?: string | undefined;
  select: SelectLines;
  /** Decides how an amount is refunded, instead of the input. */
  tendersFor?: (amount: Decimal) => RefundTenders;
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
  const { input, exchange } = request;
  const order = await lockOrder(tx, request.id);
  assertRefundable(order);
  const refundLines = requireValue(await request.select(tx, order));
  const session = await sessionForRefund(tx, ctx, input.registerId);
  request.voids?.(order, session);
  const branch = await sellingTerms(tx, session?.branchId ?? order.branchId);
  // A sale is refunded by its own settings, even if the organization's settings have changed since.
  const { currency, pricesIncludeTax } = order;
  const terms: SellingTerms = { ...branch, currency, pricesIncludeTax };
  const lines = refundLines.map((line) => returnedLine(terms, line, input.restock ?? true));
  const payments = (await paymentsOfOrders(tx, [order.id])).get(order.id) ?? [];
  const everything = isEverything(order, refundLines);
  const refund = await decideRefund(tx, terms, { order, lines, payments, everything, request });
  await requireDrawerForCash(tx, ctx, session, refund);
  await updateSale(tx, order, refundLines, { everything, paid: refund.total });
  return postReturn(tx, ctx, {
    terms,
    warehouseId: session
      ? await warehouseOfBranch(tx, session.branchId)
      : (order.warehouseId ?? (await warehouseOfBranch(tx, order.branchId))),
    session,
    channel: session ? 'pos' : order.channel,
    customerId: order.customerId,
    originalOrderId: order.id,
    lines,
    refund,
    paymentDifference: refund.paymentDifference,
    ...(request.voids ? { voids: true, tip: tipOf(order) } : {}),
    ...(exchange ? { id: exchange.returnId, exchangeOrderId: exchange.saleId } : {}),
    approvedBy: request.approvedBy ?? null,
    reason: input.reason ?? null,
    note: input.note ?? null,
    clientReference: input.clientReference ?? null,
    requestHash: request.requestHash,
    createdAt: tx.now,
  });
}

function assertRefundable(order: FullOrder): void {
  if (order.kind === 'return') {
    throw new PosProError('ILLEGAL_STATE', `${order.number} is a return itself and cannot be refunded.`, {
      details: { status: order.status, kind: order.kind },
    });
  }
  nextStatus(order, 'refund');
}

function tipOf({ tip, tipMethod }: FullOrder): { method: PaymentMethodKind; amount: Decimal } | null {
  return tipMethod === null ? null : { method: tipMethod, amount: tip };
}

function returnedLine(terms: SellingTerms, { line, quantity }: RefundLine, restock: boolean): ReturnedLine {
  const { subtotal, taxRate } = line;
  const gross = terms.pricesIncludeTax ? subtotal : subtotal.plus(taxOf(terms, subtotal, taxRate));
  return {
    productId: line.productId,
    variantId: line.variantId,
    sku: line.sku,
    name: line.name,
    unit: line.unit,
    unitPrice: line.unitPrice,
    listPrice: line.listPrice,
    taxRate,
    note: null,
    quantity,
    amounts: returnedShare(terms, { ...line, gross }, quantity),
    restock: restock && line.unitCost !== null,
    unitCost: line.unitCost ?? undefined,
    originalLineId: line.id,
  };
}

/** Whether nothing of the sale remains after these lines. */
function isEverything(order: FullOrder, lines: readonly RefundLine[]): boolean {
  const quantities = new Map(lines.map(({ line, quantity }) => [line.id, quantity]));
  return order.lines.every((line) =>
    line.returnedQuantity.plus(quantities.get(line.id) ?? ZERO).equals(line.quantity),
  );
}

// --- The money ---

interface RefundedSale {
  order: FullOrder;
  lines: readonly ReturnedLine[];
  payments: readonly PaymentRow[];
  everything: boolean;
  request: RefundRequest;
}

/** Tenders of a refund, and their difference from the sale's total if another sum had been paid. */
type DecidedRefund = RefundTenders & { paymentDifference: Decimal | null };

async function decideRefund(
  tx: Transaction,
  terms: SellingTerms,
  sale: RefundedSale,
): Promise<DecidedRefund> {
  const { order, everything } = sale;
  const remaining = order.total.minus(order.refundedTotal);
  const refund = await tendersOf(tx, terms, sale, amountToRefund(terms, sale, remaining));
  // The last return also ends the difference between the payments and the total.
  const ends = everything && order.paymentDifference !== null;
  return { ...refund, paymentDifference: ends ? remaining.minus(refund.total) : null };
}

/**
 * The amount to refund for the lines: never more than remains of the total, nor of the money that was paid.
 * @param remaining the part of the total that was not refunded yet.
 * @throws PosProError 409 ILLEGAL_STATE if a till took less than the total, and a part of the lines would refund more.
 */
function amountToRefund(
  { currency }: SellingTerms,
  { order, lines, everything }: RefundedSale,
  remaining: Decimal,
): Decimal {
  const refundableAmount = Decimal.max(ZERO, remaining.plus(order.paymentDifference ?? ZERO));
  // The last return refunds the remainder to the cent: cash rounding of the sale and of earlier returns ends here.
  if (everything) return refundableAmount;
  const amount = Decimal.min(sum(lines.map((line) => line.amounts.total)), remaining);
  if (amount.lessThanOrEqualTo(refundableAmount)) return amount;
  const left = formatMoney(refundableAmount, currency);
  const message = `Only ${left} ${currency} of the money that was paid remains; refund the whole sale.`;
  throw new PosProError('ILLEGAL_STATE', message, { details: { left } });
}

async function tendersOf(
  tx: Transaction,
  terms: SellingTerms,
  { request, payments }: RefundedSale,
  amount: Decimal,
): Promise<RefundTenders> {
  const { input, tendersFor } = request;
  if (tendersFor) return tendersFor(amount);
  if (input.method == null && input.payments == null) {
    const refundablePayments = payments.map((payment) => ({
      id: payment.id,
      // A payment with the goods of an exchange is refunded in cash.
      method: payment.method === 'exchange' ? 'cash' : payment.method,
      left: refundableAmount(payment),
    }));
    return requireValue(refundTenders(terms, amount, refundablePayments));
  }
  const refund = requireValue(chosenTenders(terms, amount, input));
  await assertTendersAccepted(tx, refund.tenders, input.payments ? 'payments' : 'method');
  return refund;
}

/** Adds the returned quantities to the sold lines, and moves the sale to its next state, in one statement. */
async function updateSale(
  tx: Transaction,
  order: FullOrder,
  lines: readonly RefundLine[],
  { everything, paid }: { everything: boolean; paid: Decimal },
): Promise<void> {
  const status = nextStatus(order, everything ? 'refund' : 'refund_part');
  // After the last return nothing remains of the total: cash rounding of that return is stored as its rounding.
  const refundedTotal = everything ? order.total : Decimal.min(order.refundedTotal.plus(paid), order.total);
  const counts = lines.map(({ line, quantity }) => ({ lineNo: line.lineNo, quantity }));
  await tx.run(sql`
    with counted as (
      update order_lines l set returned_quantity = l.returned_quantity + c.quantity
      from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) as c("lineNo" int, quantity numeric)
      where l.order_id = ${order.id} and l.line_no = c."lineNo"
    )
    update orders set status = ${status}, refunded_total = ${refundedTotal}, updated_at = ${tx.now} where id = ${order.id}`);
  emitOrderChanged(tx, { ...order, status, refundedTotal });
}
