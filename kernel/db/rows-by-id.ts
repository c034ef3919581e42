/** Rows of a table by their ids. */
import { notFound } from '../errors';
import { byId } from '../graph/loader';
import { isUuid } from '../ids';
import { raw, sql, type Queryable } from './database';
import type { Table } from './table';

/** The rows with these ids, by id. An id that is not a UUID has no row. */
export async function rowsByIds<Row extends { id: string }>(
  db: Queryable,
  table: Pick<Table<Row>, 'name' | 'columns'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Row>> {
  const uuids = ids.filter(isUuid);
  return byId(
    await db.many<Row>(sql`select ${table.columns} from ${raw(table.name)} where id = any(${uuids}::uuid[])`),
  );
}

/** The row with an id. @param noun names the row in the error. @throws PosProError 404. */
export async function requireRow<Row extends { id: string }>(
  db: Queryable,
  table: Pick<Table<Row>, 'name' | 'columns'>,
  noun: string,
  id: string,
): Promise<Row> {
  const row = (await rowsByIds(db, table, [id])).get(id.toLowerCase());
  if (!row) throw notFound(noun, id);
  return row;
}
