/**
 * Totals of lists. Counting reads every row, so a list is counted up to a limit only; beyond it the planner's estimate is the total.
 * Both are read only for a caller who asks for them.
 */
import { processCache, type Cache } from './cache';
import { sql, type Queryable, type Sql } from './db/database';

/** Lists are counted exactly up to this many items; estimates are greater. Numbered pages begin within these items, too. */
export const MAX_COUNTED = 10_000;

/** The totals of one page's list. Each is a function, so that nothing is counted unless it is called. */
export interface ListTotals {
  /** Number of items on all pages. */
  readonly total: () => Promise<number>;
  /** Whether the total is an estimate, which is greater than MAX_COUNTED. */
  readonly totalIsEstimate: () => Promise<boolean>;
  /** Number of pages, estimated if the total is. */
  readonly pages: () => Promise<number>;
}

/** @param count runs at most once, and only on request. */
export function listTotals(size: number, count: () => Promise<number>): ListTotals {
  let counted: Promise<number> | undefined;
  const total = () => (counted ??= count());
  return {
    total,
    totalIsEstimate: async () => (await total()) > MAX_COUNTED,
    pages: async () => Math.ceil((await total()) / size),
  };
}

/**
 * Estimates by organization and statement. They need no invalidation: an estimate is declared as one, and a list that shrank below the
 * limit is counted exactly again within this time.
 */
const estimates = processCache<number>({
  name: 'list_estimates',
  domain: 'lists',
  maxSize: 1_000,
  lifetimeMs: 60_000,
});

/**
 * The number of rows of a query: exact up to MAX_COUNTED, estimated and greater beyond it.
 * @param rows the query from its FROM clause on.
 * @param counts keeps exact counts. Optional; without it each call counts.
 */
export async function countRows(db: Queryable, rows: Sql, counts?: Cache<number>): Promise<number> {
  const key = JSON.stringify([rows.text, rows.values]);
  const known = counts?.get(db.organizationId, key) ?? estimates.get(db.organizationId, key);
  if (known !== undefined) return known;
  const keepCount = counts?.keeping(db);
  const keepEstimate = estimates.keeping(db);
  const { count } = await db.one<{ count: number }>(
    sql`select count(*) as count from (select from ${rows} limit ${MAX_COUNTED + 1}) counted`,
  );
  if (count <= MAX_COUNTED) {
    keepCount?.({ value: count, keys: [key] });
    return count;
  }
  const estimate = Math.max(count, await estimateRows(db, rows));
  keepEstimate({ value: estimate, keys: [key] });
  return estimate;
}

interface Explained {
  readonly 'QUERY PLAN': readonly [{ readonly Plan: { readonly 'Plan Rows': number } }];
}

/** The planner's estimate, from its statistics of the columns: it knows the organization and the values of the conditions. */
async function estimateRows(db: Queryable, rows: Sql): Promise<number> {
  const explained = await db.one<Explained>(sql`explain (format json) select from ${rows}`);
  return Math.round(explained['QUERY PLAN'][0].Plan['Plan Rows']);
}
