/** Resolves the references of a till to items with price and tax: the hot path of scan and checkout, one statement for any number of items. */
import { systemClock } from '#kernel/clock';
import { join, sql, type Queryable, type Sql } from '#kernel/db/database';
import { ONE } from '#kernel/decimal';
import { isUuid } from '#kernel/ids';
import { applyMeasure } from '../barcodes/apply-measure.rules';
import { barcodeCandidates, mayMeasure, type CodeMeasure } from '../barcodes/barcode-candidates.rules';
import { labelTermsOf, type LabelTerms } from '../barcodes/barcode-rules';
import { readScan, type Scan } from '../barcodes/normalize-barcode.rules';
import { skuKey } from '../normalize.rules';
import { rateAt } from '../tax-classes/tax-rate-at';
import { markContradictions } from './contradictions';
import { SOLD_PRODUCT, type ItemReference, type ResolvedItem } from './sold-items';

type ItemRow = Omit<ResolvedItem, 'quantity' | 'active' | 'label' | 'labelError' | 'contradiction'> & {
  line: number;
  candidate: number;
};

/** Branch and moment of a sale. */
interface Sale {
  readonly organizationId: string;
  readonly branchId: string | null;
  readonly at: Date;
}

/** One way to look an item up. */
interface Lookup {
  kind: 'variant' | 'product' | 'code' | 'sku';
  value: string;
  quantity: string;
  measured?: CodeMeasure | undefined;
}

/**
 * The item of each reference, in their order; undefined for unknown, inactive and deleted ones.
 *
 * @param branchId the branch whose prices apply: of the price lists that apply there and then, the one of the highest priority that has
 * a price for the item; otherwise the variant's own price.
 * @param at the moment whose prices and taxes apply. Optional; defaults to now. An offline sale has its own.
 */
type ResolveItems = (
  db: Queryable,
  organizationId: string,
  references: readonly ItemReference[],
  branchId: string,
  at?: Date,
) => Promise<(ResolvedItem | undefined)[]>;

export const resolveItems: ResolveItems = async (
  db,
  organizationId,
  references,
  branchId,
  at = systemClock.now(),
) => {
  const items = await resolveFirstParts(db, organizationId, references, branchId, at);
  return markContradictions(references, items, (barcodes) =>
    resolveFirstParts(db, organizationId, barcodes, branchId, at),
  );
};

/** The item of the first part of each reference. */
const resolveFirstParts = async (
  ...[db, organizationId, references, branchId, at]: Required<Parameters<ResolveItems>>
): ReturnType<ResolveItems> => {
  const scans = references.map(({ barcode, variantId, productId }) =>
    barcode && !variantId && !productId ? readScan(barcode) : undefined,
  );
  // Cached in memory, and read only if a barcode may have a measure.
  const terms = scans.some((scan) => scan && mayMeasure(scan))
    ? await labelTermsOf(db, organizationId)
    : undefined;
  const lookups = references.map((reference, index) => lookupsOf(reference, scans[index], terms));
  if (lookups.every((list) => list.length === 0)) return references.map(() => undefined);
  const sale = { organizationId, branchId: isUuid(branchId) ? branchId : null, at };
  const find = async (lists: readonly Lookup[][]) => {
    const bestRows = new Map<number, ItemRow>();
    for (const row of await db.many<ItemRow>(itemsQuery(sale, lists))) {
      const best = bestRows.get(row.line);
      if (!best || row.candidate < best.candidate) bestRows.set(row.line, row);
    }
    return bestRows;
  };
  const rows = await find(lookups);
  const found = lookups.map((list, line) => {
    const row = rows.get(line);
    return (
      row && { row, lookup: list[row.candidate]!, item: toResolvedItem(row, list[row.candidate]!, terms) }
    );
  });
  // Prices apply from a quantity on, and the quantity of a measure in another unit is known only now.
  const repeated = found.map((one): Lookup[] => {
    const converted =
      one?.lookup.measured?.content && one.item.label?.kind === 'weight' && !one.item.labelError;
    if (!converted || one.item.quantity.equals(one.lookup.quantity)) return [];
    return [
      { ...one.lookup, kind: 'variant', value: one.row.variantId, quantity: one.item.quantity.toFixed() },
    ];
  });
  if (repeated.every((list) => list.length === 0)) return found.map((one) => one?.item);
  const priced = await find(repeated);
  return found.map((one, line) => {
    const row = priced.get(line);
    return row && one ? toResolvedItem(row, one.lookup, terms) : one?.item;
  });
};

