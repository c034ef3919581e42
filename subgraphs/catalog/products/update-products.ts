/** Updates any number of products at once, each with its own set of changed fields. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import type { Versioned } from '#kernel/db/versions';
import { searchColumns } from '#kernel/fold-text.rules';
import { byId } from '#kernel/graph/loader';
import { insertBarcodes } from './insert-products';
import { skuKey } from '../normalize.rules';
import { products, variants, type ProductRow, type VariantRow } from '../tables.generated';
import { productChanged } from '../events';

/** The columns that no change names. */
type Unnamed = 'id' | 'organizationId' | 'createdAt' | 'updatedAt' | 'deletedAt' | 'version';

/** Changes of a product's fields; omitted fields keep their values. */
export type ProductFields = Readonly<Partial<Omit<ProductRow, Unnamed | 'searchText' | 'searchGrams'>>>;

/** Changes of a variant's fields; omitted fields keep their values. */
export type VariantFields = Readonly<Partial<Omit<VariantRow, Unnamed | 'productId' | 'skuKey'>>>;

/** The checked changes to one variant and its product. */
export interface Change {
  readonly productId: string;
  readonly variantId: string;
  readonly product: ProductFields;
  readonly variant: VariantFields;
  /** All barcodes of the variant from now on. Optional; without them the barcodes stay. */
  readonly barcodes?: readonly string[] | undefined;
}

/**
 * Locks products against changes until the transaction ends, in id order, so that two transactions on the same products never deadlock.
 * A change of a variant locks its product first.
 * @returns those that exist and are not deleted, by id.
 */
