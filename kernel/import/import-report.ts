/** The report of a bulk operation: errors of rejected rows, and warnings of imported ones. */
import path from 'node:path';
import type { RequestContext } from '../context';
import { sql, type Queryable } from '../db/database';
import { importErrors } from '../db/tables.generated';
import { loader } from '../graph/loader';
import { listPage, type Page, type PageArgs } from '../paging';
import { fieldNamesOf } from '../problem-details';
import { findJob, type ImportJobRow } from './import-jobs';
import type { ImportKind, RowRemark, Severity } from './importer';

/** The types of jobs and their reports, which each domain with imports has in its schema. */
export const IMPORT_SCHEMA = path.join(__dirname, 'schema.graphql');

/** Maximum number of errors or warnings in an answer; all of them are stored in the database. */
export const MAX_LISTED = 1_000;

/** The filter of a list of errors and warnings. */
export interface RemarkFilter extends PageArgs {
  readonly severity?: Severity | null;
}

const LISTED_ERROR = importErrors.omit('organizationId', 'jobId');
const JOB_ERROR = importErrors.omit('id', 'organizationId');

/** A page of a job's errors and warnings, in the order of rows. @throws PosProError NOT_FOUND */
export async function listRowErrors(
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

/** The errors and warnings of jobs, in the order of rows; the first 1,000 of each severity and job. */
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

/** The errors and warnings of a job; a dry run, which is not stored, has its own. */
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

/** The field `field` of the type ImportError, in the names of the caller's API. */
export const importErrorFields = {
  field: ({ field }: RowRemark, _: unknown, ctx: RequestContext) => fieldNamesOf(ctx.request)(field),
};