function lookupsOf(
  reference: ItemReference,
  scan: Scan | undefined,
  terms: LabelTerms | undefined,
): Lookup[] {
  const { variantId, productId, barcode, sku } = reference;
  // A return is priced as a sale of the same quantity.
  const quantity = (reference.quantity ?? ONE).abs().toFixed();
  if (variantId) return isUuid(variantId) ? [{ kind: 'variant', value: variantId, quantity }] : [];
  if (productId) return isUuid(productId) ? [{ kind: 'product', value: productId, quantity }] : [];
  if (!barcode) return sku ? [{ kind: 'sku', value: skuKey(sku), quantity }] : [];
  return !scan
    ? []
    : barcodeCandidates(scan, terms?.rules ?? []).map(({ code, measured }) => ({
        kind: 'code',
        value: code,
        measured,
        // The scale has already priced a price label, so its quantity must not depend on the rest of the basket.
        quantity: measured ? (measured.kind === 'weight' ? measured.value : ONE).toFixed() : quantity,
      }));
}

/** Queries for the variant of an item, by the kind of its reference. */
const FINDERS: Readonly<Record<Lookup['kind'], (organizationId: string) => Sql>> = {
  variant: () => sql`select a.value::uuid as id`,
  product: (organizationId) => sql`
    select v.id from variants v
    where v.organization_id = ${organizationId}::uuid and v.product_id = a.value::uuid and v.is_default and v.deleted_at is null`,
  code: (organizationId) => sql`
    select b.variant_id as id from barcodes b where b.organization_id = ${organizationId}::uuid and b.code = a.value`,
  sku: (organizationId) => sql`
    select v.id from variants v
    where v.organization_id = ${organizationId}::uuid and v.sku_key = a.value and v.deleted_at is null`,
};

/**
 * Each row is looked up by its key, one after the other. `limit 1` keeps the planner from reading a whole table before there are
 * statistics, as after a first import. A list in JSON keeps the statement the same for baskets of all lengths, so it is planned once.
 */
function itemsQuery({ organizationId, branchId, at }: Sale, lookups: readonly Lookup[][]): Sql {
  const candidates = lookups.flatMap((list, line) =>
    list.map((lookup, candidate) => ({ line, candidate, ...lookup })),
  );
  // Only the parts that this request needs: a scan uses one index, not four.
  const parts = (Object.keys(FINDERS) as Lookup['kind'][]).flatMap((kind) => {
    const ofKind = candidates.filter((lookup) => lookup.kind === kind);
    if (ofKind.length === 0) return [];
    const rows = ofKind.map(({ line, candidate, value, quantity }) => ({ line, candidate, value, quantity }));
    return [
      sql`
      select a.line, a.candidate, a.quantity, f.id
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as a (line int, candidate int, value text, quantity numeric)
      cross join lateral (${FINDERS[kind](organizationId)} limit 1) f`,
    ];
  });
  return sql`
    select asked.line, asked.candidate, p.id as product_id, v.id as variant_id, v.sku, first_code.text as barcode,
      case when v.name is null then p.name else p.name || ' – ' || v.name end as name,
      coalesce(listed.price, v.price) as unit_price, coalesce(tax.rate, 0) as tax_rate, ${SOLD_PRODUCT.select('p')}
    from (${join(parts, ' union all ')}) asked
    cross join lateral (select * from variants v where v.id = asked.id and v.active and v.deleted_at is null limit 1) v
    cross join lateral (select * from products p where p.id = v.product_id and p.active and p.deleted_at is null limit 1) p
    left join lateral (
      select ${rateAt(sql`${at}::timestamptz`)} as rate from tax_classes t where t.id = p.tax_class_id limit 1
    ) tax on true
    left join lateral (
      select b.text from barcodes b where b.variant_id = v.id order by b.position limit 1
    ) first_code on true
    left join lateral (
      select e.price from price_list_entries e join price_lists l on l.id = e.price_list_id
      where e.variant_id = v.id and e.min_quantity <= greatest(asked.quantity, 1) and l.active
        and (l.valid_from is null or l.valid_from <= ${at}) and (l.valid_to is null or l.valid_to > ${at})
        and (l.branch_ids = '{}' or ${branchId}::uuid = any(l.branch_ids))
      order by l.priority desc, e.min_quantity desc, l.id desc limit 1
    ) listed on true`;
}

function toResolvedItem(row: ItemRow, lookup: Lookup, terms: LabelTerms | undefined): ResolvedItem {
  return {
    productId: row.productId,
    variantId: row.variantId,
    sku: row.sku,
    barcode: row.barcode,
    name: row.name,
    taxClassId: row.taxClassId,
    taxRate: row.taxRate,
    unit: row.unit,
    quantityPlaces: row.quantityPlaces,
    trackStock: row.trackStock,
    minimumAge: row.minimumAge ?? null,
    categoryId: row.categoryId,
    imageUrl: row.imageUrl,
    active: true,
    ...(terms
      ? applyMeasure(row, lookup.measured, terms.currency)
      : { quantity: ONE, unitPrice: row.unitPrice }),
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
