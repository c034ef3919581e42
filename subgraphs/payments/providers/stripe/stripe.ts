/** Stripe, through its own SDK: payment intents with manual or automatic capture, and signed webhooks. */
import Stripe from 'stripe';
import type { Config } from '#kernel/config';
import type { Services } from '#kernel/context';
import type {
  FollowUpRequest,
  PaymentProvider,
  ProviderAccount,
  ProviderAnswer,
  ProviderEvent,
  ProviderReport,
  ProviderRequest,
} from '../provider';
import { toStripeAmount } from './stripe-amounts.rules';
import { METADATA, reportOfCharge, reportOfDispute, reportOfIntent } from './stripe-report.rules';

/** Stripe keeps idempotency keys for 24 hours at least (https://docs.stripe.com/api/idempotent_requests). */
const KEY_LIFETIME_MS = 23 * 3_600_000;
const TIMEOUT_MS = 20_000;
const EXPANDED = ['latest_charge.balance_transaction'];

export function stripeProvider({ config }: Services): PaymentProvider {
  const client = (account: ProviderAccount) => clientFor(config, account);
  return {
    keyLifetimeMs: KEY_LIFETIME_MS,
    authorize: (account, request) =>
      withAmount(request, (amount) =>
        answer(
          client(account).paymentIntents.create(
            {
              amount,
              currency: request.currency.toLowerCase(),
              capture_method: request.captures ? 'automatic' : 'manual',
              metadata: {
                [METADATA.organization]: account.organizationId,
                [METADATA.payment]: request.paymentId,
              },
              expand: EXPANDED,
              ...(request.cardToken !== null && {
                payment_method: request.cardToken,
                payment_method_types: ['card'],
                confirm: true,
                ...(request.returnUrl !== null && { return_url: request.returnUrl }),
              }),
            },
            { idempotencyKey: request.key },
          ),
        ),
      ),
    confirm: (account, { reference, key }) =>
      answer(
        client(account).paymentIntents.confirm(reference, { expand: EXPANDED }, { idempotencyKey: key }),
      ),
    capture: (account, request) => withAmount(request, (amount) => capture(client(account), request, amount)),
    void: (account, { reference, key }) =>
      answer(client(account).paymentIntents.cancel(reference, { expand: EXPANDED }, { idempotencyKey: key })),
    refund: (account, request) => withAmount(request, (amount) => refund(client(account), request, amount)),
    lookUp: (account, { reference, paymentId }) =>
      reference === null
        ? search(client(account), paymentId)
        : answer(client(account).paymentIntents.retrieve(reference, { expand: EXPANDED })),
    peek,
    readWebhook: (account, { headers, body }) => {
      const event = verified(client(account), account, body, headers['stripe-signature']);
      return event && toEvent(event);
    },
  };
}

function clientFor(config: Pick<Config, 'payments'>, { secretKey }: ProviderAccount): Stripe {
  const url = config.payments.stripeApiUrl;
  const place = url && {
    host: url.hostname,
    port: url.port === '' ? 443 : Number(url.port),
    protocol: url.protocol === 'http:' ? ('http' as const) : ('https' as const),
  };
  // A lost answer is asked for again by the reconciler, with the same key; here a short retry is enough.
  return new Stripe(secretKey ?? '', {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: 1,
    telemetry: false,
    ...place,
  });
}

/** Stripe cannot charge every amount of every currency. */
async function withAmount(
  { amount, currency }: ProviderRequest,
  ask: (amount: number) => Promise<ProviderAnswer>,
): Promise<ProviderAnswer> {
  const sent = toStripeAmount(amount, currency);
  if (sent !== undefined) return ask(sent);
  return {
    kind: 'rejected',
    code: 'amount_not_chargeable',
    message: `Stripe cannot charge ${amount.toFixed()} ${currency}.`,
  };
}

async function answer(request: Promise<Stripe.PaymentIntent>): Promise<ProviderAnswer> {
  try {
    return { kind: 'report', report: reportOfIntent(await request) };
  } catch (error) {
    return answerOf(error);
  }
}

