/** The public events of payments. Amounts are decimals as text. */
import { publicEvent } from '#kernel/events/public-event';
import type { PaymentStatus } from './inputs.generated';

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

export const PAYMENT_EVENTS = [giftCardChanged, paymentChanged, storeCreditChanged];
