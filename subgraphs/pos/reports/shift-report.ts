/** Reports of a session and of cashiers. */
import { userOf } from '#kernel/auth/access';
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { type Decimal } from '#kernel/decimal';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { branchOf, sellingTerms, userNames, type SellingTerms } from '#subgraphs/auth/index';
import { cashierFigures, type CashierFigures, type CashierQuery } from '#subgraphs/orders/index';
import { openConflictTotals, type ConflictTotals } from '../offline/offline-conflicts';
import {
  cashDifferences,
  assertBranchAccess,
  assertReportAccess,
  sessionInView,
  sessionTotals,
  sessionsByIds,
  type SessionRow,
  type SessionTotals,
} from '#subgraphs/registers/index';
import type { QueryCashierReportArgs, QueryShiftReportArgs } from '../inputs.generated';

/** A cashier's figures, with the name and the terms that format amounts. */
export interface CashierRow extends CashierFigures {
  cashierName: string | null;
  /** Counted minus expected cash; null if no one counted. */
  cashDifference: Decimal | null;
  terms: SellingTerms;
}

/** Figures of a session, and each cashier's part of them. */
export interface ShiftFigures {
  session: SessionTotals;
  terms: SellingTerms;
  cashiers: CashierRow[];
  /** Conflicts of offline sales that are open at this moment. */
  openConflicts: ConflictTotals;
}

/**
 * Reports one session: the named one, or else the caller's open session, or else the newest in which the caller worked.
 * @throws PosProError 404; 403 for a session of another branch without pos:override, and as `assertReportAccess`.
 */
export async function shiftReport(
  ctx: RequestContext,
  { registerSessionId, registerId }: QueryShiftReportArgs,
): Promise<ShiftFigures> {
  const shift =
    registerSessionId == null ? await callerShift(ctx, registerId) : await shiftById(ctx, registerSessionId);
  const { id, branchId } = shift;
  assertBranchAccess(ctx.actor, branchId);
  await assertReportAccess(ctx, shift);
  const [session, terms] = await Promise.all([sessionTotals(ctx.db, id), sellingTerms(ctx.db, branchId)]);
  const cashiers = await cashierRows(ctx, terms, { sessionId: id }, { sessionId: id });
  return {
    session,
    terms,
    cashiers,
    openConflicts: await openConflictTotals(ctx.db, { registerSessionId: id }),
  };
}

async function shiftById(ctx: RequestContext, id: string): Promise<SessionRow> {
  const session = (await sessionsByIds(ctx.db, [id])).get(id.toLowerCase());
  if (!session) throw notFound('register session', id);
  return session;
}

async function callerShift(ctx: RequestContext, registerId: string | null | undefined): Promise<SessionRow> {
  try {
    return await sessionInView(ctx.db, ctx, registerId);
  } catch (error) {
    if (!(error instanceof PosProError) || error.code !== 'NOT_FOUND') throw error;
    const session = await lastShift(ctx, registerId);
    if (!session) throw error;
    return session;
  }
}

/** The newest session of a register, or the newest in which the caller worked. */
async function lastShift(
  ctx: RequestContext,
  registerId: string | null | undefined,
): Promise<SessionRow | undefined> {
  const user = userOf(ctx);
  if (registerId != null && !isUuid(registerId)) return undefined;
  if (registerId == null && user === undefined) return undefined;
  const filter =
    registerId == null
      ? sql`(opened_by = ${user}::uuid or cashier_id = ${user}::uuid)`
      : sql`register_id = ${registerId}::uuid`;
  const newest = await ctx.db.maybeOne<{ id: string }>(sql`
    select id from register_sessions where ${filter} order by opened_at desc, id desc limit 1`);
  return newest && shiftById(ctx, newest.id);
}

/** Sales of a branch by cashier. */
export interface CashierReport {
  generatedAt: Date;
  from: string;
  to: string;
  terms: SellingTerms;
  cashiers: CashierRow[];
}

/** A longer report would read more than anyone can use. */
const MAX_DAYS = 366;
const DAY_MS = 86_400_000;

/**
 * Reports the sales of each cashier on a branch's business days.
 * @throws PosProError 404 for an unknown branch; 422 if the days end before they begin, and for more than 366 days.
 */
export async function cashierReport(
  ctx: RequestContext,
  choice: QueryCashierReportArgs,
): Promise<CashierReport> {
  const terms = await sellingTerms(ctx.reports, branchOf(ctx, choice.branchId));
  const generatedAt = ctx.clock.now();
  const to = choice.to ?? businessDay(generatedAt, terms.timeZone);
  const from = choice.from ?? to;
  if (from > to) throw invalid('to', 'The last day is before the first.');
  if (Date.parse(to) - Date.parse(from) >= MAX_DAYS * DAY_MS)
    throw invalid('from', `A report covers ${MAX_DAYS} days at most.`, 'TOO_LONG');
  const { branchId, timeZone } = terms;
  const cashierId = choice.cashierId?.toLowerCase();
  if (cashierId !== undefined && !isUuid(cashierId)) return { generatedAt, from, to, terms, cashiers: [] };
  const days = { branchId, from, to };
  const rows = await cashierRows(ctx, terms, { ...days, cashierId }, { ...days, timeZone });
  return { generatedAt, from, to, terms, cashiers: rows };
}

async function cashierRows(
  ctx: RequestContext,
  terms: SellingTerms,
  query: CashierQuery,
  differencesQuery: Parameters<typeof cashDifferences>[1],
): Promise<CashierRow[]> {
  const [figures, differences] = await Promise.all([
    cashierFigures(ctx.reports, query),
    cashDifferences(ctx.reports, differencesQuery),
  ]);
  const names = await userNames(
    ctx,
    figures.flatMap(({ cashierId }) => cashierId ?? []),
  );
  return figures.map((figure) => ({
    ...figure,
    cashierName: names.get(figure.cashierId ?? '') ?? null,
    cashDifference: differences.get(figure.cashierId ?? '') ?? null,
    terms,
  }));
}
