/** From what a till names to what it sells: the hot path of scan and checkout, one statement whatever the number of items. */
import { systemClock } from '#kernel/clock';
import { join, sql, type Queryable, type Sql } from '#kernel/db/database';
import type { RowOf } from '#kernel/db/table';
import { type Decimal, ONE } from '#kernel/decimal';
import { isUuid } from '#kernel/ids';
import { applyMeasure, type LabelRefusal } from '../barcodes/apply-measure.rules';
import {
  barcodeCandidates,
  mayMeasure,
  type CodeMeasure,
  type LabelValue,
} from '../barcodes/barcode-candidates.rules';
import { labelTermsOf, type LabelTerms } from '../barcodes/barcode-rules';
import { readScan, type Scan } from '../barcodes/normalize-barcode.rules';
import { skuKey } from '../normalize.rules';
import { rateAt } from '../classification/tax-rate-at';
import { products } from '../tables.generated';

/** How a caller names an item: the first of these that is given counts, in this order: variant, product, barcode, SKU. */
export interface ItemReference {
  readonly productId?: string | null | undefined;
  readonly variantId?: string | null | undefined;
  readonly sku?: string | null | undefined;
  readonly barcode?: string | null | undefined;
  /** How many are sold, for prices that hold from a quantity on; 1 where left out. A label counts by itself: by its weight, or as 1. */
  readonly quantity?: Decimal | null | undefined;
}

/** The columns of a product that a sale copies. */
export const SOLD_PRODUCT = products.pick(
  'taxClassId',
  'unit',
  'quantityPlaces',
  'trackStock',
  'minimumAge',
  'categoryId',
  'imageUrl',
);
type SoldProduct = RowOf<typeof SOLD_PRODUCT>;

/** A variant as it is sold at a branch. */
export interface Sellable extends Omit<SoldProduct, 'minimumAge'>, Partial<Pick<SoldProduct, 'minimumAge'>> {
  readonly productId: string;
  readonly variantId: string;
  readonly sku: string;
  /** The variant's first barcode, as it was typed in. */
  readonly barcode: string | null;
  /** The product's name, with the variant's own behind it where it has one. */
  readonly name: string;
  readonly unitPrice: Decimal;
  /** In percent. */
  readonly taxRate: Decimal;
  /** Always true here: what is inactive is not sellable. */
  readonly active: boolean;
  /** 1, or what a weight or price barcode says. */
  readonly quantity: Decimal;
  /** The weight or price label that named it; undefined where no such label did. `quantitySold` holds a till's quantity against it. */
  readonly label?: LabelValue | undefined;
  /** Why its barcode sells nothing, though it names this item. Whoever sells by the code must refuse; whoever only counts need not. */
  readonly refusal?: LabelRefusal | undefined;
}

type SellableRow = Omit<Sellable, 'quantity' | 'active' | 'label' | 'refusal'> & {
  line: number;
  candidate: number;
};

/** At which branch, when. */
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
 * What is sold under each reference, in the order asked; undefined for the unknown, the inactive and the deleted.
 *
 * @param branchId whose prices count: of the price lists that hold there and then, the one of the highest priority that prices the
 * item; without one, the variant's own price.
 * @param at the moment whose prices and taxes count; now where left out. A sale made offline names its own.
 */
type FindSellables = (
  db: Queryable,
  organizationId: string,
  references: readonly ItemReference[],
  branchId: string,
  at?: Date,
) => Promise<(Sellable | undefined)[]>;

export const findSellables: FindSellables = async (
  db,
  organizationId,
  references,
  branchId,
  at = systemClock.now(),
) => {
  const scans = references.map(({ barcode, variantId, productId }) =>
    barcode && !variantId && !productId ? readScan(barcode) : undefined,
  );
  // Kept in memory, and asked for only where a measure may be among the barcodes.
  const terms = scans.some((scan) => scan && mayMeasure(scan))
    ? await labelTermsOf(db, organizationId)
    : undefined;
  const lookups = references.map((reference, index) => lookupsOf(reference, scans[index], terms));
  if (lookups.every((list) => list.length === 0)) return references.map(() => undefined);
  const sale = { organizationId, branchId: isUuid(branchId) ? branchId : null, at };
  const find = async (asked: readonly Lookup[][]) => {
    const best = new Map<number, SellableRow>();
    for (const row of await db.many<SellableRow>(sellablesQuery(sale, asked))) {
      const known = best.get(row.line);
      if (!known || row.candidate < known.candidate) best.set(row.line, row);
    }
    return best;
  };
  const rows = await find(lookups);
  const found = lookups.map((list, line) => {
    const row = rows.get(line);
    return row && { row, lookup: list[row.candidate]!, item: toSellable(row, list[row.candidate]!, terms) };
  });
  // Prices hold from a quantity on, and what a measure in another unit comes to is known only now.
  const again = found.map((one): Lookup[] => {
    const converted = one?.lookup.measured?.content && one.item.label?.kind === 'weight' && !one.item.refusal;
    if (!converted || one.item.quantity.equals(one.lookup.quantity)) return [];
    return [
      { ...one.lookup, kind: 'variant', value: one.row.variantId, quantity: one.item.quantity.toFixed() },
    ];
  });
  if (again.every((list) => list.length === 0)) return found.map((one) => one?.item);
  const priced = await find(again);
  return found.map((one, line) => {
    const row = priced.get(line);
    return row && one ? toSellable(row, one.lookup, terms) : one?.item;
  });
};

function lookupsOf(
  reference: ItemReference,
  scan: Scan | undefined,
  terms: LabelTerms | undefined,
): Lookup[] {
  const { variantId, productId, barcode, sku } = reference;
  // A return is priced as a sale of as many.
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
        // The scale has priced a price label already; what it stands for must not hang on what else is in the basket.
        quantity: measured ? (measured.kind === 'weight' ? measured.value : ONE).toFixed() : quantity,
      }));
}

/** What an item may be named by, and how its variant is found. */
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
 * Each row is looked up by its key, one after the other: `limit 1` keeps the planner from reading a table whole where it has no
 * statistics yet, as after a first import, and a list in JSON from planning the statement anew for each length of a basket.
 */
function sellablesQuery({ organizationId, branchId, at }: Sale, lookups: readonly Lookup[][]): Sql {
  const asked = lookups.flatMap((list, line) =>
    list.map((lookup, candidate) => ({ line, candidate, ...lookup })),
  );
  // Only the branches that this request needs: a scan asks for one index, not for four.
  const parts = (Object.keys(FINDERS) as Lookup['kind'][]).flatMap((kind) => {
    const mine = asked.filter((lookup) => lookup.kind === kind);
    if (mine.length === 0) return [];
    const rows = mine.map(({ line, candidate, value, quantity }) => ({ line, candidate, value, quantity }));
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

function toSellable(row: SellableRow, lookup: Lookup, terms: LabelTerms | undefined): Sellable {
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

/** The default variant of each product that has one, deleted products left out. */
export async function variantIds(db: Queryable, productIds: readonly string[]): Promise<Map<string, string>> {
  const ids = [...new Set(productIds)].filter(isUuid);
  if (ids.length === 0) return new Map();
  const rows = await db.many<{ productId: string; id: string }>(sql`
    select v.product_id, v.id from variants v
    where v.product_id = any(${ids}::uuid[]) and v.is_default and v.deleted_at is null`);
  return new Map(rows.map((row) => [row.productId, row.id]));
}
