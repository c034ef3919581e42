/**
 * The port to payment providers. An adapter translates it into a provider's own protocol, and has no state. It is called without a
 * transaction, a lock or a connection, and may be called again with the same key: the provider must then repeat its answer.
 */
import type { Decimal } from '#kernel/decimal';
import type { PaymentState } from '../intents/payment-states.rules';
import type { CardSummary, PaymentAction } from '../model';
import type { PaymentIntentRow } from '../tables.generated';

export type ProviderName = PaymentIntentRow['provider'];

/** The shop's account at a provider. */
export interface ProviderAccount {
  readonly organizationId: string;
  /** Undefined for providers without secrets. */
  readonly secretKey?: string | undefined;
  readonly webhookSecret?: string | undefined;
}

/** A payment as a provider knows it. Amounts are cumulative. */
export interface ProviderReport extends PaymentState {
  /** The provider's id of the payment. */
  readonly reference: string;
  readonly declineCode?: string | null;
  readonly nextAction?: PaymentAction | null;
  readonly card?: CardSummary | null;
  readonly fee?: Decimal | null;
}

/**
 * An answer of a provider.
 *
 * - `report`: it did what was asked, or answers what is known; of a refund with its own reference.
 * - `rejected`: it did not, and asking again changes nothing.
 * - `unknown`: no answer, or one that says neither. The same request is sent again later.
 */
export type ProviderAnswer =
  | { readonly kind: 'report'; readonly report: ProviderReport; readonly refundReference?: string }
  | {
      readonly kind: 'rejected';
      readonly code: string;
      readonly message: string;
      /** The payment as the provider knows it, if a command was rejected. */
      readonly report?: ProviderReport;
    }
  | { readonly kind: 'unknown'; readonly message: string };

export interface ProviderRequest {
  /** The idempotency key. */
  readonly key: string;
  readonly amount: Decimal;
  readonly currency: string;
}

export interface AuthorizeRequest extends ProviderRequest {
  /** PosPro's id of the payment, which the provider returns with its events. */
  readonly paymentId: string;
  readonly captures: boolean;
  readonly cardToken: string | null;
  readonly returnUrl: string | null;
  /** The reference of a terminal that has taken the money already. */
  readonly reference: string | null;
}

export interface FollowUpRequest extends ProviderRequest {
  readonly paymentId: string;
  /** The provider's id of the payment. */
  readonly reference: string;
}

/** A verified event. */
export interface ProviderEvent {
  /** The provider's id of the event. */
  readonly id: string;
  /** Undefined for events that do not concern payments. */
  readonly report: ProviderReport | undefined;
  /** PosPro's id of the payment, if the event names it. */
  readonly paymentId: string | undefined;
}

/** A received webhook request. */
export interface ReceivedWebhook {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The bytes as sent: the signature is computed over them. */
  readonly body: Buffer;
}

export interface PaymentProvider {
  /** Time in which the provider repeats its answer to a key; an older request is looked up and never sent again. */
  readonly keyLifetimeMs: number;
  authorize(account: ProviderAccount, request: AuthorizeRequest): Promise<ProviderAnswer>;
  /** Continues after the customer has acted. */
  confirm(account: ProviderAccount, request: FollowUpRequest): Promise<ProviderAnswer>;
  /** Captures an authorization, in whole or in part; the rest is released. */
  capture(account: ProviderAccount, request: FollowUpRequest): Promise<ProviderAnswer>;
  void(account: ProviderAccount, request: FollowUpRequest): Promise<ProviderAnswer>;
  refund(account: ProviderAccount, request: FollowUpRequest): Promise<ProviderAnswer>;
  /** The payment as the provider knows it; `rejected` with the code `not_found` if it has none. */
  lookUp(
    account: ProviderAccount,
    payment: Pick<FollowUpRequest, 'paymentId' | 'currency'> & { reference: string | null },
  ): Promise<ProviderAnswer>;
  /**
   * Unverified hints in a webhook, by which the secret to verify it is found; undefined if the body is unreadable.
   */
  peek(body: Buffer): WebhookHints | undefined;
  /** Verifies and reads a webhook; undefined if its signature is wrong. */
  readWebhook(account: ProviderAccount, webhook: ReceivedWebhook): ProviderEvent | undefined;
}

/** The subject of a webhook that is not verified yet. */
export interface WebhookHints {
  readonly organizationId: string | undefined;
  /** The provider's id of the payment. */
  readonly reference: string | undefined;
}
