/** Shipments: goods of a confirmed order leave the stock, in whole or in part. */
import { userOf } from '#kernel/auth/access';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO, type Decimal } from '#kernel/decimal';
import { PosProError, notFound } from '#kernel/errors';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { consumeReservation, moveStock, type StockMove } from '#subgraphs/inventory/index';
import { capturePaymentsOfOrder } from '#subgraphs/payments/index';
import type { OrderStepInput, ShipOrderInput } from '../inputs.generated';
import { requireValue } from '../issues.rules';
import type { FullOrder, OrderLineRow, OrderShipmentLineRow, OrderShipmentRow } from '../model';
import { unshippedQuantity } from '../order/order-balance.rules';
import { actionsIn, nextStatus } from '../order/order-states.rules';
import { takeStep } from '../order/order-steps';
import { lockOrder } from '../order/orders.queries';
import { dayCostsParts, type AddedCost } from '../reports/day-totals';
import { costOf } from '../reports/sales-figures.rules';
import { orderShipmentLines, orderShipments } from '../tables.generated';
import { chosenQuantities, type LineQuantity } from './line-quantities.rules';
import { keepGoods, renewReservation, reservationOf, withQuantities } from './order-stock';

/**
 * Ships a confirmed order, in whole or in part: the goods leave the stock, and the rest stays reserved.
 * @throws PosProError 404; 409 ILLEGAL_STATE, INSUFFICIENT_STOCK; 422 by field.
 */
export async function shipOrder(ctx: RequestContext, id: string, input: ShipOrderInput): Promise<FullOrder> {
  checkShipment(input);
  const request = { id: id.toLowerCase(), ...input };
  const work = async (tx: Transaction) => (await shipGoods(tx, ctx, id, input)).order;
  return transact(ctx, work, { idempotent: { operation: 'shipOrder', input: request } });
}

/** @throws PosProError 422 for texts that are too long. */
export function checkShipment(input: Omit<ShipOrderInput, 'items'>): void {
  throwFieldErrors([
    ...textErrors('reason', input.reason, { max: 500 }),
    ...textErrors('carrier', input.carrier, { max: 100, lines: false }),
    ...textErrors('trackingNumber', input.trackingNumber, { max: 100, lines: false }),
  ]);
}

/** Ships an order inside the caller's transaction; `checkShipment` comes before. @throws PosProError as shipOrder. */
export async function shipGoods(
  tx: Transaction,
  ctx: RequestContext,
  orderId: string,
  input: ShipOrderInput,
): Promise<{ order: FullOrder; shipmentId: string }> {
  const order = await lockOrder(tx, orderId);
  nextStatus(order, 'ship');
  const parts = requireValue(chosenQuantities(order, input.items, shippableQuantity));
  return postShipment(tx, ctx, order, parts, input);
}

/** A gift card is issued when its order is paid, and is not shipped. */
function shippableQuantity(line: OrderLineRow): Decimal {
  return line.giftCardPurpose === null ? unshippedQuantity(line) : ZERO;
}

async function postShipment(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  parts: readonly LineQuantity[],
  input: ShipOrderInput,
): Promise<{ order: FullOrder; shipmentId: string }> {
  const costs = await takeReservedGoods(tx, ctx, order, parts);
  const quantities = new Map(parts.map(({ line, quantity }) => [line.id, quantity]));
  const shipped = { ...order, lines: withQuantities(order.lines, 'shippedQuantity', quantities) };
  await keepGoods(tx, ctx, shipped, null);
  const shipment = orderShipments.complete({
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    orderId: order.id,
    warehouseId: order.warehouseId!,
    carrier: emptyToNull(input.carrier),
    trackingNumber: emptyToNull(input.trackingNumber),
    shippedAt: tx.now,
    userId: userOf(ctx),
  });
  const rows = parts.map(({ line, quantity }) => ({
    shipmentId: shipment.id,
    lineNo: line.lineNo,
    organizationId: tx.organizationId,
    quantity,
    unitCost: costs.get(line.id) ?? null,
  }));
  const rest = shipped.lines.some((line) => unshippedQuantity(line).greaterThan(0));
  const stepped = await takeStep(tx, ctx, shipped, {
    action: rest ? 'ship_part' : 'ship',
    reason: input.reason,
    parts: [
      sql`shipment as (${orderShipments.insert(shipment)})`,
      sql`shipment_lines as (${orderShipmentLines.insertMany(rows)})`,
      shippedPart(order.id, rows),
      ...dayCostsParts(order, shippedCosts(order, rows)),
    ],
  });
  // The money that was held for the order is captured with its first shipment.
  await capturePaymentsOfOrder(tx, ctx, order.id);
  return { order: stepped, shipmentId: shipment.id };
}

/** The goods leave the stock together with their reservation. @returns the cost of one unit of each stocked line. */
export async function takeReservedGoods(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  parts: readonly LineQuantity[],
): Promise<ReadonlyMap<string, Decimal>> {
  const moves = movesOf(order, parts, 'sale');
  const moved = await consumeReservation(tx, ctx, reservationOf(order.id), moves);
  const costs = new Map(moved.map(({ variantId, unitCost }) => [variantId, unitCost]));
  return new Map(
    parts.flatMap(({ line }) => (line.stocked ? [[line.id, costs.get(line.variantId)!] as const] : [])),
  );
}

