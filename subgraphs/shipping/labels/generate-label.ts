/** Labels of shipments: bought once, whatever is sent at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import { requireShipment } from '#subgraphs/orders/index';
import type { GenerateShippingLabelInput } from '../inputs.generated';
import type { ShippingLabelRow } from '../tables.generated';
import { labelDocuments, labelsByIds, type LabelRow } from './labels.queries';
import { purchaseLabels } from './purchase-labels';
import { reserveLabels } from './reserve-labels';

/** A label as a PDF, in Base64. */
export interface LabelFile {
  readonly id: string;
  readonly parcel: number;
  readonly carrier: string;
  readonly service: string;
  readonly trackingNumber: string;
  readonly amount: Decimal;
  readonly currency: string;
  readonly fileName: string;
  readonly content: string;
  readonly encoding: 'base64';
}

/** The labels of a shipment as files. */
export interface ShipmentLabels {
  readonly labels: readonly LabelFile[];
}

/**
 * Buys the labels of a shipment, or answers those that it has. They are reserved in a transaction, which one of several equal requests
 * does; the carrier is asked after the commit, and the others wait for its answer. Emits "shipment.changed".
 *
 * @throws PosProError 404; 409 ILLEGAL_STATE; 422 by field, also for what the carrier rejects; 503 if the carrier does not answer in time:
 * the worker asks it again.
 */
export async function generateShippingLabel(
  ctx: RequestContext,
  shipmentId: string,
  input: GenerateShippingLabelInput,
): Promise<ShipmentLabels> {
  const { ids, created } = await transact(ctx, (tx) => reserveLabels(tx, ctx, shipmentId, input));
  if (created.length > 0) await purchaseLabels(ctx, created);
  const labels = await settledLabels(ctx, ids);
  const failed = labels.find(({ status }) => status === 'failed');
  if (failed) throw rejectedError(failed);
  return shippingLabels(ctx, shipmentId);
}

/** The labels of a shipment as files. @throws PosProError 404. */
export async function shippingLabels(ctx: RequestContext, shipmentId: string): Promise<ShipmentLabels> {
  const { id } = await requireShipment(ctx.db, shipmentId);
  return { labels: (await labelDocuments(ctx.db, id)).map(toFile) };
}

function toFile(label: ShippingLabelRow): LabelFile {
  const { id, parcel, carrier, service, trackingNumber, amount, currency, document } = label;
  return {
    ...{ id, parcel, carrier: carrier!, service: service!, trackingNumber: trackingNumber! },
    ...{ amount: amount!, currency: currency!, fileName: `label-${trackingNumber}.pdf` },
    ...{ content: document!.toString('base64'), encoding: 'base64' },
  };
}

const WAIT_MS = 20_000;
const LOOK_EVERY_MS = 100;

/** Labels after the carrier has answered; another request may be asking it. @throws PosProError 503 without an answer in time. */
export async function settledLabels(ctx: RequestContext, ids: readonly string[]): Promise<LabelRow[]> {
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const labels = await labelsByIds(ctx.db, ids);
    const asked = labels.filter(({ status }) => status === 'buying' || status === 'voiding');
    if (asked.length === 0) return labels;
    // After an ask without an answer, the worker asks again later than a caller waits.
    if (waitedMs >= WAIT_MS || asked.some(({ asks }) => asks > 0))
      throw new PosProError('UNAVAILABLE', 'The carrier has not answered yet; it is asked again.', {
        retryAfter: 5,
      });
    await sleep(LOOK_EVERY_MS);
  }
}

/** The error of a label that the carrier rejected: of a field of the address or the input, or of the purchase as a whole. */
function rejectedError({ errorField, errorCode, errorMessage }: LabelRow): PosProError {
  return invalid(errorField ?? 'parcels', errorMessage ?? 'The carrier rejected the label.', errorCode!);
}
