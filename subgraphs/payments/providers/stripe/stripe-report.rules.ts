/** Stripe's objects as reports. Pure. */
import type Stripe from 'stripe';
import { ZERO, type Decimal } from '#kernel/decimal';
import { NEW_STATE, type Dispute, type PaymentStage } from '../../intents/payment-states.rules';
import type { CardSummary, PaymentAction } from '../../model';
import type { ProviderReport } from '../provider';
import { fromStripeAmount } from './stripe-amounts.rules';

/** The keys under which a payment intent of Stripe carries PosPro's ids. */
export const METADATA = { organization: 'pospro_organization', payment: 'pospro_payment' } as const;

/** A payment intent of Stripe, with its last charge if that was expanded. */
export function reportOfIntent(intent: Stripe.PaymentIntent): ProviderReport {
  const { id, currency, amount_capturable: capturable, amount_received: received } = intent;
  const error = intent.last_payment_error;
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const authorized = ['requires_capture', 'succeeded'].includes(intent.status)
    ? Math.max(capturable, received)
    : 0;
  return {
    reference: id,
    stage: stageOf(intent),
    authorizedAmount: fromStripeAmount(authorized, currency),
    capturedAmount: fromStripeAmount(received, currency),
    refundedAmount: charge ? fromStripeAmount(charge.amount_refunded, currency) : ZERO,
    dispute: charge?.disputed ? 'open' : 'none',
    declineCode: error?.decline_code ?? error?.code ?? intent.cancellation_reason ?? null,
    nextAction: actionOf(intent),
    card: charge ? cardOf(charge) : null,
    fee: charge ? feeOf(charge) : null,
  };
}

const STAGES: Partial<Record<Stripe.PaymentIntent.Status, PaymentStage>> = {
  requires_confirmation: 'requires_action',
  requires_action: 'requires_action',
  processing: 'pending',
  requires_capture: 'open',
  succeeded: 'open',
};

function stageOf(intent: Stripe.PaymentIntent): PaymentStage {
  const { status, last_payment_error: error, cancellation_reason: reason } = intent;
  if (status === 'requires_payment_method') return error ? failureOf(error) : 'requires_action';
  if (status === 'canceled') return isExpired(reason) ? 'expired' : 'voided';
  return STAGES[status] ?? 'pending';
}

/** Stripe itself cancels an authorization that was not captured in time: for the reason `automatic` in versions before 2025-03-31. */
function isExpired(reason: string | null): boolean {
  return reason === 'expired' || reason === 'automatic';
}

/** The codes of an authorization that ended when it was to be captured. Any other error is that of a card that was not authorized. */
const CAPTURE_ERRORS: readonly (string | undefined)[] = [
  'capture_charge_authorization_expired',
  'capture_unauthorized_payment',
  'charge_expired_for_capture',
];

function failureOf({ code }: Stripe.PaymentIntent.LastPaymentError): PaymentStage {
  return CAPTURE_ERRORS.includes(code) ? 'expired' : 'declined';
}

function actionOf({
  status,
  next_action: action,
  client_secret: clientSecret,
}: Stripe.PaymentIntent): PaymentAction | null {
  if (!['requires_action', 'requires_payment_method', 'requires_confirmation'].includes(status)) return null;
  const url = action?.redirect_to_url?.url ?? null;
  return { type: url === null ? 'sdk' : 'redirect', url, clientSecret };
}

function cardOf({ payment_method_details: details }: Stripe.Charge): CardSummary | null {
  const card = details?.card ?? details?.card_present;
  if (!card) return null;
  const { brand, last4, exp_month: expiryMonth, exp_year: expiryYear, fingerprint } = card;
  return { scheme: brand, lastFour: last4, expiryMonth, expiryYear, fingerprint: fingerprint ?? null };
}

/** Stripe charges its fee in the currency of the shop's account, which may be another one. */
function feeOf({ currency, balance_transaction: transaction }: Stripe.Charge): Decimal | null {
  const isNamed = typeof transaction === 'object' && transaction?.currency === currency;
  return isNamed ? fromStripeAmount(transaction.fee, currency) : null;
}

/** A charge of Stripe: its captured and refunded amounts are cumulative. */
export function reportOfCharge(charge: Stripe.Charge): ProviderReport | undefined {
  const reference = idOf(charge.payment_intent);
  if (reference === undefined) return undefined;
  const { currency } = charge;
  const captured = fromStripeAmount(charge.amount_captured, currency);
  // Versions of Stripe before 2025-03-31 count what was released of an authorization as refunded.
  const refunded = Math.min(charge.amount_refunded, charge.amount_captured);
  return {
    ...NEW_STATE,
    reference,
    stage: charge.status === 'succeeded' ? 'open' : 'pending',
    authorizedAmount: charge.status === 'succeeded' ? fromStripeAmount(charge.amount, currency) : ZERO,
    capturedAmount: captured,
    refundedAmount: fromStripeAmount(refunded, currency),
    card: cardOf(charge),
    fee: feeOf(charge),
  };
}

const DISPUTES: Partial<Record<Stripe.Dispute.Status, Dispute>> = {
  won: 'won',
  lost: 'lost',
  warning_closed: 'won',
  prevented: 'won',
};

/** A dispute of Stripe. */
export function reportOfDispute({
  payment_intent: intent,
  status,
}: Stripe.Dispute): ProviderReport | undefined {
  const reference = idOf(intent);
  if (reference === undefined) return undefined;
  return { ...NEW_STATE, reference, dispute: DISPUTES[status] ?? 'open' };
}

function idOf(reference: string | { id: string } | null): string | undefined {
  return typeof reference === 'string' ? reference : reference?.id;
}
