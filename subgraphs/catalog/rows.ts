/** The rows of the catalogue as operations hand them on, and what is selected for them. */
import { sql, type Sql } from '../../kernel/db/database';
import type { Decimal } from '../../kernel/decimal';
import type { ProductOption } from './options';
import { rateAt } from './rateAt';

/** A product with what is its default variant's. */
export interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly categoryId: string | null;
  readonly brandId: string | null;
  readonly taxClassId: string | null;
  /** The code of the tax class. */
  readonly taxClass: string | null;
  /** In percent; zero without a tax class. */
  readonly taxRate: Decimal;
  readonly imageUrl: string | null;
  readonly unit: string;
  readonly quantityPlaces: number;
  readonly active: boolean;
  readonly trackStock: boolean;
  /** In years; null where anybody may buy it. */
  readonly minimumAge: number | null;
  /** What its variants differ in. */
  readonly options: readonly ProductOption[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
  readonly defaultVariantId: string;
  readonly sku: string;
  /** The first barcode of the default variant, as it was typed in. */
  readonly barcode: string | null;
  readonly price: Decimal;
  readonly cost: Decimal | null;
}

/** What is selected of a product; the tax is the one of a moment. */
export const productColumns = (
  at: Date,
): Sql => sql`p.id, p.name, p.description, p.category_id, p.brand_id, p.tax_class_id, t.code as tax_class,
  coalesce(${rateAt(sql`${at}::timestamptz`)}, 0) as tax_rate, p.image_url, p.unit, p.quantity_places, p.active, p.track_stock, p.minimum_age,
  p.options, p.created_at, p.updated_at,
  p.deleted_at, v.id as default_variant_id, v.sku, v.price, v.cost,
  (select b.text from barcodes b where b.variant_id = v.id order by b.position limit 1) as barcode`;

/** What productColumns are selected from. */
export const PRODUCT_TABLES = sql`products p
  join variants v on v.product_id = p.id and v.is_default
  left join tax_classes t on t.id = p.tax_class_id`;

export interface VariantRow {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  readonly name: string | null;
  readonly options: Readonly<Record<string, string>>;
  readonly price: Decimal;
  readonly cost: Decimal | null;
  readonly isDefault: boolean;
  readonly active: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** As they were typed in, the first one first. */
  readonly barcodes: readonly string[];
}

export const VARIANT_COLUMNS = sql`v.id, v.product_id, v.sku, v.name, v.options, v.price, v.cost, v.is_default, v.active, v.created_at,
  v.updated_at, array(select b.text from barcodes b where b.variant_id = v.id order by b.position) as barcodes`;

export interface CategoryRow {
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly path: string;
  readonly depth: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const CATEGORY_COLUMNS = sql`c.id, c.parent_id, c.name, c.path, c.depth, c.created_at, c.updated_at`;

export interface BrandRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const BRAND_COLUMNS = sql`b.id, b.name, b.created_at, b.updated_at`;

export interface TaxClassRow {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  /** In percent. */
  readonly rate: Decimal;
  readonly isDefault: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is selected of a tax class; the rate is the one of a moment. */
export const taxClassColumns = (at: Date): Sql =>
  sql`t.id, t.name, t.code, ${rateAt(sql`${at}::timestamptz`)} as rate, t.is_default, t.created_at, t.updated_at`;
