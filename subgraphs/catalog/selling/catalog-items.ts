/** Items as the catalogue has them, with their prices at all times: cached, because every scan and every sale needs them. */
import { droppedBy, type CacheDefinition } from '#kernel/cache';
import type { RequestContext } from '#kernel/context';
import { join, sql, type Queryable, type Sql } from '#kernel/db/database';
import type { RowOf } from '#kernel/db/table';
import { Decimal } from '#kernel/decimal';
import { priceListChanged, productChanged, taxClassChanged } from '../events';
import type { DatedRate, ListedPrice, PriceSchedule } from './item-terms.rules';
import { ITEM_NAME } from './item-names';
import { SOLD_PRODUCT } from './sold-items';

/** A variant that can be sold: neither it nor its product is inactive or deleted. */
export interface CatalogItem extends PriceSchedule, RowOf<typeof SOLD_PRODUCT> {
  readonly productId: string;
  readonly variantId: string;
  readonly sku: string;
  readonly skuKey: string;
  /** Whether a reference to the product means this variant. */
  readonly isDefault: boolean;
  /** Name of the product, followed by the variant's own name if it has one. */
  readonly name: string;
  readonly productName: string;
  /** Its barcodes, in canonical form. */
  readonly codes: readonly string[];
  /** The first barcode, as entered. */
  readonly barcode: string | null;
  /** The code of the tax class. */
  readonly taxClass: string | null;
}

/** One way to find an item: a code is a barcode in canonical form, a SKU is folded, ids are lowercase. */
export interface ItemKey {
  readonly kind: 'variant' | 'product' | 'code' | 'sku';
  readonly value: string;
}

const HOUR_MS = 3_600_000;

/** The rule of the guide: the catalogue for an hour. Its changes drop the items at once. */
export const CATALOG_ITEMS: CacheDefinition<CatalogItem> = {
  name: 'catalog_items',
  domain: 'catalog',
  maxSize: 20_000,
  lifetimeMs: HOUR_MS,
  drops: [
    droppedBy(productChanged, ({ productIds }) => productIds),
    droppedBy(priceListChanged),
    droppedBy(taxClassChanged),
  ],
};

/** Finds an item among those that were read. */
export type FindItem = (key: ItemKey) => CatalogItem | undefined;

/**
 * Reads the items of references, each of which may have several keys, the best first. One statement, or none if all are cached: a
 * reference is settled by its first key that names an item, so only the keys before it are read.
 */
export async function catalogItems(
  ctx: RequestContext,
  db: Queryable,
  references: readonly (readonly ItemKey[])[],
): Promise<FindItem> {
  const { organizationId } = db;
  const cache = ctx.caches.of(CATALOG_ITEMS);
  const items = new Map<string, CatalogItem>();
  const missing = new Map<string, ItemKey>();
  for (const keys of references) {
    for (const key of keys) {
      const name = nameOf(key);
      if (items.has(name)) break;
      const item = cache.get(organizationId, name);
      if (item) {
        items.set(name, item);
        break;
      }
      missing.set(name, key);
    }
  }
  if (missing.size > 0) {
    const keep = cache.keeping(db);
    for (const item of await readItems(db, organizationId, [...missing.values()])) {
      const keys = namesOf(item);
      for (const name of keys) items.set(name, item);
      keep({ value: item, keys, group: item.productId, size: sizeOf(item) });
    }
  }
  return (key) => items.get(nameOf(key));
}

function nameOf({ kind, value }: ItemKey): string {
  return `${kind} ${value}`;
}

function namesOf({ variantId, productId, isDefault, skuKey, codes }: CatalogItem): string[] {
  const keys: ItemKey[] = [
    { kind: 'variant', value: variantId },
    { kind: 'sku', value: skuKey },
    ...(isDefault ? [{ kind: 'product', value: productId } as const] : []),
    ...codes.map((value) => ({ kind: 'code', value }) as const),
  ];
  return keys.map(nameOf);
}

/** Most items have few barcodes and prices; those with many count more. */
function sizeOf({ codes, listedPrices, taxRates }: CatalogItem): number {
  return 1 + Math.floor((codes.length + listedPrices.length + taxRates.length) / 10);
}

