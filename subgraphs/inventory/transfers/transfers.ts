/** Transfers goods from one warehouse to another: in one step, or sent, on the way and received. */
import { resolveItems } from '#subgraphs/catalog/index';
import { userOf } from '#kernel/auth/access';
import { throwFieldErrors, textErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO } from '#kernel/decimal';
import { invalid, type FieldError } from '#kernel/errors';
import { QUANTITY_PLACES } from '#kernel/money';
import type {
  CreateTransferInput,
  ReceiveTransferInput,
  ReceivedItemInput,
  TransferStockInput,
} from '../inputs.generated';
import { quantityErrors, stockedItems } from '../stock/stocked-items';
import { moveStock } from '../stock/move-stock';
import { stockTransferLines, stockTransfers } from '../tables.generated';
import { arrivals, moveOf, type CountedLine } from './transfer-moves';
import { lockTransfer, type StockTransfer, type TransferredItem } from './transfers.queries';
import { transferStep } from './transfer-states.rules';
import { requireActiveWarehouses } from '../warehouses/warehouses';
import { transferChanged } from '../events';

const MAX_ITEMS = 500;

/**
 * Transfers goods in one step: they leave one warehouse and arrive in the other in the same transaction, at the average cost of the
 * warehouse that they leave, so that the value of all stock does not change. With `inTransit` they only leave.
 *
 * @throws PosProError 409 INSUFFICIENT_STOCK naming every line, 404 for an unknown warehouse or product, 422 for bad values.
 */
export async function transferStock(ctx: RequestContext, input: TransferStockInput): Promise<StockTransfer> {
  const several = input.items != null;
  const wanted = input.items ?? [{ ...input, quantity: input.quantity ?? ZERO }];
  const work = async (tx: Transaction): Promise<StockTransfer> => {
    const draft = await writeDraft(tx, ctx, { ...input, items: wanted }, several);
    if (input.inTransit) return sendGoods(tx, ctx, draft, several);
    await lockBothEnds(tx, draft);
    return receiveTransferGoods(tx, ctx, await sendGoods(tx, ctx, draft, several), []);
  };
  return transact(ctx, work, { idempotent: { operation: 'transferStock', input } });
}

/**
 * Creates a transfer, and sends it on request.
 * @throws PosProError as transferStock.
 */
export async function createTransfer(
  ctx: RequestContext,
  input: CreateTransferInput,
): Promise<StockTransfer> {
  const work = async (tx: Transaction): Promise<StockTransfer> => {
    const draft = await writeDraft(tx, ctx, input, true);
    return input.send ? sendGoods(tx, ctx, draft, true) : draft;
  };
  return transact(ctx, work, { idempotent: { operation: 'createTransfer', input } });
}

/**
 * Sends a draft: its goods leave their warehouse and are on the way.
 * @throws PosProError 404, 409 ILLEGAL_STATE, 409 INSUFFICIENT_STOCK.
 */
export async function sendTransfer(ctx: RequestContext, id: string): Promise<StockTransfer> {
  const work = async (tx: Transaction) => sendGoods(tx, ctx, await lockTransfer(tx, id), true);
  return transact(ctx, work, { idempotent: { operation: 'sendTransfer', input: { id } } });
}

/**
 * Receives a sent transfer. Every line arrives as it was sent. If another quantity was counted, the difference is a separate movement
 * after it, so that the ledger shows goods lost on the way.
 * @throws PosProError 404, 409 ILLEGAL_STATE, 422 for an unknown line.
 */
export async function receiveTransfer(
  ctx: RequestContext,
  id: string,
  input: ReceiveTransferInput,
): Promise<StockTransfer> {
  const work = async (tx: Transaction) =>
    receiveTransferGoods(tx, ctx, await lockTransfer(tx, id), input.items ?? []);
  return transact(ctx, work, { idempotent: { operation: 'receiveTransfer', input: { id, ...input } } });
}

/** Cancels a draft. @throws PosProError 404, 409 ILLEGAL_STATE for a transfer that has been sent. */
export async function cancelTransfer(ctx: RequestContext, id: string): Promise<StockTransfer> {
  const work = async (tx: Transaction): Promise<StockTransfer> => {
    const transfer = await lockTransfer(tx, id);
    const status = transferStep(transfer.status, 'cancel');
    const changes = { status, cancelledAt: tx.now, updatedAt: tx.now };
    await tx.prisma.stockTransfer.update({ where: { id: transfer.id }, data: changes });
    return emitTransferChanged(tx, { ...transfer, ...changes });
  };
  return transact(ctx, work, { idempotent: { operation: 'cancelTransfer', input: { id } } });
}

