/** The provider of an organization's card payments, and the secrets of its account. */
import { enteredSecrets } from '#kernel/auth/secrets';
import type { Config } from '#kernel/config';
import type { RequestContext, Services } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { invalid } from '#kernel/errors';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { organizationSettings, type SettingsOf } from '#subgraphs/auth/index';
import type { UpdatePaymentProviderInput } from '../inputs.generated';
import { paymentProviderSettings as table, type PaymentProviderSettingRow } from '../tables.generated';
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

/** Without a provider, it is that of the environment. */
type StoredRow = Omit<PaymentProviderSettingRow, 'cardProvider'> & { cardProvider: ProviderName | null };

const DEFAULTS: SettingsOf<StoredRow> = {
  cardProvider: null,
  stripeSecretKey: null,
  stripeWebhookSecret: null,
  updatedAt: null,
  version: 0,
};

const SETTINGS = organizationSettings<StoredRow>({ title: 'payment provider', table, defaults: DEFAULTS });

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
  const { stripeSecretKey, stripeWebhookSecret } = await SETTINGS.read(db);
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
  return (await SETTINGS.read(db)).cardProvider ?? config.payments.cardProvider;
}

/** The settings of the caller's organization. */
export async function shownProviderSettings({
  db,
  config,
}: Pick<RequestContext, 'db' | 'config'>): Promise<PaymentProviderSettings> {
  return shown(await SETTINGS.read(db), config);
}

function shown(
  { cardProvider: provider, stripeSecretKey, stripeWebhookSecret, ...others }: SettingsOf<StoredRow>,
  { payments }: Config,
): PaymentProviderSettings {
  return {
    ...others,
    cardProvider: provider ?? payments.cardProvider,
    hasStripeSecretKey: (stripeSecretKey ?? payments.stripeSecretKey) !== undefined,
    hasStripeWebhookSecret: (stripeWebhookSecret ?? payments.stripeWebhookSecret) !== undefined,
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
  const stored = await SETTINGS.update(ctx, input.version, (before, { organizationId }) => {
    const { seal } = enteredSecrets(config, PURPOSE, organizationId);
    const provider = input.cardProvider ?? before.cardProvider ?? config.payments.cardProvider;
    const stripeSecretKey = seal(input.stripeSecretKey, before.stripeSecretKey);
    assertUsable(provider, stripeSecretKey !== null, config);
    return {
      cardProvider: provider,
      stripeSecretKey,
      stripeWebhookSecret: seal(input.stripeWebhookSecret, before.stripeWebhookSecret),
    };
  });
  return shown(stored, config);
}

function assertUsable(provider: ProviderName, hasKey: boolean, config: Config): void {
  if (provider === 'sandbox' && !isSandboxAvailable(config))
    throw invalid('cardProvider', 'The sandbox is not available in production.', 'PROVIDER_UNAVAILABLE');
  if (provider === 'stripe' && !hasKey && config.payments.stripeSecretKey === undefined)
    throw invalid('stripeSecretKey', 'Stripe needs the secret key of your account.', 'REQUIRED');
}
