import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { loader } from '#kernel/graph/loader';
import type { OrderRow, OrderShipmentLineRow, OrderShipmentRow } from '../model';
import { orderShipmentLines, orderShipments } from '../tables.generated';

/** The shipments of an order, the oldest first. Orders of tills are not shipped. */
export async function shipmentsOf(
  ctx: RequestContext,
  { id, channel }: Pick<OrderRow, 'id' | 'channel'>,
): Promise<OrderShipmentRow[]> {
  if (channel === 'pos') return [];
  const load = async (ids: readonly string[]) => {
    const rows = await ctx.db.many<OrderShipmentRow>(sql`
      select ${orderShipments.select('s')} from order_shipments s where s.order_id = any(${[...ids]}::uuid[]) order by s.id`);
    return groupBy(rows, ({ orderId }) => orderId);
  };
  return (await loader<OrderShipmentRow[]>(ctx, 'orders.shipments', load).load(id)) ?? [];
}

/** A shipment with the moment in which the customer received the order. */
export interface TrackedShipment extends OrderShipmentRow {
  deliveredAt: Date | null;
}

const TRACKED = sql`${orderShipments.select('s')}, (
  select max(t.at) from order_steps t where t.order_id = s.order_id and t.action = 'deliver') as delivered_at`;

/** Shipments by their ids. */
export function trackedShipments(db: Queryable, ids: readonly string[]): Promise<TrackedShipment[]> {
  return db.many<TrackedShipment>(
    sql`select ${TRACKED} from order_shipments s where s.id = any(${ids.filter(isUuid)}::uuid[])`,
  );
}

/** A shipment by its id. @throws PosProError 404. */
export async function requireShipment(db: Queryable, id: string): Promise<TrackedShipment> {
  const [shipment] = await trackedShipments(db, [id]);
  if (!shipment) throw notFound('shipment', id);
  return shipment;
}

/** The same shipment, locked until the commit. @throws PosProError 404. */
export async function lockShipment(tx: Transaction, id: string): Promise<TrackedShipment> {
  if (isUuid(id)) await tx.run(sql`select from order_shipments where id = ${id}::uuid for no key update`);
  return requireShipment(tx, id);
}

/** The shipments of an order that were not cancelled. */
export function presentShipments(db: Queryable, orderId: string): Promise<TrackedShipment[]> {
  return db.many<TrackedShipment>(
    sql`select ${TRACKED} from order_shipments s where s.order_id = ${orderId}::uuid and s.cancelled_at is null`,
  );
}

/** Enters the carrier and its number, both null to clear them. */
export async function updateShipmentNumber(
  tx: Transaction,
  id: string,
  { carrier, trackingNumber }: Pick<OrderShipmentRow, 'carrier' | 'trackingNumber'>,
): Promise<void> {
  await tx.run(sql`
    update order_shipments set ${orderShipments.set({ carrier, trackingNumber })} where id = ${id}::uuid`);
}

/**
 * The latest shipment with a carrier's number, as it was entered, in capitals or in small letters; one that was not cancelled before
 * others. Carriers use a number again after a year, so a few shipments share one at most.
 */
export async function trackedShipmentByNumber(
  db: Queryable,
  number: string,
): Promise<TrackedShipment | undefined> {
  const entered = number.trim();
  const spellings = [entered, entered.toUpperCase(), entered.toLowerCase()];
  const shipments = await db.many<TrackedShipment>(
    sql`select ${TRACKED} from order_shipments s where s.tracking_number = any(${spellings}::text[])`,
  );
  const [latest] = shipments.sort(
    (a, b) =>
      Number(a.cancelledAt !== null) - Number(b.cancelledAt !== null) ||
      b.shippedAt.getTime() - a.shippedAt.getTime() ||
      (a.id < b.id ? 1 : -1),
  );
  return latest;
}

/** The lines of a shipment, in line order. */
export async function shipmentLinesOf(
  ctx: RequestContext,
  shipmentId: string,
): Promise<OrderShipmentLineRow[]> {
  const load = (ids: readonly string[]) => linesOfShipments(ctx.db, ids);
  return (await loader<OrderShipmentLineRow[]>(ctx, 'orders.shipmentLines', load).load(shipmentId)) ?? [];
}

/** The lines of shipments, in line order, by the shipments' ids. */
export async function linesOfShipments(
  db: Queryable,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, OrderShipmentLineRow[]>> {
  const rows = await db.many<OrderShipmentLineRow>(sql`
    select ${orderShipmentLines.select('l')} from order_shipment_lines l
    where l.shipment_id = any(${[...shipmentIds]}::uuid[]) order by l.shipment_id, l.line_no`);
  return groupBy(rows, (row) => row.shipmentId);
}