async function writeDraft(
  tx: Transaction,
  ctx: RequestContext,
  input: CreateTransferInput,
  several: boolean,
): Promise<StockTransfer> {
  const path = (index: number) => (several ? `items.${index}.` : '');
  throwFieldErrors(draftErrors(input, path));
  await requireActiveWarehouses(tx, [input.fromWarehouseId, input.toWarehouseId]);
  const items = await stockedItems(ctx, tx, input.items, path);
  throwFieldErrors(
    items.flatMap((item, index) =>
      quantityErrors(`${path(index)}quantity`, input.items[index]!.quantity, item),
    ),
  );
  const transfer: StockTransfer = {
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    fromWarehouseId: input.fromWarehouseId.toLowerCase(),
    toWarehouseId: input.toWarehouseId.toLowerCase(),
    status: 'draft',
    note: input.note ?? null,
    userId: userOf(ctx) ?? null,
    createdAt: tx.now,
    updatedAt: tx.now,
    sentAt: null,
    receivedAt: null,
    cancelledAt: null,
    items: items.map(({ variantId, productId, sku }, index) => ({
      ...{ line: index + 1, variantId, productId, sku, quantity: input.items[index]!.quantity },
      ...{
        unitCost: null,
        batches: [],
        receivedQuantity: null,
        reason: null,
        fromLevel: null,
        toLevel: null,
      },
    })),
  };
  const { id: transferId, organizationId } = transfer;
  const lines = transfer.items.map((item) => ({ ...item, organizationId, transferId }));
  await tx.run(sql`
    with transfer as (
      ${stockTransfers.insert(transfer)}
    )
    insert into stock_transfer_lines (${stockTransferLines.columns})
    select ${stockTransferLines.values('x')}
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as x(${stockTransferLines.definitions})`);
  return emitTransferChanged(tx, transfer);
}

function draftErrors(input: CreateTransferInput, path: (index: number) => string): FieldError[] {
  const { length } = input.items;
  if (length < 1 || length > MAX_ITEMS) throw invalid('items', `A transfer has 1 to ${MAX_ITEMS} items.`);
  const errors = textErrors('note', input.note, { max: 500 });
  if (input.fromWarehouseId.toLowerCase() === input.toWarehouseId.toLowerCase()) {
    errors.push({
      field: 'toWarehouseId',
      message: 'The two warehouses must differ.',
      code: 'INVALID',
    });
  }
  for (const [index, { quantity }] of input.items.entries()) {
    if (quantity.greaterThan(0)) continue;
    errors.push({
      field: `${path(index)}quantity`,
      message: 'The quantity must be greater than zero.',
      code: 'INVALID',
    });
  }
  return errors;
}

/**
 * Locks the levels at both ends in the order that moveStock takes them, because goods that go in opposite directions at the same
 * time would otherwise wait for each other.
 */
async function lockBothEnds(tx: Transaction, transfer: StockTransfer): Promise<void> {
  await tx.run(sql`
    select from stock_levels
    where organization_id = ${tx.organizationId}::uuid
      and variant_id = any(${[...new Set(transfer.items.map((item) => item.variantId))]}::uuid[])
      and warehouse_id in (${transfer.fromWarehouseId}::uuid, ${transfer.toWarehouseId}::uuid)
    order by variant_id, warehouse_id for update`);
}

async function sendGoods(
  tx: Transaction,
  ctx: RequestContext,
  transfer: StockTransfer,
  several: boolean,
): Promise<StockTransfer> {
  const status = transferStep(transfer.status, 'send');
  await requireActiveWarehouses(tx, [transfer.fromWarehouseId, transfer.toWarehouseId]);
  const moves = transfer.items.map((item, index) => ({
    ...moveOf(transfer, item),
    line: several ? index : undefined,
    warehouseId: transfer.fromWarehouseId,
    quantity: item.quantity.negated(),
    kind: 'transfer_out' as const,
  }));
  const moved = await moveStock(tx, ctx, moves);
  const items = transfer.items.map((item, index): TransferredItem => {
    const { unitCost, onHand, batches } = moved[index]!;
    const positive = batches.map((batch) => ({ ...batch, quantity: batch.quantity.negated() }));
    return { ...item, unitCost, fromLevel: onHand, batches: positive };
  });
  await tx.run(sql`
    with lines as (
      update stock_transfer_lines l set unit_cost = x."unitCost", from_level = x."fromLevel", batches = x.batches
      from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as x(line int, "unitCost" numeric, "fromLevel" numeric, batches jsonb)
      where l.organization_id = ${tx.organizationId}::uuid and l.transfer_id = ${transfer.id}::uuid and l.line = x.line
    )
    update stock_transfers set status = ${status}, sent_at = ${tx.now}::timestamptz, updated_at = ${tx.now}::timestamptz
    where id = ${transfer.id}::uuid`);
  return emitTransferChanged(tx, { ...transfer, status, sentAt: tx.now, updatedAt: tx.now, items });
}

