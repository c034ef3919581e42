/**
 * Deletes attachments that no message names, and files without a row: those of erased customers, and those left by a process that ended
 * in the middle of an upload. Several processes may run it at once.
 */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { storageOf } from '#kernel/storage/index';
import { attachmentFolder } from './attachment-files';

/** The file of a new attachment exists before its row, and the row before its message. */
const LEAST_AGE_MS = 24 * 3_600_000;
const INTERVAL_MS = 6 * 3_600_000;
const FILES_A_QUERY = 500;

/** Runs once. @returns the number of files removed. */
export async function pruneAttachments(services: Services): Promise<number> {
  const { system } = services.database;
  const before = new Date(services.clock.now().getTime() - LEAST_AGE_MS);
  await system.run(
    sql`delete from ticket_attachments where message_id is null and created_at < ${before}::timestamptz`,
  );
  const organizations = await system.many<{ id: string }>(
    sql`select distinct organization_id as id from tickets`,
  );
  let removed = 0;
  for (const { id } of organizations) {
    let keys: string[] = [];
    for await (const { key, modifiedAt } of storageOf(services.config).list(attachmentFolder(id))) {
      if (modifiedAt < before) keys.push(key);
      if (keys.length < FILES_A_QUERY) continue;
      removed += await removeUnnamed(services, id, keys);
      keys = [];
    }
    removed += await removeUnnamed(services, id, keys);
  }
  return removed;
}

async function removeUnnamed(
  { database, config }: Services,
  organizationId: string,
  keys: readonly string[],
): Promise<number> {
  if (keys.length === 0) return 0;
  const rows = await database.system.many<{ storageKey: string }>(sql`
    select a.storage_key from ticket_attachments a
    where a.organization_id = ${organizationId}::uuid and a.storage_key = any(${keys}::text[])`);
  const named = new Set(rows.map(({ storageKey }) => storageKey));
  const unnamed = keys.filter((key) => !named.has(key));
  await storageOf(config).remove(unnamed);
  return unnamed.length;
}

/** Runs every 6 hours until it is stopped. */
export function startAttachmentPruning(services: Services): Stop {
  const failure = 'attachments could not be pruned; the next attempt is in 6 hours';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => pruneAttachments(services));
}
