/**
 * Lists, a page at a time. A page is selected by number (`page`, `size`) or by a cursor; a cursor is stable
 * while rows change, because it names the last row by its sort value and id.
 */
import type { Cache } from './cache';
import { empty, join, raw, sql, type Queryable, type Sql } from './db/database';
import { sqlState } from './db/pg-errors';
import { PosProError, invalid } from './errors';
import { foldText, searchWords } from './fold-text.rules';
import { isUuid } from './ids';
import { countRows, listTotals, MAX_COUNTED, type ListTotals } from './list-totals';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 1000;
const MAX_PAGE = 1_000_000;
/**
 * Sizes that are written into the statement. The plan of a prepared statement takes a parameter as a tenth of the list, for which
 * reading and sorting all of it would be cheaper; all 1,000 sizes would be too many statements to prepare.
 */
const USUAL_SIZES: ReadonlySet<number> = new Set([10, 20, 25, 50, 100, 200, 500, 1_000]);

/** The paging arguments that every list has, in GraphQL and in the query string alike. */
export interface PageArgs {
  /** From 1. */
  page?: number | null;
  /** 1 to 1,000. Optional; defaults to 20. */
  size?: number | null;
  /** The `nextCursor` of the page before; replaces `page`. */
  cursor?: string | null;
  /** A field's name, in camelCase or snake_case; a minus before it reverses the order: "-created_at". */
  sort?: string | null;
  /** Only rows that changed at this moment or later; for lists with `updatedAt`. */
  updatedSince?: Date | null;
}

export interface Page<Item> extends ListTotals {
  items: Item[];
  page: number;
  size: number;
  /** Whether rows follow this page. */
  hasNextPage: boolean;
  nextCursor: string | null;
}

export interface ListQuery {
  /** The select list; must include `id`. */
  select: Sql;
  /** The tables of the conditions and the sort keys; each of their rows is an item. */
  from: Sql;
  /**
   * The tables of the select list, in which `id` finds an item by an index: the keys of the page are read first, and then only the rows
   * of the page. For joins that only the select list needs, and for long lists, whose pages have many rows before them.
   * Optional; by default `from` has all tables, and its rows are read in the order of the list.
   */
  rows?: Sql;
  /** Whether a page counts the list, too: for searches, which read all matches for any page. Needs `rows`. */
  countedWithPage?: boolean;
  /** Keeps the exact counts of the list until an event drops them. Optional. */
  counts?: Cache<number>;
  /** Conditions, all of which must hold. */
  where: readonly Sql[];
  /** The sort keys by their names in camelCase. */
  sorts: Readonly<Record<string, SortKey>>;
  /** The column with the moment of the last change, for lists of rows that change: callers filter by it and sort by it. */
  updatedAt?: Sql;
  /** For example "-createdAt". */
  defaultSort: string;
  /** The unique column that breaks ties. */
  id: Sql;
}

/** The order of the entries of a ledger, in a query in which they are `e`: the newest first. */
export const NEWEST_ENTRY_FIRST: Pick<ListQuery, 'sorts' | 'defaultSort' | 'id'> = {
  sorts: { number: sql`e.number` },
  defaultSort: '-number',
  id: sql`e.id`,
};

/** A column or expression that is never null, or one of a table that `from` lacks, with the tables to read in place of `from`. */
export type SortKey = Sql | { readonly by: Sql; readonly from: Sql };

interface Position {
  sort: string;
  value: string;
  id: string;
}

/**
 * Runs a list query for one page.
 * @throws PosProError 422 for an unknown sort field, a bad page number and a page too far from the start, 400 CURSOR_INVALID for a
 * foreign cursor.
 */
export async function listPage<Row extends { id: string }>(
  db: Queryable,
  query: ListQuery,
  args: PageArgs,
): Promise<Page<Row>> {
  const list = withUpdates(query, args.updatedSince);
  const { page, size } = pageNumbers(args);
  const order = parseSort(list, args.sort ?? list.defaultSort);
  const after = args.cursor ? decodeCursor(args.cursor, order.text) : undefined;
  const offset = after ? 0 : (page - 1) * size;
  if (offset >= MAX_COUNTED) throw tooDeep();
  const statement = pageStatement(list, order, { after, offset, limit: size + 1 });
  const rows = await db.many<Row & PageColumns>(statement).catch((error: unknown) => {
    // Class 22: an invalid text for the column's type. Only a forged cursor can have one.
    throw after && (sqlState(error)?.startsWith('22') || isOutOfRange(error)) ? cursorInvalid(error) : error;
  });
  const items = rows.slice(0, size);
  const last = items.at(-1);
  const more = rows.length > size && last !== undefined;
  // The last page has counted the list.
  const isLast = !after && !more && (last !== undefined || page === 1);
  const total = isLast ? offset + items.length : last?.listTotal;
  return {
    ...listTotals(
      size,
      async () => total ?? countRows(db, sql`${list.from} ${whereAll(list.where)}`, list.counts),
    ),
    items,
    page,
    size,
    hasNextPage: more,
    nextCursor: more ? encodeCursor({ sort: order.text, value: last.cursorValue, id: last.id }) : null,
  };
}

/** The columns of a page's statement beside those of the list. */
interface PageColumns {
  /** The sort key as text. */
  readonly cursorValue: string;
  /** Number of items on all pages, if the page counts them. */
  readonly listTotal?: number;
}

interface Order {
  readonly by: Sql;
  readonly from: Sql;
  readonly descending: boolean;
  /** As in cursors: the name in camelCase, with a minus for a reversed order. */
  readonly text: string;
}

