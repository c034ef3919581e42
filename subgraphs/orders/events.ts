/** The public events of orders. Amounts are decimals as text. */
import { publicEvent } from '#kernel/events/public-event';
import type { OrderRow } from './model';

/** An order is new, or its status has changed. */
export const orderChanged = publicEvent<
  { orderId: string; total: string } & Pick<OrderRow, 'number' | 'status' | 'kind' | 'channel' | 'currency'>
>('order.changed', ['orders:read']);

/** A sale or a return was completed. */
export const saleCompleted = publicEvent<
  { orderId: string; lines: number; taxTotal: string; total: string } & Pick<
    OrderRow,
    | 'number'
    | 'receiptNumber'
    | 'kind'
    | 'channel'
    | 'businessDate'
    | 'branchId'
    | 'registerId'
    | 'registerSessionId'
    | 'cashierId'
    | 'customerId'
    | 'originalOrderId'
    | 'currency'
  >
>('sale.completed', ['orders:read', 'reports:read']);

export const ORDER_EVENTS = [orderChanged, saleCompleted];
