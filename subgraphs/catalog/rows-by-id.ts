import type { Queryable, Sql } from '#kernel/db/database';
import { byId } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';

/** Rows by their ids; malformed ids match nothing, like unknown ones. @param query selects the rows of an array of ids. */
export async function rowsById<Row extends { id: string }>(
  db: Queryable,
  ids: readonly string[],
  query: (ids: readonly string[]) => Sql,
): Promise<ReadonlyMap<string, Row>> {
  const uuids = ids.filter(isUuid);
  if (uuids.length === 0) return new Map();
  return byId(await db.many<Row>(query(uuids)));
}
