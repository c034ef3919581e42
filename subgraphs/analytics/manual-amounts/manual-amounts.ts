/** First digits of the amounts that people enter by hand: cash-outs, and refunds without a receipt. */
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { addDays, periodCount } from '#kernel/periods.rules';
import { statsRange } from '#subgraphs/orders/index';
import type { ManualAmountVerdict, QueryManualAmountsArgs } from '../inputs.generated';
import {
  DIGITS,
  MAX_DEVIATION,
  MIN_AMOUNTS,
  MIN_MAGNITUDES,
  checkFirstDigits,
  expectedShare,
} from './benford.rules';

/** The comparison of manual amounts with Benford's law. */
export interface ManualAmounts {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly smallest: Decimal | null;
  readonly largest: Decimal | null;
  readonly magnitudes: Decimal | null;
  readonly deviation: Decimal | null;
  readonly verdict: ManualAmountVerdict;
  readonly note: string;
  readonly digits: { digit: number; count: number; share: Decimal; expected: Decimal }[];
  readonly currency: string;
}

const DEFAULT_DAYS = 90;
const MAX_DAYS = 366;
const PLACES = 4;

const NOTES: Readonly<Record<ManualAmountVerdict, string>> = {
  too_few: `Fewer than ${MIN_AMOUNTS} amounts deviate by chance: the digits say nothing.`,
  too_narrow: `Nine of ten amounts spread over less than ${MIN_MAGNITUDES} orders of magnitude, so their first digits follow from the prices: they say nothing.`,
  as_expected: `The digits deviate by ${MAX_DEVIATION} or less from Benford's law.`,
  look_closer: `The digits deviate by more than ${MAX_DEVIATION} from Benford's law. That is a pointer where to look, and proves nothing: a common amount, such as a deposit, is reason enough.`,
};

interface Amounts {
  readonly counts: readonly number[];
  readonly smallest: Decimal | null;
  readonly largest: Decimal | null;
  readonly low: Decimal | null;
  readonly high: Decimal | null;
}

/** @throws PosProError 404 for an unknown branch; 422 if the days end before they begin, and for more than 366 days. */
export async function manualAmounts(
  ctx: RequestContext,
  choice: QueryManualAmountsArgs,
): Promise<ManualAmounts> {
  const range = await statsRange(ctx, choice, (to) => addDays(to, 1 - DEFAULT_DAYS));
  const { from, to, branchIds, terms } = range;
  if (periodCount('day', from, to) > MAX_DAYS)
    throw invalid('from', `The answer covers ${MAX_DAYS} days at most.`, 'TOO_LONG');
  const found = await ctx.reports.one<Amounts>(sql`
    with amounts as (
      select m.amount from cash_movements m join registers r on r.id = m.register_id
      where m.kind = 'cash_out' and r.branch_id = any(${branchIds}::uuid[])
        and (m.created_at at time zone ${terms.timeZone})::date between ${from}::date and ${to}::date
      union all
      select -o.total from orders o
      where o.kind = 'return' and o.original_order_id is null and o.branch_id = any(${branchIds}::uuid[])
        and o.business_date between ${from}::date and ${to}::date and o.total < 0
    ), digits as (
      select left(ltrim(amount::text, '0.'), 1)::int as digit, count(*)::int as count from amounts group by 1
    )
    select array(
        select coalesce(d.count, 0) from unnest(${DIGITS}::int[]) as n (digit) left join digits d using (digit) order by n.digit
      ) as counts,
      min(amount) as smallest, max(amount) as largest,
      percentile_disc(0.05) within group (order by amount) as low, percentile_disc(0.95) within group (order by amount) as high
    from amounts`);
  const check = checkFirstDigits({
    counts: found.counts,
    low: found.low?.toNumber() ?? 1,
    high: found.high?.toNumber() ?? 1,
  });
  return {
    ...{ from, to, count: check.count, smallest: found.smallest, largest: found.largest },
    magnitudes: rounded(check.magnitudes),
    deviation: rounded(check.deviation),
    verdict: check.verdict,
    note: NOTES[check.verdict],
    digits: DIGITS.map((digit) => ({
      digit,
      count: found.counts[digit - 1]!,
      share: rounded(check.count === 0 ? 0 : found.counts[digit - 1]! / check.count),
      expected: rounded(expectedShare(digit)),
    })),
    currency: terms.currency,
  };
}

function rounded(value: number): Decimal;
function rounded(value: number | null): Decimal | null;
function rounded(value: number | null): Decimal | null {
  return value === null ? null : new Decimal(value).toDecimalPlaces(PLACES);
}
