/** Reading, listing and verifying Z-reports. */
import { ownBranch } from '#kernel/auth/actor';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { ZERO } from '#kernel/decimal';
import { PosProError, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { inPeriod, listPage, sameId, type Page } from '#kernel/paging';
import { assertBranchAccess, openSessionFor } from '../sessions/resolve-session';
import type { QueryZReportArgs, QueryZReportsArgs, RegisterChainError } from '../inputs.generated';
import { toZReport, type RegisterReport } from './register-report';
import { toTaxTotals, toTenderTotals } from './stored-totals';
import { registers, zReports, type RegisterRow, type ZReportRow } from '../tables.generated';
import { findChainError, type ChainHead, type ChainedReport } from './z-hash.rules';

type NamedReport = ZReportRow & { registerName: string };

const COLUMNS = sql`${zReports.select('z')}, r.name as register_name`;
const TABLES = sql`z_reports z join registers r on r.id = z.register_id`;

function toChainedReport(row: NamedReport): ChainedReport & { id: string; registerName: string } {
  const { tax, payments, creditPayments, tips, ...rest } = row;
  return {
    ...rest,
    tax: toTaxTotals(tax),
    payments: toTenderTotals(payments),
    creditPayments: toTenderTotals(creditPayments),
    tips: toTenderTotals(tips),
  };
}

/**
 * The Z-report with the number, or the newest of a register or of the caller's branch.
 * @throws PosProError 404 if there is none; 403 for a register of another branch without pos:override.
 */
export async function zReport(
  ctx: RequestContext,
  { number, registerId }: QueryZReportArgs,
): Promise<RegisterReport> {
  const branchId = ownBranch(ctx.actor);
  const register =
    registerId ?? (number == null ? undefined : (await openSessionFor(ctx.db, ctx)).registerId);
  const where =
    register === undefined ? sameId(sql`z.branch_id`, branchId) : sameId(sql`z.register_id`, register);
  if (number != null) where.push(sql`z.number = ${number}`);
  const [newest] = (await listPage<NamedReport>(ctx.db, zReportList(where), { size: 1 })).items;
  if (!newest) throw new PosProError('NOT_FOUND', 'Z-report not found.');
  assertBranchAccess(ctx.actor, newest.branchId);
  return toZReport(toChainedReport(newest));
}

/** The organization's Z-reports, the newest first. */
export async function listZReports(
  ctx: RequestContext,
  filter: QueryZReportsArgs,
): Promise<Page<RegisterReport>> {
  const where = [
    ...sameId(sql`z.register_id`, filter.registerId),
    ...sameId(sql`z.branch_id`, filter.branchId),
    ...inPeriod(sql`z.closed_at`, filter),
  ];
  const page = await listPage<NamedReport>(ctx.db, zReportList(where), filter);
  return { ...page, items: page.items.map((row) => toZReport(toChainedReport(row))) };
}

function zReportList(where: readonly Sql[]) {
  return {
    select: COLUMNS,
    from: TABLES,
    where,
    sorts: { closedAt: sql`z.closed_at`, number: sql`z.number` },
    defaultSort: '-closedAt',
    id: sql`z.id`,
  };
}

/** The result of a check of a register's chain. */
export interface ChainCheck {
  registerId: string;
  valid: boolean;
  /** Number of reports in order, from the first on. */
  checked: number;
  /** The first report that is not in order, or is missing. */
  brokenNumber: number | null;
  error: RegisterChainError | null;
}

/** Number of reports read at a time, so that a chain of any length fits into memory. */
const BATCH_SIZE = 500;

/**
 * Verifies each Z-report of a register against its hash and the previous report, and the last one against the register.
 * @throws PosProError 404 for an unknown register.
 */
export async function verifyChain(ctx: Pick<RequestContext, 'db'>, registerId: string): Promise<ChainCheck> {
  const register = isUuid(registerId)
    ? await ctx.db.maybeOne<RegisterRow>(
        sql`select ${registers.columns} from registers where id = ${registerId}`,
      )
    : undefined;
  if (!register) throw notFound('register', registerId);
  let head: ChainHead = { number: 0, hash: null, grandTotal: ZERO };
  // Reports written meanwhile are not checked: the register's row was read before them.
  while (head.number < register.lastZNumber) {
    const reports = await nextReports(ctx.db, register, head.number);
    if (reports.length === 0) return brokenChain(registerId, head, 'report_missing');
    for (const report of reports) {
      const error = findChainError(head, report);
      if (error) return brokenChain(registerId, head, error);
      head = report;
    }
  }
  const sameEnd = head.hash === register.lastZHash && head.grandTotal.equals(register.grandTotal);
  if (!sameEnd)
    return {
      registerId,
      valid: false,
      checked: head.number,
      brokenNumber: head.number,
      error: 'amounts_altered',
    };
  return { registerId, valid: true, checked: head.number, brokenNumber: null, error: null };
}

function brokenChain(registerId: string, head: ChainHead, error: RegisterChainError): ChainCheck {
  return { registerId, valid: false, checked: head.number, brokenNumber: head.number + 1, error };
}

async function nextReports(db: Queryable, register: RegisterRow, after: number): Promise<ChainedReport[]> {
  const rows = await db.many<NamedReport>(sql`
    select ${COLUMNS} from ${TABLES}
    where z.organization_id = ${register.organizationId} and z.register_id = ${register.id}
      and z.number > ${after} and z.number <= ${register.lastZNumber}
    order by z.number limit ${BATCH_SIZE}`);
  return rows.map(toChainedReport);
}
