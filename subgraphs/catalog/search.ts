/** The search of a till: it forgives typing errors and answers while the cashier types. */
import { sql, type Queryable } from '../../kernel/db/database';
import { invalid } from '../../kernel/errors';
import type { Page } from '../../kernel/paging';
import { canonicalBarcode } from './barcode';
import { nameKey, searchWords } from './names';
import { PRODUCT_COLUMNS, PRODUCT_TABLES, type ProductRow } from './rows';

/** The most matches of a search; who looks for more will rather type another letter. */
const MAX_MATCHES = 200;
const DEFAULT_SIZE = 20;
/** What is typed beyond this is not looked at; nobody types so much. */
const MAX_TEXT = 100;

/**
 * The active products that match a text, best first: exact SKU or barcode, then their beginnings, then the beginning of the name,
 * of each word, and what is similar. One statement (prisma/sql/catalog.sql has the search itself).
 * @throws PosProError 422 for a bad page.
 */
export async function searchProducts(
  db: Queryable,
  typed: string,
  paging: { page?: number | null; size?: number | null } = {},
): Promise<Page<ProductRow>> {
  const page = paging.page ?? 1;
  const size = paging.size ?? DEFAULT_SIZE;
  if (!Number.isInteger(page) || page < 1) throw invalid('page', 'page must be a whole number from 1.');
  if (!Number.isInteger(size) || size < 1 || size > MAX_MATCHES) throw invalid('size', `size must be 1 to ${MAX_MATCHES}.`);
  const text = typed.slice(0, MAX_TEXT);
  const words = searchWords(text).sort((a, b) => b.length - a.length);
  const found = words.length === 0 ? [] : await matches(db, text, words);
  const items = found.slice((page - 1) * size, page * size);
  const pages = Math.ceil(found.length / size);
  return {
    items,
    page,
    size,
    nextCursor: null,
    total: () => Promise.resolve(found.length),
    pages: () => Promise.resolve(pages),
  };
}

function matches(db: Queryable, text: string, words: readonly string[]): Promise<ProductRow[]> {
  const patterns = words.map((word) => `% ${word}%`);
  return db.many<ProductRow>(sql`
    select ${PRODUCT_COLUMNS}
    from catalog_search(${nameKey(text)}, ${patterns}::text[], ${canonicalBarcode(text)}, ${MAX_MATCHES}::integer)
      with ordinality as m (product_id, rank, place)
    join ${PRODUCT_TABLES} on p.id = m.product_id
    where p.active
    order by m.place`);
}