async function receiveTransferGoods(
  tx: Transaction,
  ctx: RequestContext,
  transfer: StockTransfer,
  counts: readonly ReceivedItemInput[],
): Promise<StockTransfer> {
  const status = transferStep(transfer.status, 'receive');
  const counted = await countedLines(ctx, tx, transfer, counts);
  const moves = counted.map((line) => arrivals(transfer, line));
  const moved = await moveStock(tx, ctx, moves.flat());
  let last = -1;
  const items = counted.map(({ item, quantity, reason }, index): TransferredItem => {
    last += moves[index]!.length;
    return { ...item, receivedQuantity: quantity, reason, toLevel: moved[last]!.onHand };
  });
  await tx.run(sql`
    with lines as (
      update stock_transfer_lines l set received_quantity = x."receivedQuantity", reason = x.reason, to_level = x."toLevel"
      from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as x(line int, "receivedQuantity" numeric, reason text, "toLevel" numeric)
      where l.organization_id = ${tx.organizationId}::uuid and l.transfer_id = ${transfer.id}::uuid and l.line = x.line
    )
    update stock_transfers set status = ${status}, received_at = ${tx.now}::timestamptz, updated_at = ${tx.now}::timestamptz
    where id = ${transfer.id}::uuid`);
  return emitTransferChanged(tx, { ...transfer, status, receivedAt: tx.now, updatedAt: tx.now, items });
}

async function countedLines(
  ctx: RequestContext,
  tx: Transaction,
  transfer: StockTransfer,
  counts: readonly ReceivedItemInput[],
): Promise<CountedLine[]> {
  const errors: FieldError[] = [];
  const places = await placesOf(ctx, tx, transfer, counts);
  const byLine = new Map<number, ReceivedItemInput>();
  for (const [index, count] of counts.entries()) {
    const field = (name: string) => `items.${index}.${name}`;
    if (!transfer.items.some((item) => item.line === count.line)) {
      const message = `The transfer has the lines 1 to ${transfer.items.length}.`;
      errors.push({ field: field('line'), message, code: 'NOT_FOUND' });
    } else if (byLine.has(count.line)) {
      errors.push({ field: field('line'), message: 'The line appears twice.', code: 'INVALID' });
    }
    if (count.quantity.lessThan(0)) {
      errors.push({ field: field('quantity'), message: 'A count cannot be negative.', code: 'INVALID' });
    }
    errors.push(
      ...quantityErrors(
        field('quantity'),
        count.quantity,
        places.get(count.line) ?? { sku: '', quantityPlaces: 0 },
      ),
    );
    byLine.set(count.line, count);
  }
  throwFieldErrors(errors);
  return transfer.items.map((item) => {
    const count = byLine.get(item.line);
    const quantity = count?.quantity ?? item.quantity;
    const reason = quantity.equals(item.quantity) ? null : (count?.reason ?? 'transfer_difference');
    return { item, quantity, reason };
  });
}

/** The decimal places of the counted lines; the most that a quantity has for items that are no longer sold. */
async function placesOf(
  ctx: RequestContext,
  tx: Transaction,
  transfer: StockTransfer,
  counts: readonly ReceivedItemInput[],
) {
  const items = transfer.items.filter((item) => counts.some((count) => count.line === item.line));
  const references = items.map(({ variantId }) => ({ variantId }));
  const found = items.length === 0 ? [] : await resolveItems(ctx, tx, references, '');
  return new Map(
    items.map(({ line, sku }, index) => [
      line,
      { sku, quantityPlaces: found[index]?.quantityPlaces ?? QUANTITY_PLACES },
    ]),
  );
}

function emitTransferChanged(tx: Transaction, transfer: StockTransfer): StockTransfer {
  const { id, status, fromWarehouseId, toWarehouseId } = transfer;
  tx.emit(transferChanged({ key: id, payload: { id, status, fromWarehouseId, toWarehouseId } }));
  return transfer;
}
