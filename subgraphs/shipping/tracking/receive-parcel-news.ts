/** Webhooks of carriers about parcels. */
import { systemContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import type { ReceivedWebhook } from '#subgraphs/payments/index';
import type { Carrier, CarrierName } from '../providers/carrier';
import { latestBought } from '../labels/labels.queries';
import { carrierAccount, carrierOf, isSandboxAvailable } from '../providers/carrier-settings';
import { recordTracking } from './record-parcel-events';

/** A parcel by its number. */
interface KnownParcel {
  readonly organizationId: string;
  readonly shipmentId: string;
  readonly boughtAt: Date | null;
}

/**
 * Verifies and records a webhook with the secret of the organization whose parcel it names. One about an unknown number, or about nothing
 * that concerns parcels, is acknowledged and ignored. If recording fails, nothing is stored, and the carrier sends it again.
 *
 * @returns whether the webhook changed anything.
 * @throws PosProError 401 for a wrong signature; 404 for an unknown provider.
 */
export async function receiveTracking(
  services: Services,
  name: string,
  webhook: ReceivedWebhook,
): Promise<boolean> {
  const carrier = await webhookCarrier(services, name);
  const trackingNumber = carrier.peek(webhook.body);
  if (trackingNumber === undefined) return false;
  const parcel = await parcelWithNumber(services, name, trackingNumber);
  if (!parcel) return false;
  const { organizationId, shipmentId } = parcel;
  const ctx = systemContext(services, organizationId, { address: `${name} webhook`, recorded: false });
  const report = carrier.readWebhook(await carrierAccount(ctx.db, ctx.config, organizationId), webhook);
  if (!report)
    throw new PosProError('UNAUTHENTICATED', `The signature of the webhook is not that of ${name}.`);
  return recordTracking(ctx, shipmentId, report);
}

function webhookCarrier(services: Services, name: string): Promise<Carrier> {
  const names: readonly string[] = isSandboxAvailable(services.config)
    ? ['easypost', 'sandbox']
    : ['easypost'];
  if (names.includes(name)) return carrierOf(services, name as CarrierName);
  throw new PosProError('NOT_FOUND', `There is no shipping provider "${name}".`);
}

/** The latest parcel with a number. */
async function parcelWithNumber(
  { database }: Services,
  provider: string,
  trackingNumber: string,
): Promise<KnownParcel | undefined> {
  return latestBought(
    await database.system.many<KnownParcel>(sql`
      select organization_id, shipment_id, bought_at from shipping_labels
      where tracking_number = ${trackingNumber} and provider = ${provider} and status in ('bought', 'voiding')`),
  );
}
