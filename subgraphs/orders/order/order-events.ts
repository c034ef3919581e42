import type { Transaction } from '#kernel/db/database';
import { formatMoney } from '#kernel/money';
import type { OrderRow } from '../model';
import { orderChanged, saleCompleted } from '../events';

/** Emits an event for a new order or a changed status. */
export function emitOrderChanged(tx: Transaction, order: OrderRow): void {
  const { id, number, status, kind, channel, currency, branchId } = order;
  const total = formatMoney(order.total, currency);
  tx.emit(
    orderChanged({
      branchId,
      key: id,
      payload: { orderId: id, number, status, kind, channel, total, currency },
    }),
  );
}

/** Emits an event for a completed sale or return (`kind`, negative amounts). */
export function emitSaleCompleted(tx: Transaction, order: OrderRow, lineCount: number): void {
  tx.emit(
    saleCompleted({
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
    }),
  );
}
