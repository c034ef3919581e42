import { userOf } from '#kernel/auth/access';
import { textFaults, throwFaults } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { type Decimal } from '#kernel/decimal';
import { invalid, invariant } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { countedTotal } from '../cash/cash-count.rules';
import { openSessionFor, assertDrawerAccess } from './resolve-session';
import { sessionClosedError } from './post-to-session';
import { toSessionFigures } from '../reports/session-totals.rules';
import type { CloseRegisterInput, DenominationInput } from '../inputs.generated';
import { emitRegisterChanged, lockRegister } from '../register/registers';
import {
  toRunningReport,
  sessionTotals,
  toStoredParts,
  type RegisterReport,
  type SessionTotals,
} from '../reports/x-report';
import { registers, zReports, type RegisterRow } from '../tables.generated';
import { expectedCash, hashReport, type ChainedReport, type SealedReport } from '../reports/z-hash.rules';

/**
 * Closes a register and writes its Z-report. Sales that are still running on it are waited for and counted; those that come
 * later get REGISTER_CLOSED. A session for practice ends without a Z-report: what it answers has no number, and is kept nowhere.
 *
 * @throws PosProError 409 REGISTER_CLOSED where nothing is open; 403 for somebody else's without pos:override; 404; 422 by field.
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
  const open = await openSessionFor(tx, ctx, input.registerId);
  assertDrawerAccess(ctx.actor, open, 'Closing');
  throwFaults(textFaults('note', input.note, { max: 500 }));
  const countedCash = countedTotal(open.currency, input, 'countedCash');
  if (countedCash === null)
    throw invalid('countedCash', 'Count the drawer: say "countedCash" or "denominations".', 'REQUIRED');
  // The register before its session, as opening does. From here on no entry can be posted, and those under way have been.
  const register = await lockRegister(tx, open.registerId);
  const locked = await tx.maybeOne<{ id: string }>(sql`
    select id from register_sessions where id = ${open.id} and status = 'open' for no key update`);
  if (!locked) throw sessionClosedError();
  const totals = await sessionTotals(tx, open.id);
  const closing: Closing = {
    countedCash,
    denominations: input.denominations ?? null,
    note: input.note?.trim() ?? totals.note,
    at: tx.now,
    by: userOf(ctx) ?? null,
  };
  if (totals.training) return endTraining(tx, register, totals, closing);
  const sealed = sealReport(register, totals, closing);
  await writeReport(tx, ctx, sealed, closing);
  emitRegisterChanged(tx, register, {
    sessionId: open.id,
    status: 'closed',
    number: sealed.number,
    netSales: formatMoney(sealed.netSales, sealed.currency),
    difference: formatMoney(sealed.difference, sealed.currency),
  });
  return toZReport({ ...sealed, registerName: register.name });
}

/** What is known at the moment of closing. */
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
    update register_sessions set ${closed(closing)} where id = ${totals.id}`);
  emitRegisterChanged(tx, register, { sessionId: totals.id, status: 'closed', training: true });
  const difference = closing.countedCash.minus(totals.expectedCash);
  return {
    ...toRunningReport(totals),
    closedAt: closing.at,
    closedBy: closing.by,
    countedCash: closing.countedCash,
    difference,
  };
}

function closed({ countedCash, denominations, note, at, by }: Closing): Sql {
  const counted = denominations && JSON.stringify(denominations);
  return sql`status = 'closed', closed_at = ${at}, closed_by = ${by}, counted_cash = ${countedCash},
    denominations = ${counted}::jsonb, note = ${note}`;
}

/** Makes the next report of the register's chain out of a session's totals. */
function sealReport(register: RegisterRow, totals: SessionTotals, closing: Closing): ChainedReport {
  invariant(
    totals.expectedCash.equals(expectedCash(totals)),
    `session ${totals.id}: the drawer differs from its entries`,
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

/** Writes the report, moves the register's head, and closes the session, in one statement. */
async function writeReport(
  tx: Transaction,
  ctx: RequestContext,
  report: ChainedReport,
  closing: Closing,
): Promise<void> {
  const r = report;
  await tx.run(sql`
    with closed as (
      update register_sessions
      set ${closed(closing)}
      where id = ${r.sessionId}
    ), head as (
      update registers
      set ${registers.set({ lastZNumber: r.number, lastZHash: r.hash, grandTotal: r.grandTotal, updatedAt: r.closedAt })}
      where id = ${r.registerId}
    )
    ${zReports.insert({ ...r, ...toStoredParts(r), id: ctx.ids.next() })}`);
}

/** A stored Z-report as a report, without the columns that nobody asks for. */
export function toZReport(stored: ChainedReport & { registerName: string }): RegisterReport {
  return {
    kind: 'z',
    training: false,
    number: stored.number,
    registerId: stored.registerId,
    registerName: stored.registerName,
    sessionId: stored.sessionId,
    branchId: stored.branchId,
    currency: stored.currency,
    openedAt: stored.openedAt,
    openedBy: stored.openedBy,
    closedAt: stored.closedAt,
    closedBy: stored.closedBy,
    ...toSessionFigures(stored),
    expectedCash: stored.expectedCash,
    countedCash: stored.countedCash,
    difference: stored.difference,
    grandTotal: stored.grandTotal,
    hash: stored.hash,
    previousHash: stored.previousHash,
  };
}
