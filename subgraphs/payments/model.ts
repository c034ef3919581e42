/** Types of payments that several files use. */
import type { Decimal } from '#kernel/decimal';
import type { PaymentMethodKind, PaymentProvider } from './inputs.generated';

/** An amount handed over or, if negative, paid out. */
export interface Tender {
  method: PaymentMethodKind;
  /** Amount that the shop kept: cash received minus change. Negative for a refund. */
  amount: Decimal;
  /** Reference of the card terminal or the bank, or the id of a payment that was taken through a provider before. */
  reference?: string | null;
  /** On a refund: the original payment, if known. */
  refundedPaymentId?: string | null;
  /** Set by the demo shop and for payments through a provider, which keep theirs; a new id by default. */
  id?: string;
  /** Defaults to captured. */
  status?: 'authorized';
  /** Of a payment through a provider. */
  provider?: PaymentProvider | null;
}

export interface OrderPayments {
  orderId: string;
  registerSessionId: string | null;
  branchId: string;
  currency: string;
  customerId?: string | null;
  tenders: readonly Tender[];
}

/** The next step of the customer. */
export interface PaymentAction {
  /** `redirect`: open the address. `sdk`: hand the client secret to the provider's own script. */
  readonly type: 'redirect' | 'sdk';
  readonly url: string | null;
  readonly clientSecret: string | null;
}

/** The part of a card that may be stored and shown. */
export interface CardSummary {
  readonly scheme: string | null;
  readonly lastFour: string | null;
  readonly expiryMonth: number | null;
  readonly expiryYear: number | null;
  /** The same for the same card, at one provider. */
  readonly fingerprint: string | null;
}
