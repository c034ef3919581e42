/**
 * Moments by the clock of the database, for leases and work that is due: the clocks of processes may differ, and one that is ahead would
 * take over work that another one is doing.
 */
import { sql, type Sql } from './database';

/** The moment at which the transaction began, or a statement outside of one. An index finds the rows that are due by it. */
export const DATABASE_NOW = sql`now()`;

/** The moment after a time from now, however long the transaction has run. @param ms in milliseconds. */
export function databaseTimeIn(ms: number): Sql {
  return sql`clock_timestamp() + make_interval(secs => ${ms / 1_000})`;
}
