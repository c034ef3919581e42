/** The carrier of an organization's labels, the secrets of its account, and its own address. */
import { enteredSecrets } from '#kernel/auth/secrets';
import type { Config } from '#kernel/config';
import type { RequestContext, Services } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid } from '#kernel/errors';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { lockOrganization } from '#subgraphs/auth/index';
import type { CarrierChoice, UpdateShippingCarrierInput } from '../inputs.generated';
import { shippingCarrierSettings, type ShippingCarrierSettingRow } from '../tables.generated';
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

/** The columns that an update overwrites. */
const UPDATED_COLUMNS = shippingCarrierSettings.omit('organizationId', 'version');

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
  const { easypostApiKey, easypostWebhookSecret } = (await storedSettings(db)) ?? {};
  const { open } = enteredSecrets(config, PURPOSE, organizationId);
  return {
    organizationId,
    apiKey: open(easypostApiKey) ?? config.shipping.easypostApiKey,
    webhookSecret: open(easypostWebhookSecret) ?? config.shipping.easypostWebhookSecret,
  };
}

function storedSettings(db: Queryable): Promise<ShippingCarrierSettingRow | undefined> {
  return db.maybeOne<ShippingCarrierSettingRow>(
    sql`select ${shippingCarrierSettings.select('s')} from shipping_carrier_settings s`,
  );
}

/** The settings of an organization. */
export async function carrierSettings(
  db: Queryable,
  config: Pick<Config, 'shipping'>,
): Promise<ShippingCarrierSettings> {
  return shown(await storedSettings(db), config);
}

function shown(
  stored: ShippingCarrierSettingRow | undefined,
  { shipping }: Pick<Config, 'shipping'>,
): ShippingCarrierSettings {
  return {
    carrier: stored?.carrier ?? shipping.carrier,
    sender: stored?.sender ?? null,
    hasEasypostApiKey: (stored?.easypostApiKey ?? shipping.easypostApiKey) != null,
    hasEasypostWebhookSecret: (stored?.easypostWebhookSecret ?? shipping.easypostWebhookSecret) != null,
    updatedAt: stored?.updatedAt ?? null,
    version: stored?.version ?? 0,
  };
}

/**
 * Changes the settings. Omitted fields stay unchanged.
 * @throws PosProError 409 CONFLICT for another version; 422 by field, also for a carrier without its secrets.
 */
export async function updateShippingCarrier(
  ctx: RequestContext,
  input: UpdateShippingCarrierInput,
): Promise<ShippingCarrierSettings> {
  const { config } = ctx;
  throwFieldErrors([
    ...secretErrors('easypostApiKey', input.easypostApiKey),
    ...secretErrors('easypostWebhookSecret', input.easypostWebhookSecret),
    ...(input.sender == null ? [] : senderErrors(input.sender)),
  ]);
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = await storedSettings(tx);
    assertVersion(tx, 'shipping carrier', shown(before, config), input.version);
    const { organizationId } = tx;
    const { seal } = enteredSecrets(config, PURPOSE, organizationId);
    const after = {
      organizationId,
      carrier: input.carrier ?? before?.carrier ?? config.shipping.carrier,
      easypostApiKey: seal(input.easypostApiKey, before?.easypostApiKey),
      easypostWebhookSecret: seal(input.easypostWebhookSecret, before?.easypostWebhookSecret),
      sender: input.sender === undefined ? (before?.sender ?? null) : input.sender && toSender(input.sender),
      updatedAt: tx.now,
    };
    assertUsable(after.carrier, after.easypostApiKey !== null, config);
    const stored = await tx.one<ShippingCarrierSettingRow>(sql`
      ${shippingCarrierSettings.insert(after)}
      on conflict (organization_id) do update set ${UPDATED_COLUMNS.excluded} returning *`);
    return shown(stored, config);
  });
}

const secretErrors = (field: string, text: string | null | undefined) =>
  text == null ? [] : textErrors(field, text, SECRET_LIMITS);

function assertUsable(carrier: CarrierChoice, hasKey: boolean, config: Config): void {
  if (carrier === 'sandbox' && !isSandboxAvailable(config))
    throw invalid('carrier', 'The sandbox is not available in production.', 'CARRIER_UNAVAILABLE');
  if (carrier === 'easypost' && !hasKey && config.shipping.easypostApiKey === undefined)
    throw invalid('easypostApiKey', 'EasyPost needs the API key of your account.', 'REQUIRED');
}