/** Queries for the variant of a key, by its kind. */
const FINDERS: Readonly<Record<ItemKey['kind'], (organizationId: string) => Sql>> = {
  variant: () => sql`select a.value::uuid as id`,
  product: (organizationId) => sql`
    select v.id from variants v
    where v.organization_id = ${organizationId}::uuid and v.product_id = a.value::uuid and v.is_default and v.deleted_at is null`,
  code: (organizationId) => sql`
    select b.variant_id as id from barcodes b where b.organization_id = ${organizationId}::uuid and b.code = a.value`,
  sku: (organizationId) => sql`
    select v.id from variants v
    where v.organization_id = ${organizationId}::uuid and v.sku_key = a.value and v.deleted_at is null`,
};

/** A row: JSON has amounts as texts, because its numbers are not exact. */
type ItemRow = Omit<CatalogItem, 'listedPrices' | 'taxRates' | 'codes'> & {
  codes: string[] | null;
  listed: (Omit<ListedPrice, 'price' | 'minQuantity'> & { price: string; minQuantity: string })[] | null;
  rates: (Omit<DatedRate, 'rate'> & { rate: string })[] | null;
  classRate: Decimal | null;
};

/**
 * Each item is looked up by its key, one after the other. `limit 1` keeps the planner from reading a whole table before there are
 * statistics, as after a first import. A list keeps the statement the same for baskets of all lengths, so it is planned once.
 */
async function readItems(
  db: Queryable,
  organizationId: string,
  keys: readonly ItemKey[],
): Promise<CatalogItem[]> {
  // Only the parts that this request needs: a scan uses one index, not four.
  const parts = (Object.keys(FINDERS) as ItemKey['kind'][]).flatMap((kind) => {
    const values = keys.filter((key) => key.kind === kind).map(({ value }) => value);
    return values.length === 0
      ? []
      : [
          sql`
      select f.id from unnest(${values}::text[]) as a (value) cross join lateral (${FINDERS[kind](organizationId)} limit 1) f`,
        ];
  });
  const rows = await db.many<ItemRow>(sql`
    select p.id as product_id, v.id as variant_id, v.sku, v.sku_key, v.is_default, v.price,
      ${ITEM_NAME} as name, p.name as product_name, ${SOLD_PRODUCT.select('p')},
      own.codes, own.barcode, listed.listed, dated.rates, class.rate as class_rate, class.code as tax_class
    from (${join(parts, ' union ')}) asked
    cross join lateral (select * from variants v where v.id = asked.id and v.active and v.deleted_at is null limit 1) v
    cross join lateral (select * from products p where p.id = v.product_id and p.active and p.deleted_at is null limit 1) p
    left join lateral (select t.rate, t.code from tax_classes t where t.id = p.tax_class_id limit 1) class on true
    left join lateral (
      select array_agg(b.code order by b.position) as codes, (array_agg(b.text order by b.position))[1] as barcode
      from barcodes b where b.variant_id = v.id
    ) own on true
    left join lateral (
      select jsonb_agg(jsonb_build_object('price', e.price::text, 'minQuantity', e.min_quantity::text,
          'fromMs', extract(epoch from l.valid_from) * 1000, 'toMs', extract(epoch from l.valid_to) * 1000, 'branchIds', l.branch_ids)
        order by l.priority desc, e.min_quantity desc, l.id desc) as listed
      from price_list_entries e join price_lists l on l.id = e.price_list_id
      where e.variant_id = v.id and l.active
    ) listed on true
    left join lateral (
      select jsonb_agg(jsonb_build_object('rate', r.rate::text, 'fromMs', extract(epoch from r.valid_from) * 1000)
        order by r.valid_from desc) as rates
      from tax_rates r where r.tax_class_id = p.tax_class_id
    ) dated on true`);
  return rows.map(toCatalogItem);
}

function toCatalogItem({ listed, rates, classRate, codes, ...row }: ItemRow): CatalogItem {
  return {
    ...row,
    codes: codes ?? [],
    listedPrices: (listed ?? []).map(({ price, minQuantity, ...period }) => ({
      ...period,
      price: new Decimal(price),
      minQuantity: new Decimal(minQuantity),
    })),
    taxRates: [
      ...(rates ?? []).map(({ rate, fromMs }) => ({ rate: new Decimal(rate), fromMs })),
      ...(classRate ? [{ rate: classRate, fromMs: null }] : []),
    ],
  };
}
