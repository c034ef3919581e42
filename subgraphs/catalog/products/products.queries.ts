import { droppedBy, type Cache, type CacheDefinition } from '#kernel/cache';
import { systemClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { join, sql, type Queryable, type Sql } from '#kernel/db/database';
import { notFound } from '#kernel/errors';
import { searchTerm, type SearchTerm } from '#kernel/fold-text.rules';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, type Page } from '#kernel/paging';
import type { QueryProductsArgs } from '../inputs.generated';
import { brandChanged, categoryChanged, productChanged } from '../events';
import { canonicalBarcode } from '../barcodes/normalize-barcode.rules';
import { skuKey } from '../normalize.rules';
import { PRODUCT_TABLES, VARIANT_COLUMNS, productColumns, type ProductRow, type VariantRow } from '../model';
import { rowsById } from '../rows-by-id';

/**
 * Products by id, deleted ones included, because old sales refer to them. One statement.
 * @param at the moment whose tax rates apply, here and below; requests pass their own clock's.
 */
export async function productsById(
  db: Queryable,
  ids: readonly string[],
  at = systemClock.now(),
): Promise<ReadonlyMap<string, ProductRow>> {
  return rowsById<ProductRow>(
    db,
    ids,
    (uuids) => sql`
    select ${productColumns(at)} from ${PRODUCT_TABLES} where p.id = any(${uuids}::uuid[])`,
  );
}