function movesOf(
  order: FullOrder,
  parts: readonly LineQuantity[],
  kind: 'sale' | 'return',
  costs: ReadonlyMap<string, Decimal | null> = new Map(),
): StockMove[] {
  return parts.flatMap(({ line, quantity }, index): StockMove[] => {
    if (!line.stocked) return [];
    const { productId, variantId, sku } = line;
    const unitCost = costs.get(line.id) ?? undefined;
    return [
      {
        ...{ warehouseId: order.warehouseId!, productId, variantId, sku, kind, unitCost, line: index },
        quantity: kind === 'sale' ? quantity.negated() : quantity,
        referenceType: 'order',
        referenceId: order.id,
      },
    ];
  });
}

/** The costs of shipped quantities; those of a shipment that is cancelled are negative. */
function shippedCosts({ lines }: FullOrder, rows: readonly ShippedQuantity[]): AddedCost[] {
  return rows.flatMap(({ lineNo, quantity, unitCost }) => {
    if (unitCost === null) return [];
    return [{ line: lines.find((one) => one.lineNo === lineNo)!, cost: costOf(quantity, unitCost) }];
  });
}

type ShippedQuantity = Pick<OrderShipmentLineRow, 'lineNo' | 'quantity' | 'unitCost'>;

/** Adds shipped quantities to the lines. The unit cost of a line in several shipments is the average of its units. */
export function shippedPart(orderId: string, rows: readonly ShippedQuantity[]): Sql {
  return sql`shipped as (
    update order_lines l set shipped_quantity = l.shipped_quantity + s.quantity,
      cost = case when s."unitCost" is null then l.cost else coalesce(l.cost, 0) + round(s.quantity * s."unitCost", 6) end,
      unit_cost = case when s."unitCost" is null or l.shipped_quantity + s.quantity <= 0 then l.unit_cost
        else round((coalesce(l.unit_cost, s."unitCost") * l.shipped_quantity + s."unitCost" * s.quantity) / (l.shipped_quantity + s.quantity), 6) end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s("lineNo" int, quantity numeric, "unitCost" numeric)
    where l.order_id = ${orderId}::uuid and l.line_no = s."lineNo"
  )`;
}

/**
 * Cancels a shipment: its goods are in the stock again, and reserved for the order.
 * @throws PosProError 404; 409 ILLEGAL_STATE for an order that was delivered, a shipment that was cancelled, and returned goods.
 */
export async function cancelShipment(
  ctx: RequestContext,
  orderId: string,
  shipmentId: string,
  input: OrderStepInput,
): Promise<FullOrder> {
  throwFieldErrors(textErrors('reason', input.reason, { max: 500 }));
  const request = { orderId: orderId.toLowerCase(), shipmentId: shipmentId.toLowerCase(), ...input };
  const work = async (tx: Transaction) => {
    const order = await lockOrder(tx, orderId);
    const shipment = await requireShipment(tx, order, request.shipmentId);
    nextStatus(order, 'cancel_shipment');
    return revertShipment(tx, ctx, order, shipment, input);
  };
  return transact(ctx, work, { idempotent: { operation: 'cancelShipment', input: request } });
}

type ShipmentWithLines = OrderShipmentRow & { lines: readonly OrderShipmentLineRow[] };

async function requireShipment(tx: Transaction, order: FullOrder, id: string): Promise<ShipmentWithLines> {
  const [shipment] = await tx.many<OrderShipmentRow>(sql`
    select ${orderShipments.select('s')} from order_shipments s where s.id::text = ${id} and s.order_id = ${order.id}::uuid`);
  if (!shipment) throw notFound('shipment', id);
  if (shipment.cancelledAt !== null) {
    const details = { status: order.status, allowed: actionsIn(order.status) };
    throw new PosProError('ILLEGAL_STATE', 'The shipment was cancelled before.', { details });
  }
  const lines = await tx.many<OrderShipmentLineRow>(sql`
    select ${orderShipmentLines.select('l')} from order_shipment_lines l where l.shipment_id = ${shipment.id}::uuid order by l.line_no`);
  return { ...shipment, lines };
}

async function revertShipment(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  shipment: ShipmentWithLines,
  { reason }: OrderStepInput,
): Promise<FullOrder> {
  const parts = shipment.lines.map(({ lineNo, quantity, unitCost }) => {
    const line = order.lines.find((one) => one.lineNo === lineNo)!;
    return { line, quantity, unitCost };
  });
  if (
    parts.some(({ line, quantity }) => line.shippedQuantity.minus(quantity).lessThan(line.returnedQuantity))
  ) {
    const details = { status: order.status, allowed: actionsIn(order.status) };
    throw new PosProError('ILLEGAL_STATE', 'Goods of the shipment were returned by the customer.', {
      details,
    });
  }
  const costs = new Map(parts.map(({ line, unitCost }) => [line.id, unitCost]));
  await moveStock(tx, ctx, movesOf(order, parts, 'return', costs));
  const quantities = new Map(parts.map(({ line, quantity }) => [line.id, quantity.negated()]));
  const reverted = { ...order, lines: withQuantities(order.lines, 'shippedQuantity', quantities) };
  await renewReservation(tx, ctx, reverted);
  const rows = parts.map(({ line, quantity, unitCost }) => ({
    ...{ lineNo: line.lineNo, unitCost },
    quantity: quantity.negated(),
  }));
  return takeStep(tx, ctx, reverted, {
    action: 'cancel_shipment',
    reason,
    parts: [
      sql`shipment as (update order_shipments set cancelled_at = ${tx.now} where id = ${shipment.id}::uuid)`,
      shippedPart(order.id, rows),
      ...dayCostsParts(order, shippedCosts(order, rows)),
    ],
  });
}
