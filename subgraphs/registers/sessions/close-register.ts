import { userOf } from '#kernel/auth/access';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { type Decimal } from '#kernel/decimal';
import { invalid, invariant } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { countedTotal } from '../cash/cash-count.rules';
import { assertDrawerAccess, openSessionFor } from './resolve-session';
import { sessionClosedError } from './post-to-session';
import type { CloseRegisterInput, DenominationInput } from '../inputs.generated';
import { emitRegisterChanged, lockRegister } from '../register/registers';
import { toXReport, toZReport, type RegisterReport } from '../reports/register-report';
import { sessionTotals, type SessionTotals } from '../reports/session-totals.queries';
import { toStoredParts } from '../reports/stored-totals';
import { registers, zReports, type RegisterRow } from '../tables.generated';
import { expectedCash, hashReport, type ChainedReport, type SealedReport } from '../reports/z-hash.rules';

/**
 * Closes a register and writes its Z-report. Sales in progress are waited for and counted; later sales get REGISTER_CLOSED. A
 * training session ends without a Z-report: the returned report has no number and is not report.
 *
 * @throws PosProError 409 REGISTER_CLOSED without an open session; 403 for another cashier's register without pos:override; 404; 422
 * by field.
 */
export async function closeRegister(ctx: RequestContext, input: CloseRegisterInput): Promise<RegisterReport> {
  const idempotent = { operation: 'closeRegister', input };
  return transact(ctx, (tx) => closeWithin(tx, ctx, input), { idempotent });
}

async function closeWithin(
  tx: Transaction,
  ctx: RequestContext,
  input: CloseRegisterInput,
): Promise<RegisterReport> {
  const session = await openSessionFor(tx, ctx, input.registerId);
  assertDrawerAccess(ctx.actor, session, 'Closing');
  throwFieldErrors(textErrors('note', input.note, { max: 500 }));
  const countedCash = countedTotal(session.currency, input, 'countedCash');
  if (countedCash === null)
    throw invalid('countedCash', 'Count the drawer, and send "countedCash" or "denominations".', 'REQUIRED');
  // Lock the register before its session, as opening does. From here on no entry can be posted; entries in progress are done.
  const register = await lockRegister(tx, session.registerId);
  const openSession = await tx.maybeOne<{ id: string }>(sql`
    select id from register_sessions where id = ${session.id} and status = 'open' for no key update`);
  if (!openSession) throw sessionClosedError();
  const totals = await sessionTotals(tx, session.id);
  const closing: Closing = {
    countedCash,
    denominations: input.denominations ?? null,
    note: input.note?.trim() ?? totals.note,
    at: tx.now,
    by: userOf(ctx) ?? null,
  };
  if (totals.training) return endTraining(tx, register, totals, closing);
  const report = sealReport(register, totals, closing);
  await writeReport(tx, ctx, report, closing);
  emitRegisterChanged(tx, register, {
    sessionId: session.id,
    status: 'closed',
    number: report.number,
    netSales: formatMoney(report.netSales, report.currency),
    difference: formatMoney(report.difference, report.currency),
  });
  return toZReport({ ...report, registerName: register.name });
}

/** The input of a close, with its time and user. */
interface Closing {
  countedCash: Decimal;
  denominations: readonly DenominationInput[] | null;
  note: string | null;
  at: Date;
  by: string | null;
}

async function endTraining(
  tx: Transaction,
  register: RegisterRow,
  totals: SessionTotals,
  closing: Closing,
): Promise<RegisterReport> {
  await tx.run(sql`
    update register_sessions set ${closingColumns(closing)} where id = ${totals.id}`);
  emitRegisterChanged(tx, register, { sessionId: totals.id, status: 'closed', training: true });
  const difference = closing.countedCash.minus(totals.expectedCash);
  return {
    ...toXReport(totals),
    closedAt: closing.at,
    closedBy: closing.by,
    countedCash: closing.countedCash,
    difference,
  };
}

function closingColumns({ countedCash, denominations, note, at, by }: Closing): Sql {
  const denominationsJson = denominations && JSON.stringify(denominations);
  return sql`status = 'closed', closed_at = ${at}, closed_by = ${by}, counted_cash = ${countedCash},
    denominations = ${denominationsJson}::jsonb, note = ${note}`;
}

/** Creates the next report of the register's chain from a session's totals. */
function sealReport(register: RegisterRow, totals: SessionTotals, closing: Closing): ChainedReport {
  invariant(
    totals.expectedCash.equals(expectedCash(totals)),
    `session ${totals.id}: the expected cash differs from its entries`,
  );
  const report: SealedReport = {
    ...totals,
    sessionId: totals.id,
    number: register.lastZNumber + 1,
    closedAt: closing.at,
    closedBy: closing.by,
    countedCash: closing.countedCash,
    difference: closing.countedCash.minus(totals.expectedCash),
    grandTotal: register.grandTotal.plus(totals.grossSales),
    previousHash: register.lastZHash,
  };
  return { ...report, hash: hashReport(report) };
}

/** Stores the report, updates the head of the register's chain, and closes the session, in one statement. */
async function writeReport(
  tx: Transaction,
  ctx: RequestContext,
  report: ChainedReport,
  closing: Closing,
): Promise<void> {
  await tx.run(sql`
    with closed as (
      update register_sessions
      set ${closingColumns(closing)}
      where id = ${report.sessionId}
    ), head as (
      update registers
      set ${registers.set({ lastZNumber: report.number, lastZHash: report.hash, grandTotal: report.grandTotal, updatedAt: report.closedAt })}
      where id = ${report.registerId}
    )
    ${zReports.insert({ ...report, ...toStoredParts(report), id: ctx.ids.next() })}`);
}
