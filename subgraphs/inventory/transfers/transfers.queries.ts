/** Reads transfers and the goods on their way. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { groupBy } from '#kernel/collections';
import { Decimal } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, type Page } from '#kernel/paging';
import type { BatchPart } from '../batches/batches.rules';
import type { QueryStockTransfersArgs } from '../inputs.generated';
import {
  stockTransferLines,
  stockTransfers,
  type StockTransferLineRow,
  type StockTransferRow,
} from '../tables.generated';

/** A row of `stock_transfers` with its lines. */
export interface StockTransfer extends StockTransferRow {
  items: TransferredItem[];
}

/** The part of a line that is of one batch. */
export type TransferredBatch = BatchPart;

/** One line of a transfer, read with it. */
export interface TransferredItem extends Omit<
  StockTransferLineRow,
  'organizationId' | 'transferId' | 'batches'
> {
  batches: TransferredBatch[];
}

/** The columns of a TransferredItem and its transfer. */
const READ_LINE = stockTransferLines.omit('organizationId');

/** Transfers, the newest first. Two statements. */
export async function listTransfers(
  ctx: RequestContext,
  filter: QueryStockTransfersArgs,
): Promise<Page<StockTransfer>> {
  const where = [
    ...sameId(sql`t.from_warehouse_id`, filter.fromWarehouseId),
    ...sameId(sql`t.to_warehouse_id`, filter.toWarehouseId),
  ];
  if (filter.status != null) where.push(sql`t.status = ${filter.status}`);
  const list = {
    select: stockTransfers.select('t'),
    from: sql`stock_transfers t`,
    where,
    sorts: { createdAt: sql`t.id` },
    updatedAt: sql`t.updated_at`,
    defaultSort: '-createdAt',
    id: sql`t.id`,
  };
  const page = await listPage<StockTransferRow>(ctx.db, list, filter);
  return { ...page, items: await withItems(ctx.db, page.items) };
}

/** Transfers by their ids. Two statements. */
export async function transfersById(db: Queryable, ids: readonly string[]): Promise<StockTransfer[]> {
  const rows = await db.many<StockTransferRow>(
    sql`select ${stockTransfers.select('t')} from stock_transfers t where t.id = any(${ids.filter(isUuid)}::uuid[])`,
  );
  return withItems(db, rows);
}

/** One transfer. @throws PosProError 404. */
export async function transferById(db: Queryable, id: string): Promise<StockTransfer> {
  const [transfer] = await transfersById(db, [id]);
  if (!transfer) throw notFound('transfer', id);
  return transfer;
}

/** One transfer, locked until the transaction ends, so that it is sent or received only once. @throws PosProError 404. */
export async function lockTransfer(tx: Transaction, id: string): Promise<StockTransfer> {
  if (!isUuid(id)) throw notFound('transfer', id);
  const row = await tx.maybeOne<StockTransferRow>(sql`
    select ${stockTransfers.select('t')} from stock_transfers t where t.id = ${id}::uuid for update`);
  if (!row) throw notFound('transfer', id);
  return (await withItems(tx, [row]))[0]!;
}

async function withItems(db: Queryable, rows: readonly StockTransferRow[]): Promise<StockTransfer[]> {
  if (rows.length === 0) return [];
  const stored = await db.many<Omit<StockTransferLineRow, 'organizationId'>>(sql`
    select ${READ_LINE.select('l')} from stock_transfer_lines l
    where l.organization_id = ${rows[0]!.organizationId}::uuid and l.transfer_id = any(${rows.map((row) => row.id)}::uuid[])
    order by l.transfer_id, l.line`);
  const lines = stored.map(({ transferId, batches, ...line }) => ({
    transferId,
    item: { ...line, batches: batches.map((batch) => ({ ...batch, quantity: new Decimal(batch.quantity) })) },
  }));
  const byTransfer = groupBy(lines, ({ transferId }) => transferId);
  return rows.map((row) => ({ ...row, items: (byTransfer.get(row.id) ?? []).map(({ item }) => item) }));
}

/** Quantities of variants on their way to warehouses. One statement. */
export async function incomingStock(
  db: Queryable,
  places: readonly { warehouseId: string; variantId: string }[],
): Promise<{ warehouseId: string; variantId: string; quantity: Decimal }[]> {
  return db.many(sql`
    select t.to_warehouse_id as warehouse_id, l.variant_id, sum(l.quantity) as quantity
    from stock_transfers t
    join stock_transfer_lines l on l.organization_id = t.organization_id and l.transfer_id = t.id
    where t.status = 'sent' and t.to_warehouse_id = any(${places.map((place) => place.warehouseId)}::uuid[])
      and l.variant_id = any(${places.map((place) => place.variantId)}::uuid[])
    group by t.to_warehouse_id, l.variant_id`);
}

/** The quantity of a variant on its way to a warehouse. */
export interface IncomingItem {
  warehouseId: string;
  variantId: string;
  productId: string;
  sku: string;
  quantity: Decimal;
  /** At the average cost of the warehouse that the goods left, not rounded. */
  value: Decimal;
}

/** Goods on their way to some warehouses, one row per variant. One statement. */
export function incomingOf(db: Queryable, warehouseIds: readonly string[]): Promise<IncomingItem[]> {
  return db.many<IncomingItem>(sql`
    select t.to_warehouse_id as warehouse_id, l.variant_id, l.product_id, max(l.sku) as sku, sum(l.quantity) as quantity,
      sum(l.quantity * l.unit_cost) as value
    from stock_transfers t
    join stock_transfer_lines l on l.organization_id = t.organization_id and l.transfer_id = t.id
    where t.status = 'sent' and t.to_warehouse_id = any(${warehouseIds.filter(isUuid)}::uuid[])
    group by t.to_warehouse_id, l.variant_id, l.product_id order by max(l.sku), l.variant_id`);
}
