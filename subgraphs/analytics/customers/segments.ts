/** Segments of customers by recency, frequency and money: stored ones of the last ended day, or from the running totals of customers. */
import type { RequestContext } from '#kernel/context';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { reportBranches } from '#subgraphs/orders/index';
import type { RfmSegment } from '../inputs.generated';
import { lastDayOfSegments } from '../report-days/report-days.queries';
import { RFM_DEFINITION, SEGMENTS, segmentOf } from './rfm.rules';
import { scoredCustomers, storedCustomers } from './segments.queries';

/** Figures of one segment. */
export interface SegmentFigures {
  readonly name: RfmSegment;
  readonly rule: string;
  readonly customers: number;
  readonly share: Decimal;
  readonly netSales: Decimal;
  readonly netSalesShare: Decimal | null;
  readonly averageRecencyDays: Decimal | null;
  readonly currency: string;
}

/** Segments of all customers. */
export interface SegmentReport {
  readonly asOf: string;
  readonly currency: string;
  readonly customers: number;
  readonly definition: string;
  readonly segments: SegmentFigures[];
}

const SHARE_PLACES = 4;
const DAYS_PLACES = 1;

/** As of the chosen day; without one, as of the last ended day if it is stored, or else the present one. */
export async function customerSegments(
  ctx: RequestContext,
  { asOf: chosen }: { asOf?: string | null | undefined },
): Promise<SegmentReport> {
  const { branches, today } = await reportBranches(ctx, null);
  const asOf = chosen ?? (await lastDayOfSegments(ctx.reports, today)) ?? today;
  const { currency } = branches[0]!;
  const stored = await storedCustomers(ctx.reports, asOf);
  const scored = stored.length > 0 ? stored : await scoredCustomers(ctx.reports, asOf);
  const customers = scored.reduce((count, group) => count + group.customers, 0);
  const netSales = sum(scored.map((group) => group.netSales));
  const segments = SEGMENTS.map(({ name, rule }) => {
    const groups = scored.filter((group) => segmentOf(group) === name);
    const count = groups.reduce((counted, group) => counted + group.customers, 0);
    const amount = sum(groups.map((group) => group.netSales));
    const days = groups.reduce((total, group) => total + group.recencyDays, 0);
    return {
      ...{ name, rule, customers: count, netSales: amount, currency },
      share: shareOf(new Decimal(count), new Decimal(customers)) ?? ZERO,
      netSalesShare: shareOf(amount, netSales),
      averageRecencyDays:
        count === 0 ? null : new Decimal(days).dividedBy(count).toDecimalPlaces(DAYS_PLACES),
    };
  });
  return { asOf, currency, customers, definition: RFM_DEFINITION, segments };
}

/** A part of a whole, four decimal places; null of a whole that is not above zero. */
export function shareOf(part: Decimal, whole: Decimal): Decimal | null {
  return whole.greaterThan(ZERO) ? part.dividedBy(whole).toDecimalPlaces(SHARE_PLACES) : null;
}
