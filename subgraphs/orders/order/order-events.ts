/** What an order tells the register session and the listeners. */
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import type { SessionEntry } from '#subgraphs/registers/index';
import type { OrderRow } from '../model';
import type { SaleTotals } from '../pricing/pricing.rules';

/** A tender as the session counts it: what stayed with the shop, negative where it was paid out. */
interface PostedTender {
  method: string;
  amount: Decimal;
}

/** What a sale adds to its session. */
export function saleEntry(
  totals: SaleTotals,
  rounding: Decimal,
  tenders: readonly PostedTender[],
  {
    tip = null,
    ...offline
  }: { tip?: PostedTender | null } & Pick<SessionEntry, 'paymentDifference' | 'conflicts'> = {},
): SessionEntry {
  return {
    sales: 1,
    gross: totals.grossTotal,
    discounts: totals.grossTotal.minus(totals.total),
    net: totals.total,
    rounding,
    tax: totals.taxes,
    tenders: tenders.map(({ method, amount }) => ({ method, amount, count: 1 })),
    tips: tip ? [{ ...tip, count: 1 }] : [],
    ...offline,
  };
}

interface Undone {
  voids?: boolean;
  tip?: PostedTender | null;
  paymentDifference?: Decimal | null;
}

/**
 * What a return adds to its session.
 * @param totals of what came back, as positive amounts.
 * @param rounding what cash rounding adds to the (negative) total of the return.
 * @param undone whether it undoes a sale of the session, a tip that goes back with it, and a difference between the sale's payments
 * and its total that ends with it.
 */
export function returnEntry(
  totals: SaleTotals,
  rounding: Decimal,
  paidOut: readonly PostedTender[],
  { voids = false, tip = null, paymentDifference }: Undone = {},
): SessionEntry {
  return {
    returns: 1,
    refunds: totals.total,
    net: totals.total.negated(),
    rounding,
    tax: totals.taxes.map(({ rate, net, tax }) => ({ rate, net: net.negated(), tax: tax.negated() })),
    tenders: paidOut.map(({ method, amount }) => ({ method, amount: amount.negated(), count: 1 })),
    ...(voids ? { voids: 1, voided: totals.total } : {}),
    ...(paymentDifference ? { paymentDifference } : {}),
    tips: tip ? [{ method: tip.method, amount: tip.amount.negated(), count: 1 }] : [],
  };
}

/** Tells the listeners that an order is new or stands elsewhere. */
export function announceOrder(tx: Transaction, order: OrderRow): void {
  const { id, number, status, kind, currency, branchId } = order;
  const total = formatMoney(order.total, currency);
  tx.emit({
    type: 'order.changed',
    branchId,
    key: id,
    payload: { orderId: id, number, status, kind, total, currency },
  });
}

/** Tells the listeners that goods and money have changed hands: a sale, or a return (kind, negative amounts). */
export function announceSale(tx: Transaction, order: OrderRow, lineCount: number): void {
  tx.emit({
    type: 'sale.completed',
    branchId: order.branchId,
    key: order.id,
    payload: {
      orderId: order.id,
      number: order.number,
      receiptNumber: order.receiptNumber,
      kind: order.kind,
      channel: order.channel,
      businessDate: order.businessDate,
      branchId: order.branchId,
      registerId: order.registerId,
      registerSessionId: order.registerSessionId,
      cashierId: order.cashierId,
      customerId: order.customerId,
      originalOrderId: order.originalOrderId,
      lines: lineCount,
      taxTotal: formatMoney(order.taxTotal, order.currency),
      total: formatMoney(order.total, order.currency),
      currency: order.currency,
    },
  });
}
