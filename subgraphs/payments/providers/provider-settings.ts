/** The provider of an organization's card payments, and the secrets of its account. */
import { enteredSecrets } from '#kernel/auth/secrets';
import type { Config } from '#kernel/config';
import type { RequestContext, Services } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid } from '#kernel/errors';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { lockOrganization } from '#subgraphs/auth/index';
import type { UpdatePaymentProviderInput } from '../inputs.generated';
import { paymentProviderSettings, type PaymentProviderSettingRow } from '../tables.generated';
import { manualProvider } from './manual';
import type { PaymentProvider, ProviderAccount, ProviderName } from './provider';
import { sandboxProvider } from './sandbox/sandbox';

/** The settings as callers see them: of the secrets, whether they are set. */
export interface PaymentProviderSettings {
  readonly cardProvider: ProviderName;
  readonly hasStripeSecretKey: boolean;
  readonly hasStripeWebhookSecret: boolean;
  /** Null for the defaults. */
  readonly updatedAt: Date | null;
  readonly version: number;
}

/** The columns that an update overwrites. */
const UPDATED_COLUMNS = paymentProviderSettings.omit('organizationId', 'version');

/** Purpose for which the secrets are sealed. */
const PURPOSE = 'payment provider';
const SECRET_LIMITS = { min: 8, max: 255, lines: false } as const;

/** The adapter of a provider. Stripe's SDK takes 18 MB, so it is loaded with the first payment that needs it. */
export async function providerOf(services: Services, name: ProviderName): Promise<PaymentProvider> {
  if (name === 'manual') return manualProvider;
  if (name === 'sandbox') return sandboxProvider(services);
  const { stripeProvider } = await import('#subgraphs/payments/providers/stripe/stripe');
  return stripeProvider(services);
}

/** Whether the sandbox may take payments: in production only where it is configured, so that no sale is paid with play money. */
export function isSandboxAvailable({
  production,
  payments,
}: Pick<Config, 'production' | 'payments'>): boolean {
  return !production || payments.cardProvider === 'sandbox';
}

/** The account of an organization at its providers, with the secrets of the environment where it has none. */
export async function providerAccount(
  db: Queryable,
  config: Config,
  organizationId: string,
): Promise<ProviderAccount> {
  const { stripeSecretKey, stripeWebhookSecret } = (await storedSettings(db)) ?? {};
  const { open } = enteredSecrets(config, PURPOSE, organizationId);
  return {
    organizationId,
    secretKey: open(stripeSecretKey) ?? config.payments.stripeSecretKey,
    webhookSecret: open(stripeWebhookSecret) ?? config.payments.stripeWebhookSecret,
  };
}

/** The provider that takes the card payments of an organization. */
export async function cardProvider({
  db,
  config,
}: Pick<RequestContext, 'db' | 'config'>): Promise<ProviderName> {
  return (await storedSettings(db))?.cardProvider ?? config.payments.cardProvider;
}

function storedSettings(db: Queryable): Promise<PaymentProviderSettingRow | undefined> {
  return db.maybeOne<PaymentProviderSettingRow>(
    sql`select ${paymentProviderSettings.select('s')} from payment_provider_settings s`,
  );
}

/** The settings of the caller's organization. */
export async function shownProviderSettings({
  db,
  config,
}: Pick<RequestContext, 'db' | 'config'>): Promise<PaymentProviderSettings> {
  return shown(await storedSettings(db), config);
}

function shown(stored: PaymentProviderSettingRow | undefined, { payments }: Config): PaymentProviderSettings {
  return {
    cardProvider: stored?.cardProvider ?? payments.cardProvider,
    hasStripeSecretKey: (stored?.stripeSecretKey ?? payments.stripeSecretKey) != null,
    hasStripeWebhookSecret: (stored?.stripeWebhookSecret ?? payments.stripeWebhookSecret) != null,
    updatedAt: stored?.updatedAt ?? null,
    version: stored?.version ?? 0,
  };
}

/**
 * Changes the settings. Omitted fields stay unchanged.
 * @throws PosProError 409 CONFLICT for another version; 422 by field, also for a provider without its secrets.
 */
export async function updateProviderSettings(
  ctx: RequestContext,
  input: UpdatePaymentProviderInput,
): Promise<PaymentProviderSettings> {
  const { config } = ctx;
  throwFieldErrors([
    ...(input.stripeSecretKey == null
      ? []
      : textErrors('stripeSecretKey', input.stripeSecretKey, SECRET_LIMITS)),
    ...(input.stripeWebhookSecret == null
      ? []
      : textErrors('stripeWebhookSecret', input.stripeWebhookSecret, SECRET_LIMITS)),
  ]);
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = await storedSettings(tx);
    assertVersion(tx, 'payment provider', shown(before, config), input.version);
    const { organizationId } = tx;
    const { seal } = enteredSecrets(config, PURPOSE, organizationId);
    const after = {
      organizationId,
      cardProvider: input.cardProvider ?? before?.cardProvider ?? config.payments.cardProvider,
      stripeSecretKey: seal(input.stripeSecretKey, before?.stripeSecretKey),
      stripeWebhookSecret: seal(input.stripeWebhookSecret, before?.stripeWebhookSecret),
      updatedAt: tx.now,
    };
    assertUsable(after.cardProvider, after.stripeSecretKey !== null, config);
    const stored = await tx.one<PaymentProviderSettingRow>(sql`
      ${paymentProviderSettings.insert(after)}
      on conflict (organization_id) do update set ${UPDATED_COLUMNS.excluded} returning *`);
    return shown(stored, config);
  });
}

function assertUsable(provider: ProviderName, hasKey: boolean, config: Config): void {
  if (provider === 'sandbox' && !isSandboxAvailable(config))
    throw invalid('cardProvider', 'The sandbox is not available in production.', 'PROVIDER_UNAVAILABLE');
  if (provider === 'stripe' && !hasKey && config.payments.stripeSecretKey === undefined)
    throw invalid('stripeSecretKey', 'Stripe needs the secret key of your account.', 'REQUIRED');
}
