/** The branches and business days of a report of finance. */
import type { RequestContext } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import { invalid } from '#kernel/errors';
import { periodCount } from '#kernel/periods.rules';
import { statsRange } from '#subgraphs/orders/index';

/** The days and branches that a caller names. */
export interface FinanceChoice {
  readonly branchId?: string | null | undefined;
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
}

/** Business days of branches, both inclusive, each "YYYY-MM-DD". */
export interface FinanceRange {
  /** The organization's currency, ISO 4217: that of all amounts. It never changes. */
  readonly currency: string;
  /** The chosen branch; null for all. */
  readonly branchId: string | null;
  readonly branchIds: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** The longest range: three years, one of them a leap year. */
const MAX_DAYS = 1_096;

/**
 * The range of a report. The last day defaults to the present business day, the first one to the first of its month.
 * @throws PosProError 404 for an unknown branch; 422 if the days end before they begin, and for more than 1,096 days.
 */
export async function financeRange(ctx: RequestContext, choice: FinanceChoice): Promise<FinanceRange> {
  const { terms, ...range } = await statsRange(ctx, choice, (to) => `${to.slice(0, 'YYYY-MM'.length)}-01`);
  if (periodCount('day', range.from, range.to) > MAX_DAYS)
    throw invalid('from', `The answer covers ${MAX_DAYS} days at most.`, 'TOO_LONG');
  return { ...range, currency: terms.currency };
}

/** The time zone of what belongs to no branch. Row-level security leaves one organization. */
const ORGANIZATION_ZONE = sql`(select o.time_zone from organizations o)`;

/**
 * The day of a moment, as a date: in the time zone of its branch `b`; without a branch, in the organization's.
 * @param moment a timestamptz.
 */
export const branchDay = (moment: Sql): Sql =>
  sql`(${moment} at time zone coalesce(b.time_zone, ${ORGANIZATION_ZONE}))::date`;

/** The condition on the branch `b` of a row that may have none: such a row counts for the whole organization only. */
export const ofBranch = ({ branchId }: Pick<FinanceRange, 'branchId'>): Sql =>
  branchId === null ? sql`true` : sql`b.id = ${branchId}::uuid`;
