/** Resolves the references of a till to items with price and tax: the hot path of scan and checkout. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { ONE, type Decimal } from '#kernel/decimal';
import { isUuid } from '#kernel/ids';
import { applyMeasure } from '../barcodes/apply-measure.rules';
import { barcodeCandidates, mayMeasure, type CodeMeasure } from '../barcodes/barcode-candidates.rules';
import { labelTermsOf, type LabelTerms } from '../barcodes/barcode-rules';
import { readScan, type Scan } from '../barcodes/normalize-barcode.rules';
import { skuKey } from '../normalize.rules';
import { catalogItems, type CatalogItem, type ItemKey } from './catalog-items';
import { markContradictions } from './contradictions';
import { taxRateOf, unitPriceOf } from './item-terms.rules';
import type { ItemReference, ResolvedItem } from './sold-items';

/** One way to look an item up. */
interface Lookup extends ItemKey {
  readonly quantity: Decimal;
  readonly measured?: CodeMeasure | undefined;
}

/** Branch and moment of a sale, and the terms of labels if one of its barcodes may have a measure. */
interface Sale {
  readonly branchId: string;
  readonly at: Date;
  readonly terms: LabelTerms | undefined;
}

/**
 * The item of each reference, in their order; undefined for unknown, inactive and deleted ones. One statement for any number of items,
 * none for cached ones.
 *
 * @param db the caller's own connection: a caller in a transaction must not wait for a second connection.
 * @param branchId the branch whose prices apply; see `unitPriceOf`.
 * @param at the moment whose prices and taxes apply. Optional; defaults to now. An offline sale has its own.
 */
export async function resolveItems(
  ctx: RequestContext,
  db: Queryable,
  references: readonly ItemReference[],
  branchId: string,
  at = ctx.clock.now(),
): Promise<(ResolvedItem | undefined)[]> {
  const sale = { branchId: branchId.toLowerCase(), at };
  const items = await resolveFirstParts(ctx, db, references, sale);
  return markContradictions(references, items, (barcodes) => resolveFirstParts(ctx, db, barcodes, sale));
}

/** The item of the first part of each reference. */
async function resolveFirstParts(
  ctx: RequestContext,
  db: Queryable,
  references: readonly ItemReference[],
  sale: Omit<Sale, 'terms'>,
): Promise<(ResolvedItem | undefined)[]> {
  const scans = references.map(({ barcode, variantId, productId }) =>
    barcode && !variantId && !productId ? readScan(barcode) : undefined,
  );
  // Read only if a barcode may have a measure.
  const terms = scans.some((scan) => scan && mayMeasure(scan)) ? await labelTermsOf(ctx, db) : undefined;
  const lookups = references.map((reference, index) => lookupsOf(reference, scans[index], terms));
  const find = await catalogItems(ctx, db, lookups);
  return lookups.map((candidates) => {
    for (const lookup of candidates) {
      const item = find(lookup);
      if (item) return toResolvedItem(item, lookup, { ...sale, terms });
    }
    return undefined;
  });
}

function lookupsOf(
  reference: ItemReference,
  scan: Scan | undefined,
  terms: LabelTerms | undefined,
): Lookup[] {
  const { variantId, productId, barcode, sku } = reference;
  // A return is priced as a sale of the same quantity.
  const quantity = (reference.quantity ?? ONE).abs();
  const byId = (kind: ItemKey['kind'], id: string): Lookup[] =>
    isUuid(id) ? [{ kind, value: id.toLowerCase(), quantity }] : [];
  if (variantId) return byId('variant', variantId);
  if (productId) return byId('product', productId);
  if (!barcode) return sku ? [{ kind: 'sku', value: skuKey(sku), quantity }] : [];
  return !scan
    ? []
    : barcodeCandidates(scan, terms?.rules ?? []).map(({ code, measured }) => ({
        kind: 'code',
        value: code,
        measured,
        // The scale has already priced a price label, so its quantity must not depend on the rest of the basket.
        quantity: measured ? (measured.kind === 'weight' ? measured.value : ONE) : quantity,
      }));
}

function toResolvedItem(item: CatalogItem, { quantity, measured }: Lookup, sale: Sale): ResolvedItem {
  const measuredAt = (units: Decimal) => {
    const priced = { ...item, unitPrice: unitPriceOf(item, { ...sale, quantity: units }) };
    return sale.terms
      ? applyMeasure(priced, measured, sale.terms.currency)
      : { quantity: ONE, unitPrice: priced.unitPrice };
  };
  const first = measuredAt(quantity);
  // Prices apply from a quantity on, and the quantity of a measure in another unit is known only now.
  const converted = measured?.content && first.label?.kind === 'weight' && !first.labelError;
  return {
    productId: item.productId,
    variantId: item.variantId,
    sku: item.sku,
    barcode: item.barcode,
    name: item.name,
    productName: item.productName,
    taxClassId: item.taxClassId,
    taxClass: item.taxClass,
    taxRate: taxRateOf(item, sale.at),
    unit: item.unit,
    quantityPlaces: item.quantityPlaces,
    trackStock: item.trackStock,
    minimumAge: item.minimumAge ?? null,
    giftCardPurpose: item.giftCardPurpose ?? null,
    categoryId: item.categoryId,
    brandId: item.brandId,
    vendorId: item.vendorId,
    imageUrl: item.imageUrl,
    active: true,
    ...(converted && !first.quantity.equals(quantity) ? measuredAt(first.quantity) : first),
  };
}

/** The default variant of each product, without deleted products. */
export async function defaultVariantIds(
  db: Queryable,
  productIds: readonly string[],
): Promise<Map<string, string>> {
  const ids = [...new Set(productIds)].filter(isUuid);
  if (ids.length === 0) return new Map();
  const rows = await db.many<{ productId: string; id: string }>(sql`
    select v.product_id, v.id from variants v
    where v.product_id = any(${ids}::uuid[]) and v.is_default and v.deleted_at is null`);
  return new Map(rows.map((row) => [row.productId, row.id]));
}
