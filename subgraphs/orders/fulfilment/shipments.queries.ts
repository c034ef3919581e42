import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
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

/** The lines of a shipment, in line order. */
export async function shipmentLinesOf(
  ctx: RequestContext,
  shipmentId: string,
): Promise<OrderShipmentLineRow[]> {
  const load = async (ids: readonly string[]) => {
    const rows = await ctx.db.many<OrderShipmentLineRow>(sql`
      select ${orderShipmentLines.select('l')} from order_shipment_lines l
      where l.shipment_id = any(${[...ids]}::uuid[]) order by l.shipment_id, l.line_no`);
    return groupBy(rows, (row) => row.shipmentId);
  };
  return (await loader<OrderShipmentLineRow[]>(ctx, 'orders.shipmentLines', load).load(shipmentId)) ?? [];
}
