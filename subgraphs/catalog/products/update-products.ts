/** Changing what exists: any number of products at once, each with its own set of changed fields. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { searchColumns } from '#kernel/fold-text.rules';
import { insertBarcodes } from './insert-products';
import { skuKey } from '../normalize.rules';
import { products, type ProductRow, type VariantRow } from '../tables.generated';

/** The columns that no change names. */
type Unnamed = 'id' | 'organizationId' | 'createdAt' | 'updatedAt' | 'deletedAt';

/** The fields of a product that can be changed; what is left out stays. */
export type ProductFields = Readonly<Partial<Omit<ProductRow, Unnamed | 'searchText' | 'searchGrams'>>>;

/** The fields of a variant that can be changed; what is left out stays. */
export type VariantFields = Readonly<
  Partial<Omit<VariantRow, Unnamed | 'productId' | 'skuKey' | 'isDefault'>>
>;

/** The checked changes to one variant and its product. */
export interface Change {
  readonly productId: string;
  readonly variantId: string;
  readonly product: ProductFields;
  readonly variant: VariantFields;
  /** All barcodes the variant has from now on; left out, they stay. */
  readonly barcodes?: readonly string[] | undefined;
}

/**
 * Locks products against changes until the transaction ends, in id order, so that two who change the same ones never wait for
 * each other in a circle. Whoever changes a variant locks its product first.
 * @returns those that exist and are not deleted.
 */
export async function lockProducts(tx: Transaction, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.many<{ id: string }>(sql`
    select p.id from products p where p.id = any(${ids}::uuid[]) and p.deleted_at is null order by p.id for update`);
  return new Set(rows.map((row) => row.id));
}

/** Applies changes to products that are locked. Which fields are given may differ from one to the next. */
export async function applyChanges(
  tx: Transaction,
  ctx: RequestContext,
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return;
  await updateProducts(tx, changes);
  await updateVariants(
    tx,
    changes.filter((change) => Object.keys(change.variant).length > 0),
  );
  const owners = changes.flatMap(({ variantId, barcodes }) => (barcodes ? [{ variantId, barcodes }] : []));
  if (owners.length > 0) {
    await tx.run(
      sql`delete from barcodes where variant_id = any(${owners.map((owner) => owner.variantId)}::uuid[])`,
    );
    await insertBarcodes(tx, ctx, owners);
  }
  const renamed = changes.filter(({ product, variant, barcodes }) =>
    [product.name, variant.sku, variant.name, barcodes].some((value) => value !== undefined),
  );
  await refreshSearchText(
    tx,
    renamed.map((change) => change.productId),
  );
}

async function updateProducts(tx: Transaction, changes: readonly Change[]): Promise<void> {
  const byProduct = new Map<string, ProductFields>();
  for (const { productId, product } of changes)
    byProduct.set(productId, { ...byProduct.get(productId), ...product });
  const rows = [...byProduct].map(([id, fields]) => ({ id, fields }));
  await tx.run(sql`
    update products p set
      name = case when x.fields ? 'name' then x.fields ->> 'name' else p.name end,
      description = case when x.fields ? 'description' then x.fields ->> 'description' else p.description end,
      category_id = case when x.fields ? 'categoryId' then (x.fields ->> 'categoryId')::uuid else p.category_id end,
      brand_id = case when x.fields ? 'brandId' then (x.fields ->> 'brandId')::uuid else p.brand_id end,
      tax_class_id = case when x.fields ? 'taxClassId' then (x.fields ->> 'taxClassId')::uuid else p.tax_class_id end,
      image_url = case when x.fields ? 'imageUrl' then x.fields ->> 'imageUrl' else p.image_url end,
      unit = coalesce(x.fields ->> 'unit', p.unit),
      quantity_places = coalesce((x.fields ->> 'quantityPlaces')::smallint, p.quantity_places),
      active = coalesce((x.fields ->> 'active')::boolean, p.active),
      track_stock = coalesce((x.fields ->> 'trackStock')::boolean, p.track_stock),
      minimum_age = case when x.fields ? 'minimumAge' then (x.fields ->> 'minimumAge')::smallint else p.minimum_age end,
      options = coalesce(x.fields -> 'options', p.options),
      updated_at = ${tx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (id uuid, fields jsonb)
    where p.id = x.id`);
}

async function updateVariants(tx: Transaction, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ variantId, variant }) => ({
    id: variantId,
    fields: variant.sku === undefined ? variant : { ...variant, skuKey: skuKey(variant.sku) },
  }));
  await tx.run(sql`
    update variants v set
      sku = coalesce(x.fields ->> 'sku', v.sku),
      sku_key = coalesce(x.fields ->> 'skuKey', v.sku_key),
      name = case when x.fields ? 'name' then x.fields ->> 'name' else v.name end,
      options = coalesce(x.fields -> 'options', v.options),
      price = coalesce((x.fields ->> 'price')::numeric, v.price),
      cost = case when x.fields ? 'cost' then (x.fields ->> 'cost')::numeric else v.cost end,
      active = coalesce((x.fields ->> 'active')::boolean, v.active),
      updated_at = ${tx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (id uuid, fields jsonb)
    where v.id = x.id`);
}

const SEARCH = products.pick('id', 'searchText', 'searchGrams');

/** Brings the text under which products are found up to date with their names, SKUs and barcodes. */
export async function refreshSearchText(tx: Transaction, productIds: readonly string[]): Promise<void> {
  if (productIds.length === 0) return;
  const rows = await tx.many<{ id: string; name: string; parts: (string | null)[] }>(sql`
    select p.id, p.name, array(
      select part from variants v
      cross join lateral unnest(array[v.name, v.sku] || array(select b.text from barcodes b where b.variant_id = v.id order by b.position))
        with ordinality as u (part, place)
      where v.product_id = p.id and v.deleted_at is null order by v.is_default desc, v.id, u.place) as parts
    from products p where p.id = any(${productIds}::uuid[])`);
  const texts = rows.map(({ id, name, parts }) => ({ id, ...searchColumns([name, ...parts]) }));
  await tx.run(sql`
    update products p set search_text = x."searchText", search_grams = x."searchGrams"
    from jsonb_to_recordset(${JSON.stringify(texts)}::jsonb) as x (${SEARCH.definitions}) where p.id = x.id`);
}

/** What happened to products. */
export type ProductChangeKind = 'created' | 'updated' | 'deleted';

/** Tells listeners which products changed: one event, whose key is the product, or the first of many. */
export function emitChanged(tx: Transaction, productIds: readonly string[], change: ProductChangeKind): void {
  const ids = [...new Set(productIds)];
  if (ids.length > 0)
    tx.emit({ type: 'product.changed', key: ids[0]!, payload: { change, productIds: ids } });
}
