/** Completes a sale: at the server, or in the queue if the server cannot be reached. */
import type { Basket } from '../core/basket';
import { connectionNeeds } from '../core/connection-needs';
import { moneyText, type Decimal } from '../core/money';
import type { OfflineQueue } from '../core/offline-queue';
import { toOfflineSale, type QueuedSale } from '../core/offline-sale';
import type { Tender, TenderState } from '../core/tenders';
import { SellBasketDocument, type PaymentMethodKind, type SellBasketMutation } from '../operations.generated';
import type { OpenTill } from '../shop';
import { ConnectionNeeded, Unreachable, type TillApi } from '../till-api';
import { basketInput } from './price';

/** A sale that the customer has paid. */
export interface PaidSale {
  readonly till: OpenTill;
  readonly basket: Basket;
  readonly tenders: readonly Tender[];
  readonly state: TenderState;
  /** Before cash rounding. */
  readonly total: Decimal;
  /** The price of one unit of each line, in the order of the basket's. */
  readonly unitPrices: readonly string[];
}

/** A completed sale: posted at the server, or stored on this device. */
export type CompletedSale =
  | { readonly kind: 'sold'; readonly order: SellBasketMutation['checkout']; readonly paid: PaidSale }
  | { readonly kind: 'stored'; readonly queued: QueuedSale; readonly paid: PaidSale };

/**
 * Completes a sale. A checkout without an answer is stored under the same client reference: whether it had arrived or not, there will be
 * one sale.
 * @throws GraphError if the server rejects the sale; SaleNotStored if the device has no room for it; ConnectionNeeded for a sale that
 *   only the server can make: it may be tried again, and is made once.
 */
export async function completeSale(
  { api, queue }: { readonly api: TillApi; readonly queue: OfflineQueue },
  paid: PaidSale,
  online: boolean,
): Promise<CompletedSale> {
  const { till, basket, tenders } = paid;
  const [need] = connectionNeeds(basket, tenders);
  if (!online) {
    if (need !== undefined) throw new ConnectionNeeded(need);
    return { kind: 'stored', queued: await store(queue, paid), paid };
  }
  const input = {
    ...basketInput(basket, till),
    clientReference: basket.clientReference,
    payments: tenders.map((tender) => payment(till, tender)),
  };
  try {
    return { kind: 'sold', order: (await api.mutate(SellBasketDocument, { input })).checkout, paid };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (need !== undefined)
      throw new ConnectionNeeded(
        `The server did not answer. ${need} Complete the sale again: it is made once.`,
      );
    return { kind: 'stored', queued: await store(queue, paid), paid };
  }
}

function store(queue: OfflineQueue, paid: PaidSale): Promise<QueuedSale> {
  const { till, basket, tenders, state, total, unitPrices } = paid;
  const { registerId, sessionId, terms } = till;
  const moment = { registerId, registerSessionId: sessionId, createdAt: new Date() };
  const sale = toOfflineSale(basket, moment, {
    payments: tenders.map((tender) => payment(till, tender)),
    total: moneyText(terms, total.plus(state.rounding)),
    change: moneyText(terms, state.change),
    unitPrices,
  });
  return queue.add(sale, { currency: terms.currency, itemsCount: basket.lines.length });
}

function payment({ terms }: OpenTill, { method, amount, reference, giftCard }: Tender) {
  return {
    // The tenders are made from the methods that the server listed.
    method: method as PaymentMethodKind,
    amount: moneyText(terms, amount),
    ...(reference === undefined ? {} : { reference }),
    ...(giftCard === undefined ? {} : { giftCardCode: giftCard.code }),
  };
}
