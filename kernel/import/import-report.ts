/** What a bulk operation has to say of its rows: why some could not be taken, and what is odd about others that were. */
import path from 'node:path';
import type { RequestContext } from '../context';
import { sql, type Queryable } from '../db/database';
import { importErrors } from '../db/tables.generated';
import { loader } from '../graph/loader';
import { listPage, type Page, type PageArgs } from '../paging';
import { findJob, type ImportJobRow } from './import-jobs';
import type { ImportKind, RowRemark, Severity } from './importer';

/** The types of jobs and their reports, which each domain with imports has in its schema. */
export const IMPORT_SCHEMA = path.join(__dirname, 'schema.graphql');

/** How many remarks of a kind an answer lists; all of them are kept in the database. */
export const MAX_LISTED = 1_000;

/** Which remarks a list shows. */
export interface RemarkFilter extends PageArgs {
  readonly severity?: Severity | null;
}

const LISTED_ERROR = importErrors.omit('organizationId', 'jobId');
const JOB_ERROR = importErrors.omit('id', 'organizationId');

/** A page of what is to be said of a job's rows, in their order. @throws PosProError NOT_FOUND */
export async function listFaults(
  ctx: RequestContext,
  kinds: readonly ImportKind[],
  id: string,
  filter: RemarkFilter,
): Promise<Page<RowRemark & { id: string }>> {
  const job = await findJob(ctx, kinds, id);
  const { severity } = filter;
  return listPage(
    ctx.db,
    {
      select: LISTED_ERROR.select('e'),
      from: sql`import_errors e`,
      where: [sql`e.job_id = ${job.id}::uuid`, ...(severity == null ? [] : [sql`e.severity = ${severity}`])],
      sorts: { row: sql`e.row` },
      defaultSort: 'row',
      id: sql`e.id`,
    },
    filter,
  );
}

/** What is to be said of the rows of jobs, in their order; the first 1,000 of each severity and job. */
export async function remarksOfJobs(
  db: Queryable,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, Record<Severity, RowRemark[]>>> {
  const remarks = await db.many<RowRemark & { jobId: string }>(sql`
    select ${JOB_ERROR.select('e')} from unnest(${jobIds}::uuid[]) as j (id)
    cross join (values ('error'), ('warning')) as s (severity)
    cross join lateral (
      select * from import_errors x where x.job_id = j.id and x.severity = s.severity order by x.row, x.id limit ${MAX_LISTED}
    ) e
    order by e.row, e.id`);
  const found = new Map<string, Record<Severity, RowRemark[]>>(
    jobIds.map((id) => [id, { error: [], warning: [] }]),
  );
  for (const { jobId, ...remark } of remarks) found.get(jobId)?.[remark.severity].push(remark);
  return found;
}

/** What is to be said of a job's rows; a dry run, of which nothing is kept, brings it along. */
async function remarksOf(job: ImportJobRow, ctx: RequestContext): Promise<Record<Severity, RowRemark[]>> {
  const stored = loader(ctx, 'kernel.importRemarks', (ids) => remarksOfJobs(ctx.db, ids));
  const known = job.remarks ?? (await stored.load(job.id));
  return { error: [...(known?.error ?? [])], warning: [...(known?.warning ?? [])] };
}

/** The fields of the type ImportJob that are not columns (kernel/import/schema.graphql). */
export const importJobFields = {
  errors: async (job: ImportJobRow, _: unknown, ctx: RequestContext) => (await remarksOf(job, ctx)).error,
  rowWarnings: async (job: ImportJobRow, _: unknown, ctx: RequestContext) =>
    (await remarksOf(job, ctx)).warning,
};
