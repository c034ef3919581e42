/** Price lists: prices by branch and time, which replace the variants' own. resolve-items.ts decides which one applies. */
import type { RequestContext } from '#kernel/context';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import type { RowOf } from '#kernel/db/table';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { ONE, type Decimal } from '#kernel/decimal';
import { notFound, PosProError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { sellingTerms } from '#subgraphs/auth/index';
import { FieldErrors } from '#kernel/validation';
import { nameKey } from '#kernel/fold-text.rules';
import { checkedLabel, checkedPrice } from '../products/product-validators.rules';
import { mapUniqueViolations } from '../unique-violations';
import type {
  CreatePriceListInput,
  ListedPriceInput,
  QueryPriceListsArgs,
  UpdatePriceListInput,
} from '../inputs.generated';
import { skuKey } from '../normalize.rules';
import { priceListEntries, priceLists, type PriceListEntryRow, type PriceListRow } from '../tables.generated';
import { priceListChanged } from '../events';

const LISTED_PRICE = priceListEntries.omit('organizationId', 'priceListId');

/** The price of a variant in a price list, from a quantity on. */
export interface ListedPriceRow extends RowOf<typeof LISTED_PRICE> {
  readonly sku: string;
}

const MAX_BRANCHES = 500;
/** Maximum number of prices of one list, each for an item and a quantity. */
export const MAX_PRICES = 20_000;
const MAX_PRIORITY = 1_000_000;

/** A page of price lists, highest priority first. */
export function listPriceLists(db: Queryable, filter: QueryPriceListsArgs): Promise<Page<PriceListRow>> {
  const where = filter.active == null ? [] : [sql`l.active = ${filter.active}`];
  const sorts = { priority: sql`l.priority`, name: sql`l.name`, createdAt: sql`l.created_at` };
  const from = sql`price_lists l`;
  const list = {
    select: priceLists.select('l'),
    from,
    where,
    sorts,
    updatedAt: sql`l.updated_at`,
    defaultSort: '-priority',
    id: sql`l.id`,
  };
  return listPage<PriceListRow>(db, list, filter);
}

/** A page of the prices of a list. @throws PosProError 404 */
export async function listPrices(
  ctx: RequestContext,
  id: string,
  filter: PageArgs,
): Promise<Page<ListedPriceRow>> {
  await priceListById(ctx, id);
  return listPage<ListedPriceRow>(
    ctx.db,
    {
      select: sql`${LISTED_PRICE.select('e')}, v.sku`,
      from: sql`price_list_entries e join variants v on v.id = e.variant_id`,
      where: [sql`e.price_list_id = ${id}::uuid`],
      sorts: { sku: sql`v.sku`, price: sql`e.price` },
      defaultSort: 'sku',
      id: sql`e.id`,
    },
    filter,
  );
}

/** A list. @throws PosProError 404 */
export async function priceListById(
  { prisma }: Pick<RequestContext, 'prisma'>,
  id: string,
): Promise<PriceListRow> {
  const row = isUuid(id) ? await prisma.priceList.findUnique({ where: { id } }) : null;
  if (!row) throw notFound('price list', id);
  return row;
}

/** Creates a price list without prices. Emits "price_list.changed". @throws PosProError 422 by field; 409 for a taken name. */
export async function createPriceList(
  ctx: RequestContext,
  input: CreatePriceListInput,
): Promise<PriceListRow> {
  const empty = { branchIds: [], validFrom: null, validTo: null, priority: 0, active: true };
  const checked = await checkedList(ctx.db, input, empty);
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const { name } = checked;
      const ids = { id: ctx.ids.next(), organizationId: tx.organizationId };
      const row = { ...ids, ...checked, nameKey: nameKey(name), createdAt: tx.now, updatedAt: tx.now };
      const list = await tx.prisma.priceList.create({ data: row });
      tx.emit(priceListChanged({ key: list.id, payload: { name, change: 'created' } }));
      return list;
    }),
  );
}

/**
 * Updates a price list; its prices stay. Emits "price_list.changed".
 * @throws PosProError 404; 422 by field; 409 for a taken name, and for another version.
 */
export async function updatePriceList(
  ctx: RequestContext,
  id: string,
  { version, ...input }: UpdatePriceListInput,
): Promise<PriceListRow> {
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, priceLists, 'price list', { id, version });
      const checked = await checkedList(tx, input, before);
      const data = { ...checked, nameKey: nameKey(checked.name), updatedAt: tx.now };
      const after = await tx.prisma.priceList.update({ where: { id: before.id }, data });
      if (isChanged(before, after))
        tx.emit(priceListChanged({ key: after.id, payload: { name: after.name, change: 'updated' } }));
      return after;
    }),
  );
}

