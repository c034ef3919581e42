/** Voids the labels of a shipment at their carrier. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { lockShipment, updateShipmentNumber } from '#subgraphs/orders/index';
import { emitShipmentChanged } from '../shipments/shipment-events';
import { requireShownShipment, type ShownShipment } from '../shipments/shown-shipments';
import { shippingLabels, type ShippingLabelRow } from '../tables.generated';
import { parcelStatus } from '../tracking/parcel-status.rules';
import { eventsOfShipments } from '../tracking/tracking-events.queries';
import { settledLabels } from './generate-label';
import { LABEL, labelsOfShipment, type LabelRow } from './labels.queries';
import { ask, nextAsk } from './purchase-labels';
import { LEASE_MS } from './reserve-labels';

/**
 * Voids the labels of a shipment. Labels that were voided before stay so. Emits "shipment.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE without a label, for a label that is being bought, for a parcel that the carrier has, and if
 * the carrier does not void it; 503 if the carrier does not answer in time: the worker asks it again.
 */
export async function voidShippingLabel(ctx: RequestContext, shipmentId: string): Promise<ShownShipment> {
  const labels = await transact(ctx, (tx) => reserveVoid(tx, shipmentId));
  for (const label of labels.filter(({ status }) => status === 'bought')) await askForVoid(ctx, label);
  const voided = await settledLabels(
    ctx,
    labels.map(({ id }) => id),
  );
  const kept = voided.find(({ status }) => status === 'bought');
  if (kept)
    throw new PosProError('ILLEGAL_STATE', kept.errorMessage ?? 'The carrier did not void the label.');
  return requireShownShipment(ctx, shipmentId);
}

/** @returns the labels to void as they were before. */
async function reserveVoid(tx: Transaction, shipmentId: string): Promise<LabelRow[]> {
  if (!isUuid(shipmentId)) throw notFound('shipment', shipmentId);
  const { id } = await lockShipment(tx, shipmentId);
  const labels = await labelsOfShipment(tx, id);
  if (labels.some(({ status }) => status === 'buying'))
    throw new PosProError('ILLEGAL_STATE', 'A label of the shipment is being bought.');
  const voidable = labels.filter(({ status }) => status === 'bought' || status === 'voiding');
  if (voidable.length === 0) throw new PosProError('ILLEGAL_STATE', 'The shipment has no label.');
  const events = (await eventsOfShipments(tx, [id])).get(id) ?? [];
  const isSent = ({ trackingNumber }: LabelRow) =>
    ![undefined, 'pre_transit'].includes(
      parcelStatus(events.filter((event) => event.trackingNumber === trackingNumber)),
    );
  if (voidable.some(isSent))
    throw new PosProError('ILLEGAL_STATE', 'The carrier has a parcel of the shipment already.');
  const nextAskAt = new Date(tx.now.getTime() + LEASE_MS);
  const changes = { status: 'voiding', asks: 0, nextAskAt, errorCode: null, errorMessage: null } as const;
  await tx.run(sql`
    update shipping_labels set ${shippingLabels.set(changes)} where shipment_id = ${id}::uuid and status = 'bought'`);
  return voidable;
}

/** Asks a carrier to void a label, and settles the answer. */
export async function askForVoid(ctx: RequestContext, label: LabelRow): Promise<void> {
  const { providerReference, carrier, trackingNumber, boughtAt } = label;
  const parcel = {
    ...{ reference: providerReference!, carrier: carrier!, trackingNumber: trackingNumber! },
    boughtAt: boughtAt!,
  };
  const answer = await ask(ctx, label, (desk) => desk.carrier.void(desk.account, parcel));
  await transact(ctx, async (tx) => {
    const shipment = await lockShipment(tx, label.shipmentId);
    const changes: Partial<ShippingLabelRow> =
      answer.kind === 'done'
        ? { status: 'voided', voidedAt: tx.now, nextAskAt: null, nextPollAt: null }
        : answer.kind === 'rejected'
          ? { status: 'bought', errorCode: answer.code, errorMessage: answer.message, nextAskAt: null }
          : nextAsk(ctx, label);
    const settled = await tx.maybeOne<LabelRow>(sql`
      update shipping_labels set ${shippingLabels.set(changes)} where id = ${label.id}::uuid and status = 'voiding'
      returning ${LABEL.columns}`);
    if (settled?.status !== 'voided') return;
    if (shipment.trackingNumber === trackingNumber)
      await updateShipmentNumber(tx, shipment.id, { carrier: null, trackingNumber: null });
    await emitShipmentChanged(tx, shipment);
  });
}
