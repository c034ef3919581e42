/** Closes filing periods. */
import { userOf } from '#kernel/auth/access';
import { businessDay } from '#kernel/business-day.rules';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, invalid } from '#kernel/errors';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { currencyOf, lockOrganization, sellingTermsOfAll } from '#subgraphs/auth/index';
import { taxPeriodClosed } from '../../events';
import type { CloseTaxPeriodInput } from '../../inputs.generated';
import { taxPeriodRows, taxPeriods, type TaxPeriodRow } from '../../tables.generated';
import { taxTotals } from '../tax/tax-figures.queries';
import { hashPeriod } from './tax-period-hash.rules';
import { closedDays, dayRows, lastTaxPeriod, lateRows } from './tax-periods.queries';

const DAY_MS = 86_400_000;
const MAX_NOTE = 500;

/**
 * Closes a filing period: freezes the taxes of its days, and of late sales of earlier periods. It begins on the day after the last closed
 * period. Emits "tax_period.closed".
 * @throws PosProError 409 PERIOD_CLOSED for days that are closed; 422 for days that have not ended, a gap, and by field.
 */
export async function closeTaxPeriod(ctx: RequestContext, input: CloseTaxPeriodInput): Promise<TaxPeriodRow> {
  throwFieldErrors(textErrors('note', input.note, { max: MAX_NOTE }));
  const work = async (tx: Transaction): Promise<TaxPeriodRow> => {
    await lockOrganization(tx);
    const previous = await lastTaxPeriod(tx);
    const days = periodDays(input, previous);
    await assertEnded(tx, days.to);
    return insertPeriod(tx, ctx, days, { previous, note: emptyToNull(input.note) });
  };
  return transact(ctx, work, { idempotent: { operation: 'closeTaxPeriod', input } });
}

/** @throws PosProError 409 PERIOD_CLOSED; 422. */
function periodDays(
  { from: first, to }: CloseTaxPeriodInput,
  previous: TaxPeriodRow | undefined,
): { from: string; to: string } {
  const next = previous && dayAfter(previous.toDay);
  const from = first ?? next;
  if (from == null) throw invalid('from', 'Name the first day of the first period.', 'REQUIRED');
  if (from > to) throw invalid('to', 'The last day is before the first.');
  if (next !== undefined && from < next) {
    const details = { closedUntil: previous!.toDay, firstOpenDay: next };
    const message = `All days until ${previous!.toDay} are closed. The next period begins on ${next}.`;
    throw new PosProError('PERIOD_CLOSED', message, { details });
  }
  if (next !== undefined && from > next)
    throw invalid('from', `Periods follow one another: the next one begins on ${next}.`, 'GAP');
  return { from, to };
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** @throws PosProError 422 for a day that has not ended in each branch. */
async function assertEnded(tx: Transaction, day: string): Promise<void> {
  const branches = await sellingTermsOfAll(tx);
  if (branches.some(({ timeZone }) => day >= businessDay(tx.now, timeZone)))
    throw invalid('to', 'The last day has not ended in each branch.', 'NOT_ENDED');
}

async function insertPeriod(
  tx: Transaction,
  ctx: RequestContext,
  { from, to }: { from: string; to: string },
  { previous, note }: { previous: TaxPeriodRow | undefined; note: string | null },
): Promise<TaxPeriodRow> {
  const closed = await closedDays(tx);
  const late = closed ? await lateRows(tx, closed) : [];
  const rows = [...late, ...(await dayRows(tx, { from, to }))];
  const { organizationId } = tx;
  const period = {
    ...{ id: ctx.ids.next(), organizationId, number: (previous?.number ?? 0) + 1, fromDay: from, toDay: to },
    ...{
      currency: await currencyOf(ctx),
      ...taxTotals(rows),
      note,
      closedAt: tx.now,
      closedBy: userOf(ctx) ?? null,
    },
    previousHash: previous?.hash ?? null,
  };
  const hash = hashPeriod({ ...period, rows });
  const row = await tx.one<TaxPeriodRow>(sql`
    ${taxPeriods.insert({ ...period, hash })} returning ${taxPeriods.columns}`);
  if (rows.length > 0)
    await tx.run(
      taxPeriodRows.insertMany(
        rows.map((part, index) => ({ ...part, organizationId, periodId: period.id, position: index + 1 })),
      ),
    );
  tx.emit(taxPeriodClosed({ key: period.id, payload: { number: period.number, from, to, hash } }));
  return row;
}
