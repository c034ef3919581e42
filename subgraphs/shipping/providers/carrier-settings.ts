/** The carrier of an organization's labels, the secrets of its account, and its own address. */
import { enteredSecrets } from '#kernel/auth/secrets';
import type { Config } from '#kernel/config';
import type { RequestContext, Services } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { invalid } from '#kernel/errors';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { organizationSettings, type SettingsOf } from '#subgraphs/auth/index';
import type { CarrierChoice, UpdateShippingCarrierInput } from '../inputs.generated';
import { shippingCarrierSettings as table, type ShippingCarrierSettingRow } from '../tables.generated';
import type { Carrier, CarrierAccount, CarrierName } from './carrier';
import { sandboxCarrier } from './sandbox/sandbox-carrier';
import { senderErrors, toSender, type SenderAddress } from './sender';

/** The settings as callers see them: of the secrets, whether they are set. */
export interface ShippingCarrierSettings {
  readonly carrier: CarrierChoice;
  readonly sender: SenderAddress | null;
  readonly hasEasypostApiKey: boolean;
  readonly hasEasypostWebhookSecret: boolean;
  /** Null for the defaults. */
  readonly updatedAt: Date | null;
  readonly version: number;
}

/** Without a carrier, it is that of the environment. */
type StoredRow = Omit<ShippingCarrierSettingRow, 'carrier'> & { carrier: CarrierChoice | null };

const DEFAULTS: SettingsOf<StoredRow> = {
  carrier: null,
  sender: null,
  easypostApiKey: null,
  easypostWebhookSecret: null,
  updatedAt: null,
  version: 0,
};

const SETTINGS = organizationSettings<StoredRow>({ title: 'shipping carrier', table, defaults: DEFAULTS });

/** Purpose for which the secrets are sealed. */
const PURPOSE = 'shipping carrier';
const SECRET_LIMITS = { min: 8, max: 255, lines: false } as const;

/** The adapter of a carrier. EasyPost's SDK is loaded with the first label that needs it. */
export async function carrierOf(services: Services, name: CarrierName): Promise<Carrier> {
  if (name === 'sandbox') return sandboxCarrier(services);
  const { easypostCarrier } = await import('#subgraphs/shipping/providers/easypost/easypost');
  return easypostCarrier(services);
}

/** Whether the sandbox may sell labels: in production only where it is configured, so that no parcel has a label that no carrier knows. */
export function isSandboxAvailable({
  production,
  shipping,
}: Pick<Config, 'production' | 'shipping'>): boolean {
  return !production || shipping.carrier === 'sandbox';
}

/** The account of an organization at its carriers, with the secrets of the environment where it has none. */
export async function carrierAccount(
  db: Queryable,
  config: Config,
  organizationId: string,
): Promise<CarrierAccount> {
  const { easypostApiKey, easypostWebhookSecret } = await SETTINGS.read(db);
  const { open } = enteredSecrets(config, PURPOSE, organizationId);
  return {
    organizationId,
    apiKey: open(easypostApiKey) ?? config.shipping.easypostApiKey,
    webhookSecret: open(easypostWebhookSecret) ?? config.shipping.easypostWebhookSecret,
  };
}

/** The settings of an organization. */
export async function carrierSettings(
  db: Queryable,
  config: Pick<Config, 'shipping'>,
): Promise<ShippingCarrierSettings> {
  return shown(await SETTINGS.read(db), config);
}

function shown(
  { carrier, easypostApiKey, easypostWebhookSecret, ...others }: SettingsOf<StoredRow>,
  { shipping }: Pick<Config, 'shipping'>,
): ShippingCarrierSettings {
  return {
    ...others,
    carrier: carrier ?? shipping.carrier,
    hasEasypostApiKey: (easypostApiKey ?? shipping.easypostApiKey) !== undefined,
    hasEasypostWebhookSecret: (easypostWebhookSecret ?? shipping.easypostWebhookSecret) !== undefined,
  };
}

/**
 * Changes the settings. Omitted fields stay unchanged.
 * @throws PosProError 409 CONFLICT for another version; 422 by field, also for a carrier without its secrets.
 */
export async function updateShippingCarrier(
  ctx: RequestContext,
  { version, sender, ...input }: UpdateShippingCarrierInput,
): Promise<ShippingCarrierSettings> {
  const { config } = ctx;
  throwFieldErrors([
    ...secretErrors('easypostApiKey', input.easypostApiKey),
    ...secretErrors('easypostWebhookSecret', input.easypostWebhookSecret),
    ...(sender == null ? [] : senderErrors(sender)),
  ]);
  const stored = await SETTINGS.update(ctx, version, (before, { organizationId }) => {
    const { seal } = enteredSecrets(config, PURPOSE, organizationId);
    const carrier = input.carrier ?? before.carrier ?? config.shipping.carrier;
    const easypostApiKey = seal(input.easypostApiKey, before.easypostApiKey);
    assertUsable(carrier, easypostApiKey !== null, config);
    return {
      carrier,
      easypostApiKey,
      easypostWebhookSecret: seal(input.easypostWebhookSecret, before.easypostWebhookSecret),
      sender: sender && toSender(sender),
    };
  });
  return shown(stored, config);
}

const secretErrors = (field: string, text: string | null | undefined) =>
  text == null ? [] : textErrors(field, text, SECRET_LIMITS);

function assertUsable(carrier: CarrierChoice, hasKey: boolean, config: Config): void {
  if (carrier === 'sandbox' && !isSandboxAvailable(config))
    throw invalid('carrier', 'The sandbox is not available in production.', 'CARRIER_UNAVAILABLE');
  if (carrier === 'easypost' && !hasKey && config.shipping.easypostApiKey === undefined)
    throw invalid('easypostApiKey', 'EasyPost needs the API key of your account.', 'REQUIRED');
}
