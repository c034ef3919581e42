/** Goods receipts: goods that arrived together, with their costs. */
import { userOf } from '#kernel/auth/access';
import { throwFieldErrors, textErrors } from '#kernel/validation';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import { nextNumber } from '#kernel/db/counters';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { invalid, notFound, type FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { inPeriod, listPage, sameId, type Page } from '#kernel/paging';
import type { QueryStockReceiptsArgs, ReceiveGoodsInput } from '../inputs.generated';
import { costErrors, quantityErrors, stockedItems, warehouseFor } from '../stock/stocked-items';
import { moveStock } from '../stock/move-stock';
import {
  stockReceiptLines,
  stockReceipts,
  type StockReceiptLineRow,
  type StockReceiptRow,
} from '../tables.generated';

/** One line of a goods receipt. */
export type ReceiptLine = Omit<StockReceiptLineRow, 'organizationId' | 'receiptId'>;

/** A row of `stock_receipts` with its lines. */
export interface StockReceipt extends StockReceiptRow {
  lines: ReceiptLine[];
}

/** The columns of a ReceiptLine and its receipt. */
const READ_LINE = stockReceiptLines.omit('organizationId');

const MAX_LINES = 500;

/**
 * Records a goods receipt: its costs change the weighted averages, its batches are kept.
 * @throws PosProError 404 for an unknown product or warehouse, 409 ILLEGAL_STATE for a warehouse out of use, 422 for invalid values.
 */
export async function receiveGoods(ctx: RequestContext, input: ReceiveGoodsInput): Promise<StockReceipt> {
  throwFieldErrors(receiptErrors(input));
  const work = async (tx: Transaction): Promise<StockReceipt> => {
    const id = ctx.ids.next();
    const warehouseId = await warehouseFor(tx, ctx, input.warehouseId);
    const items = await stockedItems(ctx, tx, input.items, (index) => `items.${index}.`);
    throwFieldErrors(
      items.flatMap((item, index) =>
        quantityErrors(`items.${index}.quantity`, input.items[index]!.quantity, item),
      ),
    );
    const lines = items.map(({ variantId, productId, sku }, index): ReceiptLine => {
      const { quantity, unitCost, batchNumber, expiresOn } = input.items[index]!;
      const batch = { batchNumber: emptyToNull(batchNumber), expiresOn: expiresOn ?? null };
      return { line: index + 1, variantId, productId, sku, quantity, unitCost: unitCost ?? null, ...batch };
    });
    const moves = lines.map((line, index) => ({
      ...{ line: index, warehouseId, quantity: line.quantity, kind: 'receipt' as const },
      ...{ variantId: line.variantId, productId: line.productId, sku: line.sku },
      unitCost: line.unitCost ?? undefined,
      note: input.note,
      referenceType: 'receipt',
      referenceId: id,
      batch: line.batchNumber === null && line.expiresOn === null ? undefined : line,
    }));
    await moveStock(tx, ctx, moves);
    return insertReceipt(tx, {
      id,
      organizationId: tx.organizationId,
      number: await nextNumber(tx, 'stock-receipt'),
      warehouseId,
      supplierReference: input.supplierReference ?? null,
      note: input.note ?? null,
      userId: userOf(ctx) ?? null,
      createdAt: tx.now,
      lines,
    });
  };
  return transact(ctx, work, { idempotent: { operation: 'receiveGoods', input } });
}

function receiptErrors({ items, note, supplierReference }: ReceiveGoodsInput): FieldError[] {
  if (items.length < 1 || items.length > MAX_LINES)
    throw invalid('items', `A receipt has 1 to ${MAX_LINES} items.`);
  const errors = [
    ...textErrors('note', note, { max: 500 }),
    ...textErrors('supplierReference', supplierReference, { max: 100 }),
  ];
  for (const [index, line] of items.entries()) {
    const field = (name: string) => `items.${index}.${name}`;
    if (!line.quantity.greaterThan(0)) {
      errors.push({
        field: field('quantity'),
        message: 'The quantity must be greater than zero.',
        code: 'INVALID',
      });
    }
    errors.push(
      ...costErrors(field('unitCost'), line.unitCost),
      ...textErrors(field('batchNumber'), line.batchNumber, { max: 50 }),
    );
  }
  return errors;
}

async function insertReceipt(tx: Transaction, receipt: StockReceipt): Promise<StockReceipt> {
  const { id: receiptId, organizationId } = receipt;
  const lines: StockReceiptLineRow[] = receipt.lines.map((line) => ({ ...line, organizationId, receiptId }));
  await tx.run(sql`
    with receipt as (
      ${stockReceipts.insert(receipt)}
    )
    insert into stock_receipt_lines (${stockReceiptLines.columns})
    select ${stockReceiptLines.values('x')}
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as x(${stockReceiptLines.definitions})`);
  return receipt;
}

/** Receipts, the newest first. Two statements. */
export async function listReceipts(
  ctx: RequestContext,
  filter: QueryStockReceiptsArgs,
): Promise<Page<StockReceipt>> {
  const where = [...sameId(sql`r.warehouse_id`, filter.warehouseId), ...inPeriod(sql`r.created_at`, filter)];
  if (filter.supplierReference != null) where.push(sql`r.supplier_reference = ${filter.supplierReference}`);
  const sorts = { createdAt: sql`r.id`, number: sql`r.number` };
  const list = {
    select: stockReceipts.select('r'),
    from: sql`stock_receipts r`,
    where,
    sorts,
    defaultSort: '-createdAt',
    id: sql`r.id`,
  };
  const page = await listPage<StockReceiptRow>(ctx.db, list, filter);
  return { ...page, items: await withLines(ctx.db, page.items) };
}

/** One receipt. Two statements. @throws PosProError 404. */
export async function receiptById(db: Queryable, id: string): Promise<StockReceipt> {
  if (!isUuid(id)) throw notFound('receipt', id);
  const row = await db.maybeOne<StockReceiptRow>(
    sql`select ${stockReceipts.select('r')} from stock_receipts r where r.id = ${id}::uuid`,
  );
  if (!row) throw notFound('receipt', id);
  return (await withLines(db, [row]))[0]!;
}

async function withLines(db: Queryable, rows: readonly StockReceiptRow[]): Promise<StockReceipt[]> {
  if (rows.length === 0) return [];
  const stored = await db.many<ReceiptLine & { receiptId: string }>(sql`
    select ${READ_LINE.select('l')} from stock_receipt_lines l
    where l.organization_id = ${rows[0]!.organizationId}::uuid and l.receipt_id = any(${rows.map((row) => row.id)}::uuid[])
    order by l.receipt_id, l.line`);
  const lines = stored.map(({ receiptId, ...line }) => ({ receiptId, line }));
  const byReceipt = groupBy(lines, ({ receiptId }) => receiptId);
  return rows.map((row) => ({ ...row, lines: (byReceipt.get(row.id) ?? []).map(({ line }) => line) }));
}
