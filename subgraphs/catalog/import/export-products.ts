/** Exports the catalogue in the columns of an import, so that the file can be imported again: a row per variant, a product's default variant first. */
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { listPage, type ListQuery, type Page, type PageArgs } from '#kernel/paging';

/** A variant in the columns of an import. The product's own values are in the row of its default variant. */
export interface ExportRow {
  readonly sku: string;
  /** SKU of the product's default variant; null for the default variant itself. */
  readonly parentSku: string | null;
  readonly name: string | null;
  readonly variantName: string | null;
  /** Separated by a vertical bar. */
  readonly barcodes: string | null;
  readonly price: Decimal;
  readonly cost: Decimal | null;
  readonly description: string | null;
  readonly taxClass: string | null;
  /** Path of the category. */
  readonly category: string | null;
  readonly brand: string | null;
  readonly vendorId: string | null;
  readonly unit: string | null;
  readonly quantityPlaces: number | null;
  /** The product's, at its default variant; otherwise the variant's own. */
  readonly active: boolean;
  /** The default variant's own; null at the others. */
  readonly variantActive: boolean | null;
  readonly trackStock: boolean | null;
  readonly minimumAge: number | null;
  readonly weight: Decimal | null;
  readonly length: Decimal | null;
  readonly width: Decimal | null;
  readonly height: Decimal | null;
  readonly imageUrl: string | null;
  /** As JSON. */
  readonly options: string | null;
  /** As JSON. */
  readonly productOptions: string | null;
}

const EXPORTED: ListQuery = {
  select: sql`p.id`,
  from: sql`products p`,
  where: [sql`p.deleted_at is null`],
  sorts: { id: sql`p.id` },
  defaultSort: 'id',
  id: sql`p.id`,
};

/**
 * A page of the catalogue, in the order in which products were created. All variants of a product are on one page, so `size` counts products.
 * @throws PosProError as listPage
 */
export async function exportProducts(
  ctx: RequestContext,
  { page, size, cursor }: Omit<PageArgs, 'sort'>,
): Promise<Page<ExportRow>> {
  const products = await listPage<{ id: string }>(ctx.db, EXPORTED, { page, size, cursor });
  const ids = products.items.map(({ id }) => id);
  return { ...products, items: await rowsOf(ctx, ids) };
}

function rowsOf(ctx: RequestContext, productIds: readonly string[]): Promise<ExportRow[]> {
  return ctx.db.many<ExportRow>(sql`
    select v.sku, case when v.is_default then null else first.sku end as parent_sku,
      case when v.is_default then p.name end as name, v.name as variant_name,
      (select string_agg(b.text, '|' order by b.position) from barcodes b where b.variant_id = v.id) as barcodes,
      v.price, v.cost, v.weight, v.length, v.width, v.height, case when v.is_default then p.description end as description,
      case when v.is_default then t.code end as tax_class, case when v.is_default then c.path end as category,
      case when v.is_default then d.name end as brand, case when v.is_default then p.vendor_id end as vendor_id, case when v.is_default then p.unit end as unit,
      case when v.is_default then p.quantity_places end as quantity_places,
      case when v.is_default then p.active else v.active end as active, case when v.is_default then v.active end as variant_active,
      case when v.is_default then p.track_stock end as track_stock,
      case when v.is_default then p.minimum_age end as minimum_age, case when v.is_default then p.image_url end as image_url,
      nullif(v.options, '{}')::text as options,
      case when v.is_default then nullif(p.options, '[]')::text end as product_options
    from products p
    join variants v on v.product_id = p.id and v.deleted_at is null
    join variants first on first.product_id = p.id and first.is_default
    left join tax_classes t on t.id = p.tax_class_id
    left join categories c on c.id = p.category_id
    left join brands d on d.id = p.brand_id
    where p.id = any(${productIds}::uuid[])
    order by p.id, v.is_default desc, v.id`);
}
