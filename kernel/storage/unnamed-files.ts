/**
 * Removal of files that no row names: those of deleted rows, and those left by a process that ended between a commit and the removal, or
 * in the middle of an upload. Several processes may run it at once.
 */
import type { Services } from '../context';
import { raw, sql } from '../db/database';
import type { Table } from '../db/table';
import { storageOf } from './index';

/** The file of an upload exists before its row; a file of this age belongs to no upload that still runs. */
export const LEAST_AGE_MS = 24 * 3_600_000;
const FILES_A_QUERY = 500;

interface NamedFiles {
  /** The rows that name files. */
  readonly rows: Table<{ organizationId: string; storageKey: string }, never>;
  /** Rows of each organization that may have files. */
  readonly owners: Table<{ organizationId: string }, never>;
  /** The folder of an organization's files. */
  readonly folder: (organizationId: string) => string;
  /** The key in the row of a file; null for a file without a row, undefined for a file that is not PosPro's. Optional; the file's own key. */
  readonly rowKey?: (key: string) => string | null | undefined;
}

/** Runs once, for the organizations of this database. @returns the number of files removed. */
export async function removeUnnamedFiles(services: Services, files: NamedFiles): Promise<number> {
  const { clock, config, database } = services;
  const { owners, folder, rowKey = (key: string) => key } = files;
  const before = new Date(clock.now().getTime() - LEAST_AGE_MS);
  const organizations = await database.system.many<{ id: string }>(
    sql`select distinct organization_id as id from ${raw(owners.name)}`,
  );
  let removed = 0;
  for (const { id } of organizations) {
    let rowKeys = new Map<string, string | null>();
    for await (const { key, modifiedAt } of storageOf(config).list(folder(id))) {
      const named = modifiedAt < before ? rowKey(key) : undefined;
      if (named !== undefined) rowKeys.set(key, named);
      if (rowKeys.size < FILES_A_QUERY) continue;
      removed += await removeUnnamed(services, files, id, rowKeys);
      rowKeys = new Map();
    }
    removed += await removeUnnamed(services, files, id, rowKeys);
  }
  return removed;
}

/** @param rowKeys for each file, its key in a row. */
async function removeUnnamed(
  { config, database }: Services,
  { rows }: NamedFiles,
  organizationId: string,
  rowKeys: ReadonlyMap<string, string | null>,
): Promise<number> {
  if (rowKeys.size === 0) return 0;
  const found = await database.system.many<{ storageKey: string }>(sql`
    select r.storage_key from ${raw(rows.name)} r
    where r.organization_id = ${organizationId}::uuid and r.storage_key = any(${[...new Set(rowKeys.values())]}::text[])`);
  const stored = new Set<string | null>(found.map(({ storageKey }) => storageKey));
  const unnamed = [...rowKeys].filter(([, rowKey]) => !stored.has(rowKey)).map(([key]) => key);
  await storageOf(config).remove(unnamed);
  return unnamed.length;
}
