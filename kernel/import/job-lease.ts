/**
 * Leases of imports. The process that runs a job renews its lease. If the process is gone, a repetition of the request, which has the
 * rows, continues the job after those that were taken; without one, the job ends as failed. Leases are measured by the clock of the
 * database, since those of the processes may differ.
 */
import { systemContext, type RequestContext, type Services } from '../context';
import { sql } from '../db/database';
import { databaseTimeIn } from '../db/database-clock';
import { transact } from '../db/transact';
import type { Stop } from '../graph/subgraph';
import { startPeriodicWork } from '../periodic-work';
import { importFinished } from './import-events';

/** Time for which a job belongs to its run without a renewal: longer than a busy process or database is silent. */
const LEASE_MS = 10_000;
const RENEW_EVERY_MS = 2_000;
/** A repetition of the request has this time to continue a job before it ends as failed. */
const PATIENCE_SECONDS = 5;
const LOOK_EVERY_MS = 2_000;

/** The end of a lease that begins now. */
export const LEASE_END = databaseTimeIn(LEASE_MS);

/** One run of a job. A job that is continued has several. */
export interface JobRun {
  readonly jobId: string;
  readonly runId: string;
  /** Rows that earlier runs have taken. */
  readonly processed: number;
}

/** Renews the lease of a run until it is stopped. A renewal that fails is made up for by the next one. */
export function holdLease({ database, log }: Services, { jobId, runId }: JobRun): Stop {
  return startPeriodicWork(
    { log },
    { intervalMs: RENEW_EVERY_MS, failure: 'the lease of an import could not be renewed; it is tried again' },
    () =>
      database.system.run(sql`
        update import_jobs set lease_until = ${LEASE_END}
        where id = ${jobId} and run_id = ${runId} and status = 'running'`),
  );
}

/** The state of a job for a repetition of its request: another run has it, it has reached its end, or the run of the caller continues it. */
export type Claim =
  { readonly state: 'held'; readonly until: Date } | { readonly state: 'ended' } | ClaimedRun;
type ClaimedRun = { readonly state: 'claimed' } & Pick<JobRun, 'processed'>;

/** Continues a job that was interrupted, or whose lease has ended. */
export async function claimJob(ctx: RequestContext, jobId: string, runId: string): Promise<Claim> {
  return transact(ctx, async (tx): Promise<Claim> => {
    const claimed = await tx.maybeOne<Pick<JobRun, 'processed'>>(sql`
      update import_jobs set status = 'running', run_id = ${runId}, lease_until = ${LEASE_END}, message = null, finished_at = null,
        updated_at = ${tx.now}
      where id = ${jobId} and status in ('running', 'failed') and lease_until <= clock_timestamp()
      returning processed`);
    if (claimed) return { state: 'claimed', ...claimed };
    const job = await tx.one<{ until: Date | null }>(sql`
      select case when status = 'running' then lease_until end as until from import_jobs where id = ${jobId}`);
    return job.until ? { state: 'held', until: job.until } : { state: 'ended' };
  });
}

/** Ends jobs whose process is gone, and that no repetition of their request has continued. @returns their number. */
export async function endInterruptedJobs(services: Services): Promise<number> {
  const interrupted = await services.database.system.many<{ id: string; organizationId: string }>(sql`
    select id, organization_id from import_jobs
    where status = 'running' and lease_until < clock_timestamp() - make_interval(secs => ${PATIENCE_SECONDS})
    limit 100`);
  for (const { id, organizationId } of interrupted) {
    const ctx = systemContext(services, organizationId, { address: 'imports' });
    await transact(ctx, async (tx) => {
      const ended = await tx.run(sql`
        update import_jobs set status = 'failed', updated_at = ${tx.now}, finished_at = ${tx.now},
          message = 'The server was stopped after ' || processed || ' rows. Send the same file again.'
        where id = ${id} and status = 'running' and lease_until < clock_timestamp()`);
      if (ended > 0) tx.emit(importFinished({ key: id, payload: { status: 'failed' } }));
    });
  }
  return interrupted.length;
}

/** Ends jobs of processes that are gone. Every process looks. @returns a function that stops it. */
export function startEndingInterruptedJobs(services: Services): Stop {
  return startPeriodicWork(
    services,
    { intervalMs: LOOK_EVERY_MS, failure: 'interrupted imports could not be ended; it is tried again' },
    () => endInterruptedJobs(services),
  );
}
