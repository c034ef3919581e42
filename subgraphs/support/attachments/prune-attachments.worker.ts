/**
 * Deletes attachments that no message names, and files without a row: those of erased customers, and those left by a process that ended
 * in the middle of an upload. Several processes may run it at once.
 */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { LEAST_AGE_MS, removeUnnamedFiles } from '#kernel/storage/unnamed-files';
import { ticketAttachments, tickets } from '../tables.generated';
import { attachmentFolder } from './attachment-files';

const INTERVAL_MS = 6 * 3_600_000;

/** Runs once. @returns the number of files removed. */
export async function pruneAttachments(services: Services): Promise<number> {
  // The row of a new attachment exists before its message.
  const before = new Date(services.clock.now().getTime() - LEAST_AGE_MS);
  await services.database.system.run(
    sql`delete from ticket_attachments where message_id is null and created_at < ${before}::timestamptz`,
  );
  return removeUnnamedFiles(services, { rows: ticketAttachments, owners: tickets, folder: attachmentFolder });
}

/** Runs every 6 hours until it is stopped. */
export function startAttachmentPruning(services: Services): Stop {
  const failure = 'attachments could not be pruned; the next attempt is in 6 hours';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => pruneAttachments(services));
}
