/** The running totals of a branch's business day. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { branchOf, sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { COUNTED } from './daily-figures.queries';

/** How a branch's business day stands. */
export interface SalesToday {
  branchId: string;
  /** "YYYY-MM-DD" */
  date: string;
  currency: string;
  sales: number;
  returns: number;
  /** Sales less returns, with tax, without cash rounding. */
  net: Decimal;
  /** When the figures were read. */
  at: Date;
}

/** How often it is looked whether a new business day has begun. */
const LOOK_EVERY_MS = 30_000;

/**
 * The running totals of a branch's business day: as they stand at once, and again after each sale. However many sales wait, the
 * totals are read once for all of them.
 * @throws PosProError 404 for an unknown branch, 422 where none is named and the caller has none.
 */
export async function salesToday(
  ctx: RequestContext,
  branchId?: string | null,
): Promise<Stream<StreamItem<SalesToday>>> {
  const terms = await sellingTerms(ctx.db, branchOf(ctx, branchId));
  let told: string | undefined;
  const read = async (): Promise<SalesToday> => {
    const totals = await totalsOf(ctx, terms);
    told = totals.date;
    return totals;
  };
  const today = () => businessDay(ctx.clock.now(), terms.timeZone);
  return eventStream(ctx, {
    types: ['sale.completed'],
    branchId: terms.branchId,
    // One day's totals take the place of those before: all sales of the branch are one thing here.
    latest: true,
    keyOf: () => terms.branchId,
    map: read,
    standing: { everyMs: LOOK_EVERY_MS, make: async () => (told === today() ? undefined : read()) },
  });
}

async function totalsOf(
  ctx: RequestContext,
  { branchId, timeZone, currency }: SellingTerms,
): Promise<SalesToday> {
  const at = ctx.clock.now();
  const date = businessDay(at, timeZone);
  const totals = await ctx.db.one<Pick<SalesToday, 'sales' | 'returns' | 'net'>>(sql`
    select count(*) filter (where o.kind = 'sale') as sales, count(*) filter (where o.kind = 'return') as returns,
      coalesce(sum(o.total - o.rounding), 0) as net
    from orders o where o.branch_id = ${branchId}::uuid and o.business_date = ${date}::date and ${COUNTED}`);
  return { branchId, date, currency, at, ...totals };
}
