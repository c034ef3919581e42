/** The products and variants of the catalogue as operations return them, and the columns selected for them. */
import { sql, type Sql } from '#kernel/db/database';
import type { RowOf } from '#kernel/db/table';
import type { Decimal } from '#kernel/decimal';

import { products, variants } from './tables.generated';
import { rateAt } from './tax-classes/tax-rate-at';

const SHOWN_PRODUCT = products.omit('organizationId', 'searchText', 'searchGrams');
const DEFAULT_VARIANT = variants.pick('sku', 'price', 'cost');

/** A product with the SKU, the price and the first barcode of its default variant. */
export interface ProductRow extends RowOf<typeof SHOWN_PRODUCT>, RowOf<typeof DEFAULT_VARIANT> {
  /** The code of the tax class. */
  readonly taxClass: string | null;
  /** In percent; zero without a tax class. */
  readonly taxRate: Decimal;
  readonly defaultVariantId: string;
  /** The first barcode of the default variant, as entered. */
  readonly barcode: string | null;
  /** Whether it has images of its own, which are then read by their product. */
  readonly hasImages: boolean;
}

/** Columns of a product, with the tax rate at a moment. */
export const productColumns = (
  at: Date,
): Sql => sql`${SHOWN_PRODUCT.select('p')}, ${DEFAULT_VARIANT.select('v')},
  t.code as tax_class, coalesce(${rateAt(sql`${at}::timestamptz`)}, 0) as tax_rate, v.id as default_variant_id,
  (select b.text from barcodes b where b.variant_id = v.id order by b.position limit 1) as barcode,
  exists (select from product_images i where i.product_id = p.id) as has_images`;

/** The tables that productColumns are selected from. */
export const PRODUCT_TABLES = sql`products p
  join variants v on v.product_id = p.id and v.is_default
  left join tax_classes t on t.id = p.tax_class_id`;

const SHOWN_VARIANT = variants.omit('organizationId', 'skuKey', 'deletedAt');

/** A variant with its barcodes. */
export interface VariantRow extends RowOf<typeof SHOWN_VARIANT> {
  /** As entered, in their order. */
  readonly barcodes: readonly string[];
}

export const VARIANT_COLUMNS = sql`${SHOWN_VARIANT.select('v')},
  array(select b.text from barcodes b where b.variant_id = v.id order by b.position) as barcodes`;
