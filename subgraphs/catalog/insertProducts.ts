/** Writing new products, any number at once: a statement for the products, one for the variants, one for the barcodes. */
import type { RequestContext } from '../../kernel/context';
import { sql, type Transaction } from '../../kernel/db/database';
import type { Decimal } from '../../kernel/decimal';
import { searchColumns } from '../../kernel/fold-text.rules';
import { canonicalBarcode } from './normalize-barcode.rules';
import { DEFAULT_UNIT } from './checks';
import { skuKey } from './names';
import type { ProductOption } from './options';

/** A new variant, already checked. */
export interface NewVariant {
  readonly id: string;
  readonly sku: string;
  readonly name?: string | null;
  readonly options?: Readonly<Record<string, string>>;
  readonly price: Decimal;
  readonly cost?: Decimal | null;
  readonly active?: boolean;
  /** As typed in; the first one is shown. */
  readonly barcodes?: readonly string[];
}

/** A new product, already checked; categories, brands and tax classes exist. */
export interface NewProduct {
  readonly id: string;
  readonly name: string;
  readonly description?: string | null;
  readonly categoryId?: string | null;
  readonly brandId?: string | null;
  readonly taxClassId?: string | null;
  readonly imageUrl?: string | null;
  /** "piece" where left out. */
  readonly unit?: string;
  /** 0 to 3; 0 where left out. */
  readonly quantityPlaces?: number;
  readonly active?: boolean;
  readonly trackStock?: boolean;
  /** In years; anybody may buy it where left out. */
  readonly minimumAge?: number | null;
  /** What its variants differ in; they are free where left out. */
  readonly options?: readonly ProductOption[];
  /** The transaction's moment where left out. */
  readonly createdAt?: Date;
  /** At least one; the first is the default. */
  readonly variants: readonly NewVariant[];
}

/** As many products as one statement takes with ease. */
const PRODUCTS_A_STATEMENT = 1000;

/**
 * Inserts products with their variants and barcodes. It emits nothing: the caller says what happened.
 * @throws the database's unique violation where a SKU or barcode is taken (see `asAlreadyExists`).
 */
export async function insertProducts(tx: Transaction, ctx: RequestContext, products: readonly NewProduct[]): Promise<void> {
  for (let start = 0; start < products.length; start += PRODUCTS_A_STATEMENT) {
    const part = products.slice(start, start + PRODUCTS_A_STATEMENT);
    await insertProductRows(tx, part);
    const variants = part.flatMap((product) =>
      product.variants.map((variant, index) => ({
        ...variant,
        productId: product.id,
        isDefault: index === 0,
        at: product.createdAt,
      })),
    );
    await insertVariants(tx, ctx, variants);
  }
}

async function insertProductRows(tx: Transaction, products: readonly NewProduct[]): Promise<void> {
  const rows = products.map((product) => ({
    ...product,
    unit: product.unit ?? DEFAULT_UNIT,
    quantityPlaces: product.quantityPlaces ?? 0,
    active: product.active ?? true,
    trackStock: product.trackStock ?? true,
    options: product.options ?? [],
    ...searchColumns([product.name, ...product.variants.flatMap((v) => [v.name, v.sku, ...(v.barcodes ?? [])])]),
    createdAt: product.createdAt ?? tx.now,
    variants: undefined,
  }));
  await tx.run(sql`
    insert into products (id, organization_id, name, description, category_id, brand_id, tax_class_id, image_url, unit,
      quantity_places, active, track_stock, minimum_age, options, search_text, search_grams, created_at, updated_at)
    select x.id, ${tx.organizationId}::uuid, x.name, x.description, x."categoryId", x."brandId", x."taxClassId", x."imageUrl", x.unit,
      x."quantityPlaces", x.active, x."trackStock", x."minimumAge", x.options, x."searchText",
      x."searchGrams", x."createdAt", x."createdAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (id uuid, name text, description text, "categoryId" uuid,
      "brandId" uuid, "taxClassId" uuid, "imageUrl" text, unit text, "quantityPlaces" smallint, active boolean, "trackStock" boolean,
      "minimumAge" smallint, options jsonb, "searchText" text, "searchGrams" text, "createdAt" timestamptz)`);
}

/** A new variant and where it belongs. */
export interface PlacedVariant extends NewVariant {
  readonly productId: string;
  readonly isDefault: boolean;
  readonly at?: Date | undefined;
}

/** Inserts variants of products that exist, with their barcodes. */
export async function insertVariants(tx: Transaction, ctx: RequestContext, variants: readonly PlacedVariant[]): Promise<void> {
  const rows = variants.map((variant) => ({
    ...variant,
    skuKey: skuKey(variant.sku),
    options: variant.options ?? {},
    active: variant.active ?? true,
    at: variant.at ?? tx.now,
    barcodes: undefined,
  }));
  await tx.run(sql`
    insert into variants (id, organization_id, product_id, sku, sku_key, name, options, price, cost, is_default, active, created_at,
      updated_at)
    select x.id, ${tx.organizationId}::uuid, x."productId", x.sku, x."skuKey", x.name, x.options, x.price, x.cost, x."isDefault", x.active,
      x.at, x.at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (id uuid, "productId" uuid, sku text, "skuKey" text, name text,
      options jsonb, price numeric, cost numeric, "isDefault" boolean, active boolean, at timestamptz)`);
  await insertBarcodes(tx, ctx, variants.map(({ id, barcodes = [] }) => ({ variantId: id, barcodes }))); // prettier-ignore
}

/** Inserts the barcodes of variants that have none. */
export async function insertBarcodes(
  tx: Transaction,
  ctx: RequestContext,
  owners: readonly { variantId: string; barcodes: readonly string[] }[],
): Promise<void> {
  const rows = owners.flatMap(({ variantId, barcodes }) =>
    barcodes.map((text, position) => ({ id: ctx.ids.next(), variantId, code: canonicalBarcode(text), text, position })),
  );
  if (rows.length === 0) return;
  await tx.run(sql`
    insert into barcodes (id, organization_id, variant_id, code, text, position, created_at)
    select x.id, ${tx.organizationId}::uuid, x."variantId", x.code, x.text, x.position, ${tx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (id uuid, "variantId" uuid, code text, text text, position smallint)`);
}
