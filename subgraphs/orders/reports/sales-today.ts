/** The running totals of a branch's business day. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import type { Decimal } from '#kernel/decimal';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { branchOf, sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { dayNet } from './daily-figures.queries';
import { saleCompleted } from '../events';

/** The totals of a branch's business day so far. */
export interface SalesToday {
  branchId: string;
  /** "YYYY-MM-DD" */
  date: string;
  currency: string;
  sales: number;
  returns: number;
  /** Sales minus returns, with tax, without cash rounding. */
  net: Decimal;
  /** When the totals were read. */
  at: Date;
}

/** Interval of the checks whether a new business day has begun. */
const DAY_CHECK_INTERVAL_MS = 30_000;

/**
 * Emits the totals of a branch's business day: immediately, and again after sales. Any number of waiting sales are answered by one
 * read.
 * @throws PosProError 404 for an unknown branch; 422 if no branch is named and the caller has none.
 */
export async function salesToday(
  ctx: RequestContext,
  branchId?: string | null,
): Promise<Stream<StreamItem<SalesToday>>> {
  const terms = await sellingTerms(ctx.db, branchOf(ctx, branchId));
  let emittedDate: string | undefined;
  const read = async (): Promise<SalesToday> => {
    const totals = await totalsOf(ctx, terms);
    emittedDate = totals.date;
    return totals;
  };
  const today = () => businessDay(ctx.clock.now(), terms.timeZone);
  return eventStream(ctx, {
    types: [saleCompleted.type],
    branchId: terms.branchId,
    // New totals replace earlier ones, so all sales of the branch have one key.
    latest: true,
    keyOf: () => terms.branchId,
    map: read,
    standing: {
      everyMs: DAY_CHECK_INTERVAL_MS,
      make: async () => (emittedDate === today() ? undefined : read()),
    },
  });
}

async function totalsOf(
  ctx: RequestContext,
  { branchId, timeZone, currency }: SellingTerms,
): Promise<SalesToday> {
  const at = ctx.clock.now();
  const date = businessDay(at, timeZone);
  return { branchId, date, currency, at, ...(await dayNet(ctx.db, { branchId, date })) };
}
