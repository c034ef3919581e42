/** Offline sales as a till keeps them until the server has answered. docs/OFFLINE.md has the rules. */
import { itemInputs, type Basket, type ItemInput, type Line } from './basket';

/** The fields of `OfflineSaleInput` that the till sends. */
export interface OfflineSale {
  readonly clientReference: string;
  readonly registerId: string;
  readonly registerSessionId: string;
  /** The till's own time of the sale, ISO 8601. The prices and taxes of that moment apply. */
  readonly createdAt: string;
  readonly items: readonly ItemInput[];
  readonly discount?: { readonly percent: string } | { readonly amount: string };
  readonly payments: readonly OfflinePayment[];
  /** Amount that the customer paid, without change. */
  readonly total: string;
  readonly change: string;
  readonly ageConfirmed?: boolean;
  readonly customerId?: string;
  readonly note?: string;
}

/** A tender as it was handed over. */
export interface OfflinePayment {
  readonly method: string;
  readonly amount: string;
  readonly reference?: string;
}

/**
 * State of a sale in the queue. `queued`: waits for a connection. `sending`: sent, not answered yet. The others are the server's answer:
 * `accepted` (posted, now or before), `conflict` (posted, and a manager has to look), `pending` (stored until the register opens), `held`
 * (stored until a manager decides), `rejected` (not posted: a person has to act).
 */
export type SaleState = 'queued' | 'sending' | 'accepted' | 'conflict' | 'pending' | 'held' | 'rejected';

/** A difference between the sale and the rules or data of the server. */
export interface SaleConflict {
  readonly code: string;
  readonly message: string;
  readonly sold: string | null;
  readonly present: string | null;
  readonly difference: string | null;
}

/** A sale in the queue. */
export interface QueuedSale {
  readonly sale: OfflineSale;
  /** Place in the queue, from 1, in the order of the sales. */
  readonly position: number;
  readonly state: SaleState;
  /** Currency of the amounts, ISO 4217. */
  readonly currency: string;
  readonly itemsCount: number;
  /** Number of times that it was sent. */
  readonly attempts: number;
  /** Number of the posted order. */
  readonly orderNumber: string | null;
  readonly conflicts: readonly SaleConflict[];
  /** The reason of a rejection, or why the last attempt to send it failed. */
  readonly error: string | null;
}

/** The circumstances of a sale that is made without a connection. */
export interface OfflineMoment {
  readonly registerId: string;
  readonly registerSessionId: string;
  readonly createdAt: Date;
}

/** The money of a sale, as texts. */
export interface SaleMoney {
  readonly payments: readonly OfflinePayment[];
  /** With cash rounding. */
  readonly total: string;
  readonly change: string;
  /** The price of one unit of each line, in the order of the basket's. */
  readonly unitPrices: readonly string[];
}

/**
 * Makes the offline sale of a basket. It names the price of each line that the customer was charged: the sale is posted at that price,
 * and a price that has changed since becomes a conflict. A label is sent with the quantity that the till read from it.
 */
export function toOfflineSale(
  basket: Basket,
  moment: OfflineMoment,
  { unitPrices, ...money }: SaleMoney,
): OfflineSale {
  return {
    clientReference: basket.clientReference,
    registerId: moment.registerId,
    registerSessionId: moment.registerSessionId,
    createdAt: moment.createdAt.toISOString(),
    items: itemInputs(basket.lines).map((item, index) =>
      withPrice(item, basket.lines[index]!, unitPrices[index]!),
    ),
    ...(basket.discount ? { discount: basket.discount } : {}),
    ...money,
    ...(basket.ageConfirmed ? { ageConfirmed: true } : {}),
    ...(basket.customer === null ? {} : { customerId: basket.customer.id }),
    ...(basket.note === null ? {} : { note: basket.note }),
  };
}

function withPrice(item: ItemInput, { label, quantity }: Line, unitPrice: string): ItemInput {
  return { ...item, ...(label === null ? {} : { quantity }), unitPrice };
}