/** Variants by id, deleted ones included. One statement. */
export async function variantsById(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, VariantRow>> {
  return rowsById<VariantRow>(
    db,
    ids,
    (uuids) => sql`
    select ${VARIANT_COLUMNS} from variants v where v.id = any(${uuids}::uuid[])`,
  );
}

/** The variants of each product, the default variant first; without deleted ones, unless the product itself is deleted. */
export async function variantsOfProducts(
  db: Queryable,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, VariantRow[]>> {
  const variants = await db.many<VariantRow>(sql`
    select ${VARIANT_COLUMNS} from variants v join products p on p.id = v.product_id
    where v.product_id = any(${productIds.filter(isUuid)}::uuid[]) and (v.deleted_at is null or p.deleted_at is not null)
    order by v.product_id, v.is_default desc, v.id`);
  const found = new Map<string, VariantRow[]>();
  for (const variant of variants)
    found.set(variant.productId, [...(found.get(variant.productId) ?? []), variant]);
  return found;
}

/** A product that is not deleted. @throws PosProError NOT_FOUND */
export async function productById(db: Queryable, id: string, at = systemClock.now()): Promise<ProductRow> {
  const product = (await productsById(db, [id], at)).get(id.toLowerCase());
  if (!product || product.deletedAt) throw notFound('product', id);
  return product;
}

/** A variant of a given product, neither of them deleted. @throws PosProError NOT_FOUND */
export async function variantOfProduct(
  db: Queryable,
  productId: string,
  variantId: string,
): Promise<VariantRow> {
  if (!isUuid(productId) || !isUuid(variantId)) throw notFound('variant', variantId);
  const variant = await db.maybeOne<VariantRow>(sql`
    select ${VARIANT_COLUMNS} from variants v
    where v.id = ${variantId}::uuid and v.product_id = ${productId}::uuid and v.deleted_at is null`);
  if (!variant) throw notFound('variant', variantId);
  return variant;
}

const HOUR_MS = 3_600_000;

/** Counts of the list of products. The conditions of the list read products, their codes, and the tree of categories. */
export const PRODUCT_COUNTS: CacheDefinition<number> = {
  name: 'product_counts',
  domain: 'catalog',
  maxSize: 1_000,
  lifetimeMs: HOUR_MS,
  drops: [droppedBy(productChanged), droppedBy(categoryChanged), droppedBy(brandChanged)],
};

/**
 * A page of products; a search is sorted by relevance unless `sort` is given.
 * @param counts of PRODUCT_COUNTS. Optional; without it the list is counted each time.
 * @throws PosProError as listPage
 */
export function listProducts(
  db: Queryable,
  filter: QueryProductsArgs,
  at = systemClock.now(),
  counts?: Cache<number>,
): Promise<Page<ProductRow>> {
  const term = searchTerm(filter.search ?? '');
  const from = term ? sql`${foundProducts(term)} p` : sql`products p`;
  // The result of a function has not the column's collation.
  const name = sql`p.name collate name_order`;
  const withDefaultVariant = sql`${from} join variants v on v.product_id = p.id and v.is_default`;
  const list = {
    select: productColumns(at),
    from,
    rows: PRODUCT_TABLES,
    countedWithPage: term !== undefined,
    ...(counts && { counts }),
    where: productConditions(filter),
    sorts: {
      ...(term && { relevance: sql`(p.rank || ${name})` }),
      name,
      createdAt: sql`p.created_at`,
      price: { by: sql`v.price`, from: withDefaultVariant },
      sku: { by: sql`v.sku`, from: withDefaultVariant },
    },
    updatedAt: sql`p.updated_at`,
    defaultSort: term ? 'relevance' : 'name',
    id: sql`p.id`,
  };
  return listPage<ProductRow>(db, list, filter);
}

/** A page of active products. @throws PosProError as listPage */
export function listActiveProducts(
  ctx: RequestContext,
  filter: Omit<QueryProductsArgs, 'active'>,
): Promise<Page<ProductRow>> {
  const counts = ctx.caches.of(PRODUCT_COUNTS);
  return listProducts(ctx.db, { ...filter, active: true }, ctx.clock.now(), counts);
}

/**
 * The products that match a search, with the columns of a product that conditions and sort keys need. Under row-level security LIKE would
 * read every product; this function has the index (prisma/sql/catalog.sql).
 */
function foundProducts({ starts, startGrams, inside, insideGrams }: SearchTerm): Sql {
  const [grams, texts] = inside.length > 0 ? [insideGrams, inside] : [startGrams, starts];
  return sql`catalog_words(${starts}::text[], ${grams}::text[], ${texts}::text[])`;
}

function productConditions(filter: QueryProductsArgs): Sql[] {
  const { categoryId, brandId, vendorId, active, sku, barcode } = filter;
  const where = [
    sql`p.deleted_at is null`,
    ...sameId(sql`p.brand_id`, brandId),
    ...sameId(sql`p.vendor_id`, vendorId),
  ];
  if (categoryId != null) {
    where.push(sql`p.category_id in (
      with recursive tree as (
        select c.id from categories c where ${join(sameId(sql`c.id`, categoryId), ' and ')}
        union all select c.id from categories c join tree on c.parent_id = tree.id)
      select tree.id from tree)`);
  }
  if (active != null) where.push(sql`p.active = ${active}`);
  if (sku != null) {
    where.push(
      sql`p.id in (select x.product_id from variants x where x.sku_key = ${skuKey(sku)} and x.deleted_at is null)`,
    );
  }
  if (barcode != null) {
    where.push(sql`p.id in (
      select x.product_id from barcodes b join variants x on x.id = b.variant_id where b.code = ${canonicalBarcode(barcode)})`);
  }
  return where;
}

/** Which of these SKUs and barcodes are taken by variants other than those excepted. */
export async function takenCodes(
  db: Queryable,
  organizationId: string,
  wanted: { skuKeys: readonly string[]; codes: readonly string[]; except?: readonly string[] },
): Promise<{ kind: 'sku' | 'barcode'; key: string; variantId: string; productId: string }[]> {
  const { skuKeys, codes, except = [] } = wanted;
  const parts: Sql[] = [];
  // One look into the index for each value (LIMIT 1 sees to it): a plan made while the shop was empty must not read it as a whole
  // once it is full.
  if (skuKeys.length > 0) {
    parts.push(sql`
      select 'sku' as kind, k.key, f.id as variant_id, f.product_id from unnest(${skuKeys}::text[]) as k (key)
      cross join lateral (
        select v.id, v.product_id from variants v
        where v.organization_id = ${organizationId}::uuid and v.sku_key = k.key and v.deleted_at is null limit 1) f`);
  }
  if (codes.length > 0) {
    parts.push(sql`
      select 'barcode' as kind, k.key, f.id as variant_id, f.product_id from unnest(${codes}::text[]) as k (key)
      cross join lateral (
        select v.id, v.product_id from barcodes b join variants v on v.id = b.variant_id
        where b.organization_id = ${organizationId}::uuid and b.code = k.key limit 1) f`);
  }
  if (parts.length === 0) return [];
  return db.many(sql`
    select distinct * from (${join(parts, ' union all ')}) taken where not taken.variant_id = any(${except}::uuid[])`);
}
