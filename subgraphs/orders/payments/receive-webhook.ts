/** Webhooks of payment providers. The same function handles those that arrive over HTTP and those of the sandbox. */
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import {
  isSandboxAvailable,
  providerAccount,
  providerOf,
  settleEvent,
  type PaymentIntentRow,
  type PaymentProvider,
  type ProviderEvent,
  type ReceivedWebhook,
} from '#subgraphs/payments/index';
import { runAttempts } from './run-attempt';
import { settlePayment } from './settle-payment';

/** A provider that sends webhooks. */
type WebhookProvider = 'sandbox' | 'stripe';

/**
 * Verifies and settles a webhook. It is verified with the secret of the organization that it names; an event of an unknown payment, or of
 * nothing that concerns PosPro, is ignored. If settling fails, nothing is stored, and the provider sends the event again.
 *
 * @returns whether the event changed anything.
 * @throws PosProError 401 for a wrong signature; 404 for an unknown provider.
 */
export async function receiveWebhook(
  services: Services,
  name: string,
  webhook: ReceivedWebhook,
): Promise<boolean> {
  const provider = await webhookProvider(services, name);
  const organizationId = await organizationOfWebhook(services, provider, name, webhook.body);
  if (organizationId === undefined) return false;
  const ctx = systemContext(services, organizationId, { address: `${name} webhook`, recorded: false });
  const account = await providerAccount(ctx.db, ctx.config, organizationId);
  const event = provider.readWebhook(account, webhook);
  if (!event)
    throw new PosProError('UNAUTHENTICATED', `The signature of the webhook is not that of ${name}.`);
  const payment = event.report && (await paymentOf(ctx, name, event));
  return payment ? settle(ctx, payment, event) : false;
}

async function settle(
  ctx: RequestContext,
  payment: PaymentIntentRow,
  event: ProviderEvent,
): Promise<boolean> {
  const settled = await settlePayment(ctx, payment, (tx) => settleEvent(tx, ctx, payment.id, event));
  if (settled) await runAttempts(ctx, settled.intent, settled.followUps);
  return settled !== undefined;
}

async function webhookProvider(services: Services, name: string): Promise<PaymentProvider> {
  const names: readonly string[] = isSandboxAvailable(services.config) ? ['stripe', 'sandbox'] : ['stripe'];
  if (names.includes(name)) return providerOf(services, name as WebhookProvider);
  throw new PosProError('NOT_FOUND', `There is no payment provider "${name}".`);
}

/** The organization that a webhook names; what it says is not verified yet, but is verified with that organization's secret. */
async function organizationOfWebhook(
  { database }: Services,
  provider: PaymentProvider,
  name: string,
  body: Buffer,
): Promise<string | undefined> {
  const hints = provider.peek(body);
  if (hints?.organizationId !== undefined && isUuid(hints.organizationId)) return hints.organizationId;
  if (hints?.reference === undefined) return undefined;
  const row = await database.system.maybeOne<{ organizationId: string }>(sql`
    select organization_id from payment_intents where provider = ${name} and provider_reference = ${hints.reference}`);
  return row?.organizationId;
}

/** The payment of an event, by PosPro's own id or the provider's. */
function paymentOf(
  ctx: RequestContext,
  provider: string,
  { paymentId = '', report }: ProviderEvent,
): Promise<PaymentIntentRow | undefined> {
  const id = isUuid(paymentId) ? paymentId : null;
  return ctx.db.maybeOne<PaymentIntentRow>(sql`
    select * from payment_intents
    where provider = ${provider} and (id = ${id}::uuid or provider_reference = ${report!.reference})`);
}
