/** The end of an import: a large file is answered while its job still runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '#kernel/context';
import { findJob, type ImportJobRow } from '#kernel/import/import-jobs';

/** Waits for the end of a job, and answers its last state. */
export async function endOfImport(
  ctx: RequestContext,
  answered: ImportJobRow | Promise<ImportJobRow>,
): Promise<ImportJobRow> {
  const { id, kind } = await answered;
  for (;;) {
    const job = await findJob(ctx, [kind], id);
    if (job.status !== 'running') return job;
    await sleep(20);
  }
}