interface Range {
  readonly after: Position | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** The rows of a page and one more, which says whether another page follows. */
function pageStatement(list: ListQuery, order: Order, { after, offset, limit }: Range): Sql {
  const { by, from, descending } = order;
  const conditions = after ? [...list.where, afterPosition(list, order, after)] : list.where;
  const direction = descending ? sql`desc` : sql`asc`;
  const part = sql`${whereAll(conditions)} order by ${by} ${direction}, ${list.id} ${direction}
    limit ${USUAL_SIZES.has(limit - 1) ? raw(String(limit)) : limit} ${offset > 0 ? sql`offset ${offset}` : empty}`;
  if (!list.rows || (list.rows === from && offset === 0))
    return sql`select ${list.select}, (${by})::text as cursor_value from ${from} ${part}`;
  // A lateral subquery with an OFFSET is read by index for each key, whatever the planner estimates.
  const total = list.countedWithPage && !after ? sql`, count(*) over () as list_total` : empty;
  return sql`select item.*, page.key::text as cursor_value ${total === empty ? empty : sql`, page.list_total`}
    from (select ${list.id} as id, ${by} as key ${total} from ${from} ${part}) page
    cross join lateral (select ${list.select} from ${list.rows} where ${list.id} = page.id offset 0) item
    order by page.key ${direction}, page.id ${direction}`;
}

/** The list with its order and its condition by the moment of the last change. */
function withUpdates(list: ListQuery, since: Date | null | undefined): ListQuery {
  if (!list.updatedAt) return list;
  return {
    ...list,
    sorts: { ...list.sorts, updatedAt: list.updatedAt },
    where: since == null ? list.where : [...list.where, sql`${list.updatedAt} >= ${since}`],
  };
}

function isOutOfRange(error: unknown): boolean {
  return error instanceof PosProError && sqlState(error.cause)?.startsWith('22') === true;
}

/** Joins conditions into a WHERE clause; nothing for none. */
export function whereAll(conditions: readonly Sql[]): Sql {
  return conditions.length > 0 ? sql`where ${join(conditions, ' and ')}` : empty;
}

/**
 * A condition for each word of a search, which must occur in a folded text; for short lists, which need no
 * index. A search without words, such as "%", looks for the characters themselves.
 */
export function containsWords(folded: Sql, search: string | null | undefined): Sql[] {
  const words = searchWords(search ?? '');
  const signs = foldText(search ?? '');
  if (words.length === 0 && signs !== '') return [sql`strpos(${folded}, ${signs}) > 0`];
  return words.map((word) => sql`replace(${folded}, '''', '') like ${`%${word}%`}`);
}

/**
 * The condition of a filter by id; none without an id. A text that is not a UUID matches nothing, as an unknown id does.
 *
 * @param column a column of type uuid.
 */
export function sameId(column: Sql, id: string | null | undefined): Sql[] {
  if (id == null) return [];
  return isUuid(id) ? [sql`${column} = ${id}::uuid`] : [sql`false`];
}

/** The conditions of a filter by moments: from the first on, before the second. */
export function inPeriod(column: Sql, { from, to }: { from?: Date | null; to?: Date | null }): Sql[] {
  return [
    ...(from == null ? [] : [sql`${column} >= ${from}`]),
    ...(to == null ? [] : [sql`${column} < ${to}`]),
  ];
}

function afterPosition(list: ListQuery, { by, descending }: Order, after: Position): Sql {
  const comparison = descending ? sql`<` : sql`>`;
  // The bound text takes the type of the column it is compared with.
  return sql`(${by}, ${list.id}) ${comparison} (${after.value}, ${after.id})`;
}

function tooDeep(): PosProError {
  const message = `A page cannot begin beyond the first ${MAX_COUNTED} items. Continue with the cursor of the page before, or narrow the list.`;
  return invalid('page', message, 'OUT_OF_RANGE');
}

/** The number and the size of a page. @throws PosProError 422 for one out of range. */
export function pageNumbers({ page, size }: Pick<PageArgs, 'page' | 'size'>): { page: number; size: number } {
  return {
    page: checkedRange('page', page ?? 1, MAX_PAGE),
    size: checkedRange('size', size ?? DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
  };
}

/** @returns the value. @throws PosProError 422 naming the field, unless the value is a whole number from 1 to `max`. */
export function checkedRange(field: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw invalid(field, `${field} must be a whole number from 1 to ${max}.`);
  return value;
}

function parseSort(list: ListQuery, sort: string): Order {
  const descending = sort.startsWith('-');
  const name = (descending ? sort.slice(1) : sort).replace(/_([a-z0-9])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
  if (!Object.hasOwn(list.sorts, name)) {
    throw invalid(
      'sort',
      `This list sorts by ${Object.keys(list.sorts).join(', ')}; a minus before it reverses the order.`,
    );
  }
  const key = list.sorts[name]!;
  const tables = 'by' in key ? key : { by: key, from: list.from };
  return { ...tables, descending, text: descending ? `-${name}` : name };
}

function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.sort, position.value, position.id])).toString('base64url');
}

function decodeCursor(cursor: string, sort: string): Position {
  try {
    const [cursorSort, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (cursorSort === sort && typeof value === 'string' && typeof id === 'string')
      return { sort, value, id };
  } catch {
    // Falls through to the one error for every invalid cursor.
  }
  throw cursorInvalid();
}

/** The one error for every invalid cursor. */
export function cursorInvalid(cause?: unknown): PosProError {
  const message = 'The cursor is not one of this list in this order. Start again without a cursor.';
  return new PosProError('CURSOR_INVALID', message, { cause });
}