type Checked = Pick<PriceListRow, 'name' | 'branchIds' | 'validFrom' | 'validTo' | 'priority' | 'active'>;

async function checkedList(
  db: Queryable,
  input: UpdatePriceListInput,
  before: Omit<Checked, 'name'> & { name?: string },
): Promise<Checked> {
  const faults = new FieldErrors();
  const name = checkedLabel(faults, 'name', input.name ?? before.name ?? '', 100);
  const branchIds = [...new Set((input.branchIds ?? before.branchIds).map((id) => id.toLowerCase()))];
  const validFrom = input.validFrom === undefined ? before.validFrom : input.validFrom;
  const validTo = input.validTo === undefined ? before.validTo : input.validTo;
  const priority = input.priority ?? before.priority;
  if (Math.abs(priority) > MAX_PRIORITY) faults.add('priority', 'Is too large.', 'RANGE');
  if (validFrom && validTo && validTo <= validFrom)
    faults.add('validTo', 'Must be later than valid_from.', 'RANGE');
  if (branchIds.length > MAX_BRANCHES)
    faults.add('branchIds', `Name at most ${MAX_BRANCHES} branches; none means all.`, 'LENGTH');
  else if (input.branchIds) await checkBranches(db, faults, branchIds);
  faults.throwIfAny();
  return { name, branchIds, validFrom, validTo, priority, active: input.active ?? before.active };
}

async function checkBranches(
  db: Queryable,
  faults: FieldErrors,
  branchIds: readonly string[],
): Promise<void> {
  for (const [index, id] of branchIds.entries()) {
    try {
      await sellingTerms(db, id);
    } catch (error) {
      if (!(error instanceof PosProError) || error.code !== 'NOT_FOUND') throw error;
      faults.add(`branchIds.${index}`, 'There is no such branch.', 'NOT_FOUND');
    }
  }
}

/** Deletes a list with its prices. Emits "price_list.changed". @throws PosProError 404; 409 for another version. */
export async function deletePriceList(
  ctx: RequestContext,
  listId: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const { id } = await lockVersion(tx, priceLists, 'price list', { id: listId, version });
    await tx.prisma.priceList.delete({ where: { id } });
    tx.emit(priceListChanged({ key: id, payload: { change: 'deleted' } }));
    return deletionOf(id);
  });
}

/**
 * Replaces all prices of a list. Emits "price_list.changed".
 * @throws PosProError 404; 409 for another version; 422 by field for an unknown item, an invalid price, or a price that is given twice.
 */
export async function setListedPrices(
  ctx: RequestContext,
  id: string,
  prices: readonly ListedPriceInput[],
  version?: number | null,
): Promise<PriceListRow> {
  const faults = new FieldErrors();
  if (prices.length > MAX_PRICES) faults.add('prices', `A list has at most ${MAX_PRICES} prices.`, 'LENGTH');
  faults.throwIfAny();
  prices.forEach(({ price, minQuantity }, index) => {
    checkedPrice(faults, `prices.${index}.price`, price);
    if (minQuantity) checkMinQuantity(faults, `prices.${index}.minQuantity`, minQuantity);
  });
  return transact(ctx, async (tx) => {
    const list = await lockVersion(tx, priceLists, 'price list', { id, version });
    const rows = await listedRows(tx, ctx, faults, list.id, prices);
    faults.throwIfAny();
    const present = await presentPrices(tx, list.id);
    const changed = rows.filter((row) => present.get(entryKey(row))?.price.equals(row.price) !== true);
    for (const row of rows) present.delete(entryKey(row));
    const removed = [...present.values()].map(({ id }) => id);
    if (changed.length + removed.length === 0) return list;
    await tx.prisma.priceListEntry.deleteMany({ where: { id: { in: removed } } });
    return writePrices(tx, list, changed);
  });
}

type PresentPrice = Pick<PriceListEntryRow, 'id' | 'variantId' | 'minQuantity' | 'price'>;

/** Key of a price within a list: the variant and its minimum quantity. */
export function entryKey({
  variantId,
  minQuantity,
}: Pick<PriceListEntryRow, 'variantId' | 'minQuantity'>): string {
  return `${variantId} ${minQuantity.toFixed()}`;
}

