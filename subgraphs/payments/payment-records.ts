/** The payments, gift cards and store credit of customers in the export of their data. */
import { byCustomerId, type CustomerRecords } from '#subgraphs/customers/index';
import {
  giftCardEntries,
  giftCards,
  paymentAttempts,
  paymentIntents,
  storeCreditEntries,
  storeCreditLots,
  storeCredits,
} from './tables.generated';

/** Payments of orders are a part of their order. Secrets are excluded: hashes of codes, and tokens of cards at a provider. */
export const PAYMENT_RECORDS: readonly CustomerRecords[] = [
  {
    kind: 'provider_payment',
    table: paymentIntents.omit('nextAction'),
    where: byCustomerId,
    key: 'id',
    parts: { attempts: { table: paymentAttempts.omit('cardToken'), of: 'intent_id', order: 'id' } },
  },
  {
    kind: 'gift_card',
    table: giftCards.omit('codeHash'),
    where: byCustomerId,
    key: 'id',
    parts: { entries: { table: giftCardEntries, of: 'gift_card_id', order: 'number' } },
  },
  { kind: 'store_credit', table: storeCredits, where: byCustomerId, key: 'customer_id' },
  { kind: 'store_credit_lot', table: storeCreditLots, where: byCustomerId, key: 'id' },
  { kind: 'store_credit_entry', table: storeCreditEntries, where: byCustomerId, key: 'id' },
];
