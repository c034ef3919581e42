/** The pick list of a warehouse. */
import type { RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { FieldErrors } from '#kernel/validation';
import { branchOf, ownOrganization } from '#subgraphs/auth/index';
import { warehouseOfBranch, warehousesById } from '#subgraphs/inventory/index';
import { openLines, ordersByIds, type OpenLine } from '#subgraphs/orders/index';
import type { QueryPickListArgs } from '../inputs.generated';
import { pdfDocument, type ShippingDocument } from './pdf-document';
import { pickListTable } from './pick-list.rules';

const MAX_ORDERS = 500;

/**
 * @throws PosProError 404 for an unknown warehouse or order; 422 for orders without goods to send from the warehouse, and for a caller
 * without a branch who names no warehouse.
 */
export async function pickList(
  ctx: RequestContext,
  { warehouseId, orderIds }: QueryPickListArgs,
): Promise<ShippingDocument> {
  const id = warehouseId ?? (await warehouseOfBranch(ctx.db, branchOf(ctx)));
  const [warehouse] = await warehousesById(ctx.db, [id]);
  if (!warehouse) throw notFound('warehouse', id);
  const lines = orderIds
    ? await chosenLines(ctx, warehouse.id, orderIds)
    : await openLines(ctx.db, { warehouseId: warehouse.id, limit: MAX_ORDERS });
  const { name: organizationName } = await ownOrganization(ctx);
  const table = pickListTable(lines, { organizationName, warehouse });
  return pdfDocument(`pick-list-${warehouse.code}.pdf`, table);
}

async function chosenLines(
  ctx: RequestContext,
  warehouseId: string,
  orderIds: readonly string[],
): Promise<OpenLine[]> {
  const errors = new FieldErrors();
  if (orderIds.length < 1 || orderIds.length > MAX_ORDERS)
    errors.add('orderIds', `Name 1 to ${MAX_ORDERS} orders.`, 'LENGTH');
  errors.throwIfAny();
  const ids = orderIds.map((id) => id.toLowerCase());
  const orders = new Map((await ordersByIds(ctx.db, ids)).map((order) => [order.id, order]));
  const lines = await openLines(ctx.db, { warehouseId, orderIds: [...orders.keys()], limit: MAX_ORDERS });
  const open = new Set(lines.map(({ orderId }) => orderId));
  ids.forEach((id, index) => {
    const order = orders.get(id);
    if (!order) throw notFound('order', orderIds[index]!);
    if (!open.has(id))
      errors.add(`orderIds.${index}`, `Order ${order.number} has nothing to send from here.`, 'NOTHING_LEFT');
  });
  errors.throwIfAny();
  return lines;
}