export async function lockProducts(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Versioned>> {
  const rows = await tx.many<Versioned & { id: string }>(sql`
    select p.id, p.version from products p where p.id = any(${ids}::uuid[]) and p.deleted_at is null order by p.id for update`);
  return byId(rows);
}

/** Outcome of changes. */
export interface Applied {
  /** The products that changed, themselves or in one of their variants. */
  readonly productIds: readonly string[];
  /** The changes that found everything to be so already. */
  readonly unchanged: readonly Change[];
}

/**
 * Applies changes to locked products. The changed fields may differ between products. Values that do not change are not written; a
 * product changes with its variants and their barcodes.
 */
export async function applyChanges(
  tx: Transaction,
  ctx: RequestContext,
  changes: readonly Change[],
): Promise<Applied> {
  if (changes.length === 0) return { productIds: [], unchanged: [] };
  const variantIds = await updateVariants(
    tx,
    changes.filter((change) => Object.keys(change.variant).length > 0),
  );
  const owners = changes.flatMap(({ variantId, barcodes }) => (barcodes ? [{ variantId, barcodes }] : []));
  if (owners.length > 0) {
    const ids = owners.map((owner) => owner.variantId);
    await tx.run(sql`delete from barcodes where variant_id = any(${ids}::uuid[])`);
    await insertBarcodes(tx, ctx, owners);
    const raised = ids.filter((id) => !variantIds.has(id));
    await tx.run(sql`
      update variants set version = version + 1, updated_at = ${tx.now}::timestamptz where id = any(${raised}::uuid[])`);
    for (const id of raised) variantIds.add(id);
  }
  const touched = changes
    .filter(({ variantId }) => variantIds.has(variantId))
    .map(({ productId }) => productId);
  const updated = await updateProducts(tx, changes, touched);
  const own = new Set(updated.filter((product) => product.own).map(({ id }) => id));
  const isChanged = ({ productId, variantId, product }: Change) =>
    variantIds.has(variantId) || (own.has(productId) && Object.keys(product).length > 0);
  const renamed = changes.filter(({ product, variant, barcodes }) =>
    [product.name, variant.sku, variant.name, variant.isDefault, barcodes].some(
      (value) => value !== undefined,
    ),
  );
  await refreshSearchText(
    tx,
    renamed.filter(isChanged).map((change) => change.productId),
  );
  return {
    productIds: updated.map(({ id }) => id),
    unchanged: changes.filter((change) => !isChanged(change)),
  };
}

/** The columns of a product that changes name. */
const PRODUCT = products.pick(
  'name', 'description', 'categoryId', 'brandId', 'vendorId', 'taxClassId', 'imageUrl', 'unit', 'quantityPlaces', 'active', 'trackStock', 'minimumAge',
  'giftCardPurpose', 'options',
); // prettier-ignore

/**
 * Changes products that are other ones after it, and raises those that have another part.
 * @param touched the products of which a variant has changed.
 * @returns those that changed, and whether one did itself.
 */
async function updateProducts(
  tx: Transaction,
  changes: readonly Change[],
  touched: readonly string[],
): Promise<{ id: string; own: boolean }[]> {
  const byProduct = new Map<string, ProductFields>();
  for (const { productId, product } of changes)
    byProduct.set(productId, { ...byProduct.get(productId), ...product });
  const rows = [...byProduct].map(([id, fields]) => ({ id, fields }));
  return tx.many(sql`
    update products p set (${PRODUCT.columns}) = row(${PRODUCT.select('n')}), version = p.version + 1, updated_at = ${tx.now}::timestamptz
    from (
      select n.*, row(${PRODUCT.select('o')}) is distinct from row(${PRODUCT.select('n')}) as own
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (id uuid, fields jsonb)
      join products o on o.id = x.id
      cross join lateral (select
        o.id,
        case when x.fields ? 'name' then x.fields ->> 'name' else o.name end as name,
        case when x.fields ? 'description' then x.fields ->> 'description' else o.description end as description,
        case when x.fields ? 'categoryId' then (x.fields ->> 'categoryId')::uuid else o.category_id end as category_id,
        case when x.fields ? 'brandId' then (x.fields ->> 'brandId')::uuid else o.brand_id end as brand_id,
        case when x.fields ? 'vendorId' then (x.fields ->> 'vendorId')::uuid else o.vendor_id end as vendor_id,
        case when x.fields ? 'taxClassId' then (x.fields ->> 'taxClassId')::uuid else o.tax_class_id end as tax_class_id,
        case when x.fields ? 'imageUrl' then x.fields ->> 'imageUrl' else o.image_url end as image_url,
        coalesce(x.fields ->> 'unit', o.unit) as unit,
        coalesce((x.fields ->> 'quantityPlaces')::smallint, o.quantity_places) as quantity_places,
        coalesce((x.fields ->> 'active')::boolean, o.active) as active,
        coalesce((x.fields ->> 'trackStock')::boolean, o.track_stock) as track_stock,
        case when x.fields ? 'minimumAge' then (x.fields ->> 'minimumAge')::smallint else o.minimum_age end as minimum_age,
        case when x.fields ? 'giftCardPurpose' then x.fields ->> 'giftCardPurpose' else o.gift_card_purpose end as gift_card_purpose,
        coalesce(x.fields -> 'options', o.options) as options
      ) n
    ) n
    where p.id = n.id and (n.own or p.id = any(${touched}::uuid[]))
    returning p.id, n.own`);
}

/** The columns of a variant that changes name. */
const VARIANT = variants.pick(
  'sku',
  'skuKey',
  'name',
  'options',
  'price',
  'cost',
  'weight',
  'length',
  'width',
  'height',
  'isDefault',
  'active',
);

/** Changes variants that are other ones after it. @returns their ids. */
async function updateVariants(tx: Transaction, changes: readonly Change[]): Promise<Set<string>> {
  if (changes.length === 0) return new Set();
  const rows = changes.map(({ variantId, variant }) => ({
    id: variantId,
    fields: variant.sku === undefined ? variant : { ...variant, skuKey: skuKey(variant.sku) },
  }));
  const updated = await tx.many<{ id: string }>(sql`
    update variants v set (${VARIANT.columns}) = row(${VARIANT.select('n')}), updated_at = ${tx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (id uuid, fields jsonb)
    join variants o on o.id = x.id
    cross join lateral (select
      coalesce(x.fields ->> 'sku', o.sku) as sku,
      coalesce(x.fields ->> 'skuKey', o.sku_key) as sku_key,
      case when x.fields ? 'name' then x.fields ->> 'name' else o.name end as name,
      coalesce(x.fields -> 'options', o.options) as options,
      coalesce((x.fields ->> 'price')::numeric, o.price) as price,
      case when x.fields ? 'cost' then (x.fields ->> 'cost')::numeric else o.cost end as cost,
      case when x.fields ? 'weight' then (x.fields ->> 'weight')::numeric else o.weight end as weight,
      case when x.fields ? 'length' then (x.fields ->> 'length')::numeric else o.length end as length,
      case when x.fields ? 'width' then (x.fields ->> 'width')::numeric else o.width end as width,
      case when x.fields ? 'height' then (x.fields ->> 'height')::numeric else o.height end as height,
      coalesce((x.fields ->> 'isDefault')::boolean, o.is_default) as is_default,
      coalesce((x.fields ->> 'active')::boolean, o.active) as active
    ) n
    where v.id = o.id and row(${VARIANT.select('o')}) is distinct from row(${VARIANT.select('n')})
    returning v.id`);
  return new Set(updated.map(({ id }) => id));
}

/** Raises products that are locked, of which a part came or went. */
export async function touchProducts(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.run(sql`
    update products set version = version + 1, updated_at = ${tx.now}::timestamptz where id = any(${ids}::uuid[])`);
}

const SEARCH = products.pick('id', 'searchText', 'searchGrams');

/** Updates the search text of products from their names, SKUs and barcodes. */
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

/** The kind of a change of products. */
export type ProductChangeKind = 'created' | 'updated' | 'deleted';

/** Emits "product.changed" for some products: one event, whose key is the first product. */
export function emitChanged(tx: Transaction, productIds: readonly string[], change: ProductChangeKind): void {
  const ids = [...new Set(productIds)];
  if (ids.length > 0) tx.emit(productChanged({ key: ids[0]!, payload: { change, productIds: ids } }));
}
