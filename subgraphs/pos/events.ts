/** The public events of pos. */
import { publicEvent } from '#kernel/events/public-event';
import type { OfflineSaleChange } from './inputs.generated';

/** The change of an offline sale. */
export interface OfflineSaleNotice {
  change: OfflineSaleChange;
  branchId: string;
  registerId: string;
  clientReference: string;
  /** Null while the sale is not posted. */
  orderId: string | null;
  /** Codes of the conflicts, without duplicates. */
  codes: readonly string[];
}

/** An offline sale was held, released or rejected, or has conflicts, or a conflict was acknowledged. */
export const offlineSaleChanged = publicEvent<OfflineSaleNotice>('offline_sale.changed', [
  'pos:override',
  'reports:read',
]);

export const POS_EVENTS = [offlineSaleChanged];
