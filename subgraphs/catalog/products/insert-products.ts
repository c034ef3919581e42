/** Inserts new products, any number at once: one statement each for the products, the variants and the barcodes. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { searchColumns } from '#kernel/fold-text.rules';
import { canonicalBarcode } from '../barcodes/normalize-barcode.rules';
import { DEFAULT_UNIT } from './units.rules';
import { skuKey } from '../normalize.rules';
import * as tables from '../tables.generated';

/** Columns that the insert fills. */
type Written = 'organizationId' | 'createdAt' | 'updatedAt' | 'deletedAt';

/** A new variant, already checked. */
export interface NewVariant extends Omit<
  tables.NewVariant,
  Written | 'productId' | 'skuKey' | 'isDefault' | 'options'
> {
  /** Optional; a product of one variant has none. */
  readonly options?: tables.VariantRow['options'];
  /** As entered; the first is shown. */
  readonly barcodes?: readonly string[];
}

/** A new product, already checked; categories, brands and tax classes exist. */
export interface NewProduct extends Omit<
  tables.NewProduct,
  Written | 'unit' | 'quantityPlaces' | 'searchText' | 'searchGrams'
> {
  /** Optional; defaults to "piece". */
  readonly unit?: string;
  /** 0 to 3. Optional; defaults to 0. */
  readonly quantityPlaces?: number;
  /** Optional; defaults to the transaction's moment. */
  readonly createdAt?: Date;
  /** At least one; the first is the default. */
  readonly variants: readonly NewVariant[];
}

/** Number of products that one statement handles with ease. */
const PRODUCTS_A_STATEMENT = 1000;

/**
 * Inserts products with their variants and barcodes. It emits no event: that is up to the caller.
 * @throws the database's unique violation for a taken SKU or barcode (see `toAlreadyExists`).
 */
export async function insertProducts(
  tx: Transaction,
  ctx: RequestContext,
  products: readonly NewProduct[],
): Promise<void> {
  for (let start = 0; start < products.length; start += PRODUCTS_A_STATEMENT) {
    const part = products.slice(start, start + PRODUCTS_A_STATEMENT);
    const variants = part.flatMap((product) =>
      product.variants.map((variant, index) => ({
        ...variant,
        productId: product.id,
        isDefault: index === 0,
        at: product.createdAt,
      })),
    );
    // The rows of a statement are made while the statement before it runs.
    await Promise.all([insertProductRows(tx, part), insertVariants(tx, ctx, variants)]);
  }
}

async function insertProductRows(tx: Transaction, products: readonly NewProduct[]): Promise<void> {
  const { organizationId, now } = tx;
  await tx.run(
    tables.products.insertMany(products, (product) => {
      const { searchText, searchGrams } = searchColumns([
        product.name,
        ...product.variants.flatMap((v) => [v.name, v.sku, ...(v.barcodes ?? [])]),
      ]);
      return {
        organizationId,
        unit: product.unit ?? DEFAULT_UNIT,
        quantityPlaces: product.quantityPlaces ?? 0,
        searchText,
        searchGrams,
        createdAt: product.createdAt ?? now,
        updatedAt: product.createdAt ?? now,
      };
    }),
  );
}

/** A new variant and its product. */
export interface PlacedVariant extends NewVariant {
  readonly productId: string;
  readonly isDefault: boolean;
  readonly at?: Date | undefined;
}

/** Inserts variants of existing products, with their barcodes. */
export async function insertVariants(
  tx: Transaction,
  ctx: RequestContext,
  variants: readonly PlacedVariant[],
): Promise<void> {
  const { organizationId, now } = tx;
  await Promise.all([
    tx.run(
      tables.variants.insertMany(variants, ({ sku, options = {}, at = now }) => ({
        organizationId,
        skuKey: skuKey(sku),
        options,
        createdAt: at,
        updatedAt: at,
      })),
    ),
    insertBarcodes(
      tx,
      ctx,
      variants.map(({ id, barcodes = [] }) => ({ variantId: id, barcodes })),
    ),
  ]);
}

/** Inserts the barcodes of variants that have none. */
export async function insertBarcodes(
  tx: Transaction,
  ctx: RequestContext,
  owners: readonly { variantId: string; barcodes: readonly string[] }[],
): Promise<void> {
  const { organizationId, now: createdAt } = tx;
  const rows = owners.flatMap(({ variantId, barcodes }) =>
    barcodes.map((text, position): tables.NewBarcode => {
      return {
        id: ctx.ids.next(),
        organizationId,
        variantId,
        code: canonicalBarcode(text),
        text,
        position,
        createdAt,
      };
    }),
  );
  if (rows.length === 0) return;
  await tx.run(tables.barcodes.insertMany(rows));
}
