/**
 * Optimistic concurrency. A row that people edit has a `version`, which rises by one with each change (prisma/sql/versions.sql). A
 * caller who sends the version that they read, in the input or in `If-Match`, changes only that version of the row.
 *
 * The check follows the row's lock. Otherwise another writer could commit between the check and the update.
 *
 * @example
 * const before = await lockVersion(tx, brands, 'brand', { id, version: input.version });
 * const after = await tx.one<BrandRow>(sql`update brands set … where id = ${id} returning ${brands.columns}`);
 * if (isChanged(before, after)) tx.emit(…);
 */
import { PosProError, notFound } from '../errors';
import { isUuid } from '../ids';
import { raw, sql, type Transaction } from './database';
import type { Table } from './table';

/** A row that people edit. */
export interface Versioned {
  readonly version: number;
}

/** A row to change; without a version, its current state. */
export interface Target {
  readonly id: string;
  readonly version?: number | null | undefined;
}

/**
 * The row with this id, locked until the commit, in the version that the caller wants to change.
 * @param table of the row, with its `version`.
 * @param what the row, for people: "brand".
 * @throws PosProError 404; 409 and 412 of `assertVersion`.
 */
export async function lockVersion<Row extends Versioned>(
  tx: Transaction,
  table: Table<Row, never>,
  what: string,
  { id, version }: Target,
): Promise<Row> {
  const row = isUuid(id)
    ? await tx.maybeOne<Row>(
        sql`select ${table.columns} from ${raw(table.name)} where id = ${id}::uuid for no key update`,
      )
    : undefined;
  if (!row) throw notFound(what, id);
  assertVersion(tx, what, row, version);
  return row;
}

/**
 * Rejects a change of a row that another caller has changed in the meantime.
 * @param what the row, for people: "brand".
 * @param row its current state, locked until the commit.
 * @param expected the version in the input; `If-Match` comes with the transaction.
 * @throws PosProError 409 CONFLICT for another version in the input, 412 PRECONDITION_FAILED where `If-Match` does not name this one.
 * Both have the current version in their details.
 */
export function assertVersion(
  tx: Pick<Transaction, 'ifMatch'>,
  what: string,
  { version }: Versioned,
  expected: number | null | undefined,
): void {
  const message = `The current version of the ${what} is ${version}. Read it again and repeat the change with that version.`;
  const details = { details: { version } };
  if (expected != null && expected !== version) throw new PosProError('CONFLICT', message, details);
  if (tx.ifMatch && !tx.ifMatch.includes(version))
    throw new PosProError('PRECONDITION_FAILED', message, details);
}

/** Whether an update changed the row. An update without a change raises no version, and emits no event. */
export function isChanged(before: Versioned, after: Versioned): boolean {
  return after.version !== before.version;
}
