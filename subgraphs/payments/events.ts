/** The public events of payments. Amounts are decimals as text. */
import { publicEvent } from '#kernel/events/public-event';
import type { PaymentProvider, PaymentStatus } from './inputs.generated';

const READERS = ['payments:read'] as const;

/** A gift card was issued or changed. The event has no code. */
export const giftCardChanged = publicEvent<{ giftCardId: string; balance: string; currency: string }>(
  'gift_card.changed',
  READERS,
);

/** The store credit of a customer changed. */
export const storeCreditChanged = publicEvent<{ customerId: string; balance: string; currency: string }>(
  'store_credit.changed',
  READERS,
);

/** A payment through a provider is new, or its status or amounts have changed. */
export const paymentChanged = publicEvent<{
  paymentId: string;
  orderId: string | null;
  status: PaymentStatus;
  currency: string;
  amount: string;
  capturedAmount: string;
  refundedAmount: string;
}>('payment.changed', ['payments:read', 'pos:sell']);

/** Transactions of a payout were imported, or match other payments than before. */
export const settlementImported = publicEvent<{
  settlementId: string;
  provider: PaymentProvider;
  payoutReference: string;
  currency: string;
  net: string;
  rowsCount: number;
  mismatchedRowsCount: number;
  unmatchedRowsCount: number;
}>('settlement.imported', READERS);

export const PAYMENT_EVENTS = [giftCardChanged, paymentChanged, settlementImported, storeCreditChanged];
