/** The product search of a till, which tolerates typing errors and answers while the cashier types. */
import { systemClock } from '#kernel/clock';
import { sql, type Queryable } from '#kernel/db/database';
import { searchTerm, type SearchTerm } from '#kernel/fold-text.rules';
import { listTotals } from '#kernel/list-totals';
import { pageNumbers, type Page } from '#kernel/paging';
import type { QuerySearchProductsArgs } from '../inputs.generated';
import { canonicalBarcode } from '../barcodes/normalize-barcode.rules';
import { skuKey } from '../normalize.rules';
import { PRODUCT_TABLES, productColumns, type ProductRow } from '../model';

/** Maximum number of matches; a cashier who needs more types another letter. */
const MAX_MATCHES = 200;
/** Characters beyond this are ignored; no cashier types so many. */
const MAX_TEXT = 100;

/**
 * The active products that match a text, best first: exact SKU or barcode, then their beginnings, then the beginning of the name,
 * of each word, the inside of words, and similar texts. One statement (prisma/sql/catalog.sql has the search itself).
 * @throws PosProError 422 for an invalid page.
 */
export async function searchProducts(
  db: Queryable,
  typed: string,
  paging: Pick<QuerySearchProductsArgs, 'page' | 'size'> = {},
  at = systemClock.now(),
): Promise<Page<ProductRow>> {
  const { page, size } = pageNumbers(paging);
  const text = typed.slice(0, MAX_TEXT);
  const term = searchTerm(text);
  const none = { total: 0, items: [] };
  const { total, items } = term
    ? await matches(db, text, term, { from: (page - 1) * size, to: page * size, at })
    : none;
  return {
    ...listTotals(size, () => Promise.resolve(total)),
    items,
    page,
    size,
    hasNextPage: page * size < total,
    nextCursor: null,
  };
}

interface Matches {
  readonly total: number;
  readonly items: ProductRow[];
}

/** The number of matches, and those of one page: only these are read. An empty page has one row without an id, for the number. */
async function matches(
  db: Queryable,
  text: string,
  term: SearchTerm,
  { from, to, at }: { from: number; to: number; at: Date },
): Promise<Matches> {
  const rows = await db.many<ProductRow & { total: number }>(sql`
    with m as materialized (
      select * from catalog_search(${skuKey(text)}, ${canonicalBarcode(text)}, ${term.beginning}, ${term.startGrams}::text[],
        ${term.starts}::text[], ${term.insideGrams}::text[], ${term.inside}::text[], ${term.similarGrams}, ${MAX_MATCHES}::integer)
        with ordinality as f (product_id, rank, place)
    )
    select counted.total, shown.* from (select count(*)::integer as total from m) counted
    left join lateral (
      select ${productColumns(at)}, m.place from m join ${PRODUCT_TABLES} on p.id = m.product_id
      where m.place > ${from}::integer and m.place <= ${to}::integer
    ) shown on true
    order by shown.place`);
  return { total: rows[0]?.total ?? 0, items: rows.filter(({ id }) => id !== null) };
}
