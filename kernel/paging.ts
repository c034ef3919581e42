/**
 * Lists, a page at a time. A page is selected by number (`page`, `size`) or by a cursor; a cursor is stable
 * while rows change, because it names the last row by its sort value and id.
 */
import { empty, join, sql, type Queryable, type Sql } from './db/database';
import { sqlState } from './db/pg-errors';
import { PosProError, invalid } from './errors';
import { foldText, searchWords } from './fold-text.rules';
import { isUuid } from './ids';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 1000;

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

export interface Page<Item> {
  items: Item[];
  /** Counted only on request, since a count reads every row. */
  total: () => Promise<number>;
  page: number;
  size: number;
  pages: () => Promise<number>;
  /** Whether rows follow this page. */
  hasNextPage: boolean;
  nextCursor: string | null;
}

export interface ListQuery {
  /** The select list; must include the sort columns under the sort names, and `id`. */
  select: Sql;
  /** Tables and joins. */
  from: Sql;
  /**
   * The tables of the conditions alone, if the other joins of `from` add and remove no row: the rows are counted without those joins.
   * Optional; defaults to `from`.
   */
  counted?: Sql;
  /** Conditions, all of which must hold. */
  where: readonly Sql[];
  /** The sort keys: name in camelCase → a column or expression that is never null. */
  sorts: Readonly<Record<string, Sql>>;
  /** The column with the moment of the last change, for lists of rows that change: callers filter by it and sort by it. */
  updatedAt?: Sql;
  /** For example "-createdAt". */
  defaultSort: string;
  /** The unique column that breaks ties. */
  id: Sql;
}

interface Position {
  sort: string;
  value: string;
  id: string;
}

/**
 * Runs a list query for one page.
 * @throws PosProError 422 for an unknown sort field or a bad page number, 400 CURSOR_INVALID for a foreign cursor.
 */
export async function listPage<Row extends { id: string }>(
  db: Queryable,
  query: ListQuery,
  args: PageArgs,
): Promise<Page<Row>> {
  const list = withUpdates(query, args.updatedSince);
  const size = checkedRange('size', args.size ?? DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const page = checkedRange('page', args.page ?? 1, 1_000_000);
  const { name, descending } = parseSort(list, args.sort ?? list.defaultSort);
  const column = list.sorts[name]!;
  const direction = descending ? sql`desc` : sql`asc`;
  const sortText = descending ? `-${name}` : name;
  const after = args.cursor ? decodeCursor(args.cursor, sortText) : undefined;
  const conditions = after ? [...list.where, afterPosition(list, column, descending, after)] : list.where;
  const statement = sql`
    select ${list.select}, (${column})::text as cursor_value from ${list.from} ${whereAll(conditions)}
    order by ${column} ${direction}, ${list.id} ${direction}
    limit ${size + 1} offset ${after ? 0 : (page - 1) * size}`;
  const rows = await db.many<Row & { cursorValue: string }>(statement).catch((error: unknown) => {
    // Class 22: an invalid text for the column's type. Only a forged cursor can have one.
    throw after && (sqlState(error)?.startsWith('22') || isOutOfRange(error)) ? cursorInvalid(error) : error;
  });
  const items = rows.slice(0, size);
  const last = items.at(-1);
  const more = rows.length > size && last !== undefined;
  const total = countOnce(db, list);
  return {
    items,
    total,
    page,
    size,
    pages: async () => Math.ceil((await total()) / size),
    hasNextPage: more,
    nextCursor: more ? encodeCursor({ sort: sortText, value: last.cursorValue, id: last.id }) : null,
  };
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

function countOnce(db: Queryable, list: ListQuery): () => Promise<number> {
  let counted: Promise<number> | undefined;
  const count = async () => {
    const row = await db.one<{ count: number }>(
      sql`select count(*) as count from ${list.counted ?? list.from} ${whereAll(list.where)}`,
    );
    return row.count;
  };
  return () => (counted ??= count());
}

function afterPosition(list: ListQuery, column: Sql, descending: boolean, after: Position): Sql {
  const comparison = descending ? sql`<` : sql`>`;
  // The bound text takes the type of the column it is compared with.
  return sql`(${column}, ${list.id}) ${comparison} (${after.value}, ${after.id})`;
}

function checkedRange(field: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw invalid(field, `${field} must be a whole number from 1 to ${max}.`);
  return value;
}

function parseSort(list: ListQuery, text: string): { name: string; descending: boolean } {
  const descending = text.startsWith('-');
  const name = (descending ? text.slice(1) : text).replace(/_([a-z0-9])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
  if (!Object.hasOwn(list.sorts, name)) {
    throw invalid(
      'sort',
      `This list sorts by ${Object.keys(list.sorts).join(', ')}; a minus before it reverses the order.`,
    );
  }
  return { name, descending };
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

function cursorInvalid(cause?: unknown): PosProError {
  const message = 'The cursor is not one of this list in this order. Start again without a cursor.';
  return new PosProError('CURSOR_INVALID', message, { cause });
}
