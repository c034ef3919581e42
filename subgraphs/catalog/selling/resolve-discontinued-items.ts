/** Items that may no longer be sold, for sales that were made earlier. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { isUuid } from '#kernel/ids';
import { applyMeasure } from '../barcodes/apply-measure.rules';
import { barcodeCandidates } from '../barcodes/barcode-candidates.rules';
import { labelTermsOf } from '../barcodes/barcode-rules';
import { skuKey } from '../normalize.rules';
import { rateAt } from '../tax-classes/tax-rate-at';
import { ITEM_NAME } from './item-names';
import { SOLD_PRODUCT, type ItemReference, type ResolvedItem } from './sold-items';

/** A row, with the code that matched its barcode. */
type DiscontinuedRow = Omit<ResolvedItem, 'quantity' | 'label' | 'labelError' | 'active'> & {
  line: number;
  active: boolean;
  code: string | null;
};

/**
 * The item of each reference, whether active, inactive or deleted; undefined for an item that never existed. A SKU or barcode that
 * another item has got since means that item. One statement.
 *
 * @param at the moment whose tax rates apply.
 */
export async function resolveDiscontinuedItems(
  ctx: RequestContext,
  db: Queryable,
  references: readonly ItemReference[],
  at: Date,
): Promise<(ResolvedItem | undefined)[]> {
  const { organizationId } = db;
  const { rules, currency } = await labelTermsOf(ctx, db);
  const candidates = references.map(({ barcode }) => (barcode ? barcodeCandidates(barcode, rules) : []));
  const lookups = references.map(({ variantId, productId, sku }, line) => ({
    line,
    variantId: variantId && isUuid(variantId) ? variantId : null,
    productId: productId && isUuid(productId) ? productId : null,
    codes: variantId || productId ? [] : candidates[line]!.map(({ code }) => code),
    skuKey: sku ? skuKey(sku) : null,
  }));
  const rows = await db.many<DiscontinuedRow>(sql`
    select distinct on (a.line) a.line, p.id as product_id, v.id as variant_id, v.sku, null as barcode,
      ${ITEM_NAME} as name, p.name as product_name, v.price as unit_price,
      coalesce(${rateAt(sql`${at}::timestamptz`)}, 0) as tax_rate, t.code as tax_class, ${SOLD_PRODUCT.select('p')},
      named.code, v.active and p.active and v.deleted_at is null and p.deleted_at is null as active
    from jsonb_to_recordset(${JSON.stringify(lookups)}::jsonb)
      as a(line int, "variantId" uuid, "productId" uuid, codes text[], "skuKey" text)
    join variants v on v.organization_id = ${organizationId}::uuid and (
      v.id = a."variantId" or (a."variantId" is null and v.product_id = a."productId" and v.is_default)
      or (a."variantId" is null and a."productId" is null and (v.sku_key = a."skuKey" or v.id in (
        select b.variant_id from barcodes b where b.organization_id = ${organizationId}::uuid and b.code = any(a.codes)))))
    join products p on p.id = v.product_id
    left join tax_classes t on t.id = p.tax_class_id
    left join lateral (
      select b.code from barcodes b where b.variant_id = v.id and b.code = any(a.codes) order by array_position(a.codes, b.code) limit 1
    ) named on true
    order by a.line, (v.deleted_at is null) desc, v.id desc`);
  const itemsByLine = new Map(
    rows.map(({ line, code, ...row }) => [
      line,
      {
        ...row,
        ...applyMeasure(
          row,
          candidates[line]!.find((candidate) => candidate.code === code)?.measured,
          currency,
        ),
      },
    ]),
  );
  return references.map((_, line) => itemsByLine.get(line));
}
