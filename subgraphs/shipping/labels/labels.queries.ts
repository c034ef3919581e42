import { groupBy } from '#kernel/collections';
import { sql, type Queryable } from '#kernel/db/database';
import type { RowOf } from '#kernel/db/table';
import { shippingLabels, type ShippingLabelRow } from '../tables.generated';

/** The columns of a label without its document. */
export const LABEL = shippingLabels.omit('document');
export type LabelRow = RowOf<typeof LABEL>;

/** The labels of shipments, the latest first. */
export async function labelsOfShipments(
  db: Queryable,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, LabelRow[]>> {
  const labels = await db.many<LabelRow>(sql`
    select ${LABEL.select('l')} from shipping_labels l
    where l.shipment_id = any(${[...shipmentIds]}::uuid[]) order by l.created_at desc, l.parcel, l.id`);
  return groupBy(labels, ({ shipmentId }) => shipmentId);
}

/** The labels of a shipment, the latest first. */
export async function labelsOfShipment(db: Queryable, shipmentId: string): Promise<LabelRow[]> {
  return (await labelsOfShipments(db, [shipmentId])).get(shipmentId) ?? [];
}

/** Labels by their ids. */
export function labelsByIds(db: Queryable, ids: readonly string[]): Promise<LabelRow[]> {
  return db.many<LabelRow>(sql`
    select ${LABEL.select('l')} from shipping_labels l where l.id = any(${[...ids]}::uuid[]) order by l.parcel`);
}

/** The bought labels of a shipment with their documents, by parcel. */
export function labelDocuments(db: Queryable, shipmentId: string): Promise<ShippingLabelRow[]> {
  return db.many<ShippingLabelRow>(sql`
    select ${shippingLabels.select('l')} from shipping_labels l
    where l.shipment_id = ${shipmentId}::uuid and l.status = 'bought' order by l.parcel`);
}

/** Whether a parcel has this label: it is bought, or its carrier is being asked. */
export function isLive({ status }: Pick<LabelRow, 'status'>): boolean {
  return status === 'buying' || status === 'bought' || status === 'voiding';
}

/** The latest bought label with a carrier's number, in capitals or in small letters. */
export async function labelWithNumber(db: Queryable, number: string): Promise<BoughtParcel | undefined> {
  const entered = number.trim();
  const spellings = [entered, entered.toUpperCase(), entered.toLowerCase()];
  return latestBought(
    await db.many<BoughtParcel>(sql`
      select shipment_id, tracking_number, bought_at from shipping_labels
      where tracking_number = any(${spellings}::text[]) and status in ('bought', 'voiding')`),
  );
}

type BoughtParcel = Pick<LabelRow, 'shipmentId' | 'trackingNumber' | 'boughtAt'>;

/** The label that was bought last. Carriers use a number again after a year, so a few labels share one at most. */
export function latestBought<Row extends Pick<LabelRow, 'boughtAt'>>(labels: Row[]): Row | undefined {
  return labels.sort((a, b) => b.boughtAt!.getTime() - a.boughtAt!.getTime()).at(0);
}
