/** The packing slip of a shipment. */
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import { ownOrganization, sellingTerms } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import { orderById, requireShipment, shipmentLinesOf } from '#subgraphs/orders/index';
import { packingSlipTable } from './packing-slip.rules';
import { pdfDocument, type ShippingDocument } from './pdf-document';

/** @throws PosProError 404; 409 ILLEGAL_STATE for a cancelled shipment. */
export async function packingSlip(
  ctx: RequestContext,
  shipmentId: string,
  prices: boolean,
): Promise<ShippingDocument> {
  const shipment = await requireShipment(ctx.db, shipmentId);
  if (shipment.cancelledAt)
    throw new PosProError('ILLEGAL_STATE', 'A cancelled shipment has no packing slip.');
  const order = await orderById(ctx.db, shipment.orderId);
  const customer = order.customerId === null ? undefined : await customerById(ctx.db, order.customerId);
  const shipped = await shipmentLinesOf(ctx, shipment.id);
  const lineNumbered = new Map(order.lines.map((line) => [line.lineNo, line]));
  const table = packingSlipTable({
    ...{ order, shipment, prices, customerName: customer?.name ?? null },
    organizationName: (await ownOrganization(ctx)).name,
    timeZone: (await sellingTerms(ctx.db, order.branchId)).timeZone,
    lines: shipped.map(({ lineNo, quantity }) => ({ line: lineNumbered.get(lineNo)!, quantity })),
  });
  return pdfDocument(`packing-slip-${order.number}.pdf`, table);
}