/** The prices that a list has, by `entryKey`. @param variantIds only prices of these variants. Optional; defaults to all. */
export async function presentPrices(
  tx: Transaction,
  listId: string,
  variantIds: readonly string[] | null = null,
): Promise<Map<string, PresentPrice>> {
  const rows = await tx.many<PresentPrice>(sql`
    select e.id, e.variant_id, e.min_quantity, e.price from price_list_entries e
    where e.price_list_id = ${listId}::uuid and (${variantIds}::uuid[] is null or e.variant_id = any(${variantIds}::uuid[]))`);
  return new Map(rows.map((row) => [entryKey(row), row]));
}

/** Writes new and changed prices of a list that is locked; they are a part of it. Emits "price_list.changed". */
export async function writePrices(
  tx: Transaction,
  list: PriceListRow,
  rows: readonly PriceListEntryRow[],
): Promise<PriceListRow> {
  await tx.run(sql`
    insert into price_list_entries (${priceListEntries.columns}) select ${priceListEntries.values('x')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (${priceListEntries.definitions})
    on conflict (organization_id, price_list_id, variant_id, min_quantity) do update set price = excluded.price`);
  tx.emit(priceListChanged({ key: list.id, payload: { name: list.name, change: 'priced' } }));
  return tx.one<PriceListRow>(sql`
    update price_lists set version = version + 1, updated_at = ${tx.now} where id = ${list.id}::uuid returning ${priceLists.columns}`);
}

/** Checks the quantity from which a price applies. */
export function checkMinQuantity(faults: FieldErrors, field: string, value: Decimal): void {
  if (!value.greaterThan(0) || value.decimalPlaces() > 3 || value.greaterThan(1e9))
    faults.add(field, 'Must be above zero, with at most 3 decimal places.', 'RANGE');
}

/** A price list, locked until the commit, so that only one writer at a time changes its prices. @throws PosProError 404 */
export function lockPriceList(tx: Transaction, id: string): Promise<PriceListRow> {
  return lockVersion(tx, priceLists, 'price list', { id });
}

async function listedRows(
  tx: Transaction,
  ctx: RequestContext,
  faults: FieldErrors,
  priceListId: string,
  prices: readonly ListedPriceInput[],
): Promise<PriceListEntryRow[]> {
  const { organizationId } = tx;
  const variants = await namedVariants(tx, prices);
  const seen = new Set<string>();
  return prices.flatMap((given, index) => {
    const { price, minQuantity: wanted } = given;
    const minQuantity = wanted ?? ONE;
    const variantId = variants.get(keyOf(given));
    if (variantId === undefined) {
      faults.add(
        `prices.${index}`,
        'There is no such item; name it by variant_id, product_id or sku.',
        'PRODUCT_NOT_FOUND',
      );
      return [];
    }
    const from = minQuantity.toFixed();
    if (seen.has(`${variantId} ${from}`))
      faults.add(`prices.${index}`, 'The same item and quantity are already in the list.', 'ALREADY_EXISTS');
    seen.add(`${variantId} ${from}`);
    return [{ id: ctx.ids.next(), organizationId, priceListId, variantId, minQuantity, price }];
  });
}

function keyOf({ variantId, productId, sku }: ListedPriceInput): string {
  if (variantId) return `variant ${variantId.toLowerCase()}`;
  return productId ? `product ${productId.toLowerCase()}` : `sku ${skuKey(sku ?? '')}`;
}

/** The variants that prices name, by the key of `keyOf`: one statement. */
async function namedVariants(
  tx: Transaction,
  prices: readonly ListedPriceInput[],
): Promise<ReadonlyMap<string, string>> {
  const ids = prices.flatMap(({ variantId }) => (variantId && isUuid(variantId) ? variantId : []));
  const products = prices.flatMap(({ productId }) => (productId && isUuid(productId) ? productId : []));
  const skus = prices.flatMap(({ sku }) => (sku ? skuKey(sku) : []));
  const rows = await tx.many<{ key: string; id: string }>(sql`
    select 'variant ' || v.id as key, v.id from variants v where v.id = any(${ids}::uuid[]) and v.deleted_at is null
    union all
    select 'product ' || v.product_id, v.id from variants v
    where v.product_id = any(${products}::uuid[]) and v.is_default and v.deleted_at is null
    union all
    select 'sku ' || v.sku_key, v.id from variants v
    where v.organization_id = ${tx.organizationId}::uuid and v.sku_key = any(${skus}::text[]) and v.deleted_at is null`);
  return new Map(rows.map(({ key, id }) => [key, id]));
}
