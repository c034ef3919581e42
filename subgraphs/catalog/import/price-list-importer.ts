/** Imports the prices of a price list: each row has an item, the quantity from which the price applies, and the price. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { ONE, type Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { CellReader } from '#kernel/import/cell-reader.rules';
import { checkedPrice } from '../products/product-validators.rules';
import { toAlreadyExists } from '../unique-violations';
import type { BatchResult, Importer, RowError, SeenKeys } from '#kernel/import/importer';
import { PRICE_LIST_COLUMNS, type PriceListColumn } from './product-columns.rules';
import { skuKey } from '../normalize.rules';
import { canonicalBarcode } from '../barcodes/normalize-barcode.rules';
import {
  MAX_PRICES,
  checkMinQuantity,
  entryKey,
  lockPriceList,
  presentPrices,
  priceListById,
  writePrices,
} from '../prices/price-lists';
import { takenCodes } from '../products/products.queries';

/** A row as read. */
interface PriceDraft {
  readonly row: number;
  readonly variantId: string | undefined;
  readonly sku: string | undefined;
  readonly barcode: string | undefined;
  readonly price: Decimal | undefined;
  readonly minQuantity: Decimal;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldError[];
}

/** A row whose item is known. */
interface PlannedPrice {
  readonly draft: PriceDraft;
  readonly variantId: string;
  /** Identifies a price within a list. */
  readonly key: string;
}

const CODES: ReadonlySet<PriceListColumn> = new Set(['sku', 'barcode']);

/** Creates the importer of one price list. Prices that no row names stay. @throws PosProError 404 */
export async function priceListImporter(
  ctx: RequestContext,
  id: string,
): Promise<Importer<PriceDraft, PriceListColumn>> {
  const list = await priceListById(ctx, id);
  return {
    kind: 'price_list',
    target: list.id,
    columns: PRICE_LIST_COLUMNS,
    amounts: ['price', 'minQuantity'],
    explain: toAlreadyExists,
    missing: (named) =>
      named.has('price') ? [] : ['There is no column "price", so no row can be imported.'],
    read: (numbered, numbers) => readPrice(numbered.row, new CellReader(numbered, numbers, CODES)),
    write: (tx, context, drafts, seen) => writeBatch(tx, context, list.id, drafts, seen),
  };
}

function readPrice(row: number, read: CellReader<PriceListColumn>): PriceDraft {
  const price = read.decimal('price');
  const minQuantity = read.decimal('minQuantity');
  if (price) checkedPrice(read.faults, 'price', price);
  if (minQuantity) checkMinQuantity(read.faults, 'minQuantity', minQuantity);
  const named = { variantId: read.text('variantId'), sku: read.text('sku'), barcode: read.text('barcode') };
  const unread = new Set(read.errors.map(({ field }) => field));
  if (!price && !unread.has('price') && !unread.has('row'))
    read.faults.add('price', 'Is missing.', 'REQUIRED');
  if (
    Object.values(named).every((value) => value === undefined) &&
    !['variantId', 'sku', 'barcode', 'row'].some((field) => unread.has(field))
  )
    read.faults.add('sku', 'Name the item by variant_id, sku or barcode.', 'REQUIRED');
  return {
    row,
    ...named,
    price,
    minQuantity: minQuantity ?? ONE,
    errors: read.errors,
    warnings: read.warnings,
  };
}