/** A capture that fails may end the authorization; whether it did, the payment says. */
async function capture(
  client: Stripe,
  { reference, key }: FollowUpRequest,
  amount: number,
): Promise<ProviderAnswer> {
  const options = { amount_to_capture: amount, expand: EXPANDED };
  const answered = await answer(client.paymentIntents.capture(reference, options, { idempotencyKey: key }));
  const known =
    answered.kind === 'rejected'
      ? await answer(client.paymentIntents.retrieve(reference, { expand: EXPANDED }))
      : answered;
  if (known.kind !== 'report' || known.report.stage === 'open') return answered;
  const { report } = known;
  const failure =
    answered.kind === 'rejected'
      ? answered
      : { code: report.declineCode ?? report.stage, message: 'Stripe could not capture the payment.' };
  // A payment that asks for another card has no authorization any more.
  const stage = report.stage === 'declined' ? 'expired' : report.stage;
  return { ...failure, kind: 'rejected', report: { ...report, stage } };
}

/** The answer to a refund names its own amount alone; the payment's sum is that of the attempts. */
async function refund(
  client: Stripe,
  { reference, key }: FollowUpRequest,
  amount: number,
): Promise<ProviderAnswer> {
  try {
    const {
      id,
      status,
      failure_reason: reason,
    } = await client.refunds.create({ payment_intent: reference, amount }, { idempotencyKey: key });
    if (status === 'failed' || status === 'canceled')
      return { kind: 'rejected', code: reason ?? status, message: 'Stripe could not refund the payment.' };
    const intent = await client.paymentIntents.retrieve(reference, { expand: EXPANDED });
    return { kind: 'report', report: reportOfIntent(intent), refundReference: id };
  } catch (error) {
    return answerOf(error);
  }
}

async function search(client: Stripe, paymentId: string): Promise<ProviderAnswer> {
  try {
    const query = `metadata['${METADATA.payment}']:'${paymentId}'`;
    const { data } = await client.paymentIntents.search({ query, limit: 1 });
    const [intent] = data;
    if (intent) return { kind: 'report', report: reportOfIntent(intent) };
    return { kind: 'rejected', code: 'not_found', message: 'Stripe has no such payment.' };
  } catch (error) {
    return answerOf(error);
  }
}

/** A declined card still has a payment intent. A final error of Stripe is a rejection; after any other, the result is unknown. */
function answerOf(error: unknown): ProviderAnswer {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { type, statusCode = 0, code, decline_code: declineCode, message } = error;
  const intent = error.payment_intent;
  if (type === 'StripeCardError' && intent) return { kind: 'report', report: reportOfIntent(intent) };
  const isFinal = statusCode >= 400 && statusCode < 500 && ![408, 409, 429].includes(statusCode);
  if (!isFinal) return { kind: 'unknown', message };
  if (code === 'payment_intent_unexpected_state' && intent)
    return { kind: 'report', report: reportOfIntent(intent) };
  if (statusCode === 401 || statusCode === 403)
    return {
      kind: 'rejected',
      code: 'account_rejected',
      message: 'Stripe rejected the secret key of the account.',
    };
  return {
    kind: 'rejected',
    code: statusCode === 404 ? 'not_found' : (declineCode ?? code ?? type),
    message,
  };
}

// --- Webhooks ---

function peek(body: Buffer): ReturnType<PaymentProvider['peek']> {
  try {
    const event = JSON.parse(body.toString('utf8')) as { data?: { object?: Record<string, unknown> } } | null;
    const object = event?.data?.object ?? {};
    const metadata = (object.metadata ?? {}) as Record<string, unknown>;
    const reference = object.object === 'payment_intent' ? object.id : object.payment_intent;
    return { organizationId: textOf(metadata[METADATA.organization]), reference: textOf(reference) };
  } catch {
    // Not JSON, so not from Stripe.
    return undefined;
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Undefined for a wrong or too old signature. */
function verified(
  client: Stripe,
  { webhookSecret }: ProviderAccount,
  body: Buffer,
  header: string | string[] | undefined,
): Stripe.Event | undefined {
  if (webhookSecret === undefined || typeof header !== 'string') return undefined;
  try {
    return client.webhooks.constructEvent(body, header, webhookSecret);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return undefined;
    throw error;
  }
}

function toEvent(event: Stripe.Event): ProviderEvent {
  const object = event.data.object as { object?: string; metadata?: Record<string, string> };
  return { id: event.id, report: reportOf(event), paymentId: object.metadata?.[METADATA.payment] };
}

/** Undefined for an event that does not concern payments. */
function reportOf({ data: { object } }: Stripe.Event): ProviderReport | undefined {
  const { object: kind } = object as { object?: string };
  if (kind === 'payment_intent') return reportOfIntent(object as Stripe.PaymentIntent);
  if (kind === 'charge') return reportOfCharge(object as Stripe.Charge);
  return kind === 'dispute' ? reportOfDispute(object as Stripe.Dispute) : undefined;
}