/** Writes the valid rows of a batch in a fixed number of statements; an unchanged price is not written again. */
async function writeBatch(
  tx: Transaction,
  ctx: RequestContext,
  listId: string,
  drafts: readonly PriceDraft[],
  seen: SeenKeys,
): Promise<BatchResult> {
  const list = await lockPriceList(tx, listId);
  const { planned, faults } = plan(drafts, await itemsOf(tx, drafts), seen);
  const present = await presentPrices(
    tx,
    list.id,
    planned.map(({ variantId }) => variantId),
  );
  const { count } = await tx.one<{ count: number }>(sql`
    select count(*) as count from price_list_entries e where e.price_list_id = ${list.id}::uuid`);
  const fresh = planned.filter(({ key }) => !present.has(key));
  const excess = new Set(fresh.slice(Math.max(0, MAX_PRICES - count)));
  const taken = planned.filter((price) => !excess.has(price));
  const changed = taken.filter(({ key, draft }) => present.get(key)?.price.equals(draft.price!) !== true);
  const place = { organizationId: tx.organizationId, priceListId: list.id };
  const rows = changed.map(({ draft, variantId }) => ({
    id: ctx.ids.next(), ...place, variantId, minQuantity: draft.minQuantity, price: draft.price!,
  })); // prettier-ignore
  if (rows.length > 0) await writePrices(tx, list, rows);
  const full = [...excess].map(({ draft: { row } }): RowError => ({
    row,
    field: 'row',
    message: `A list has at most ${MAX_PRICES} prices.`,
    code: 'LENGTH',
  }));
  return {
    created: fresh.length - excess.size,
    updated: planned.length - fresh.length,
    unchanged: taken.length - changed.length,
    deleted: 0,
    faults: [...faults, ...full],
    oddities: taken.flatMap(({ draft: { row, warnings } }) =>
      warnings.map((warning) => ({ row, ...warning })),
    ),
    taken: taken.map(({ key, draft }) => ({ key, row: draft.row })),
    notes: [],
  };
}

/** Finds the items of a batch: at most three statements. */
async function itemsOf(tx: Transaction, drafts: readonly PriceDraft[]): Promise<ReadonlyMap<string, string>> {
  const ids = drafts.flatMap(({ variantId }) =>
    variantId !== undefined && isUuid(variantId) ? variantId : [],
  );
  const codes = await takenCodes(tx, tx.organizationId, {
    skuKeys: [...new Set(drafts.flatMap(({ sku }) => (sku === undefined ? [] : skuKey(sku))))],
    codes: [
      ...new Set(drafts.flatMap(({ barcode }) => (barcode === undefined ? [] : canonicalBarcode(barcode)))),
    ],
  });
  const known = await tx.many<{ id: string }>(sql`
    select v.id from variants v where v.id = any(${ids}::uuid[]) and v.deleted_at is null`);
  return new Map([
    ...codes.map(({ kind, key, variantId }): [string, string] => [`${kind} ${key}`, variantId]),
    ...known.map(({ id }): [string, string] => [`variantId ${id}`, id]),
  ]);
}

function plan(drafts: readonly PriceDraft[], items: ReadonlyMap<string, string>, seen: SeenKeys) {
  const planned: PlannedPrice[] = [];
  const faults: RowError[] = [];
  const rows = new Map<string, number>();
  for (const draft of drafts) {
    const { row } = draft;
    const found = namesOf(draft).map(({ field, key, text }) => ({
      field,
      text,
      variantId: items.get(`${field} ${key}`),
    }));
    const wrong: FieldError[] = found.flatMap(({ field, text, variantId }) => {
      if (variantId === undefined)
        return { field, message: `There is no item "${text.slice(0, 80)}".`, code: 'PRODUCT_NOT_FOUND' };
      const same = variantId === (found[0]!.variantId ?? variantId);
      return same
        ? []
        : { field, message: `Names another item than ${found[0]!.field} does.`, code: 'CONTRADICTION' };
    });
    const variantId = found[0]?.variantId;
    const key = variantId === undefined ? '' : entryKey({ variantId, minQuantity: draft.minQuantity });
    const twin = rows.get(key) ?? seen.get(key);
    if (twin !== undefined)
      wrong.push({
        field: found[0]!.field,
        message: `The same item and quantity are already in row ${twin}.`,
        code: 'ALREADY_EXISTS',
      });
    const all = draft.errors.some(({ field }) => field === 'row')
      ? draft.errors
      : [...draft.errors, ...wrong];
    faults.push(...all.map((fault) => ({ ...fault, row })));
    if (all.length > 0 || variantId === undefined) continue;
    rows.set(key, row);
    planned.push({ draft, variantId, key });
  }
  return { planned, faults };
}

function namesOf({ variantId, sku, barcode }: PriceDraft): { field: string; key: string; text: string }[] {
  return [
    ...(variantId === undefined
      ? []
      : [{ field: 'variantId', key: variantId.toLowerCase(), text: variantId }]),
    ...(sku === undefined ? [] : [{ field: 'sku', key: skuKey(sku), text: sku }]),
    ...(barcode === undefined ? [] : [{ field: 'barcode', key: canonicalBarcode(barcode), text: barcode }]),
  ];
}
