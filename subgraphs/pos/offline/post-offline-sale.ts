/** Posting an offline sale: as it was made, together with its conflicts. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import {
  NO_BENEFITS,
  basketPoints,
  orderExchangeRate,
  pointsBenefit,
  postOnce,
  type ClientReference,
  type PostedOrder,
} from '#subgraphs/orders/index';
import type { OpenSession } from '#subgraphs/registers/index';
import type { Conflict } from './offline-conflicts.rules';
import type { OfflineReading } from './read-offline-sale';
import { postSale } from '../sale/post-sale';

/** The client reference and the session of a posting, and further work in its transaction. */
export interface PostingOptions {
  reference: ClientReference;
  session: OpenSession;
  cashierId: string | null;
  /** Conflicts that the reading does not have. They come first. */
  conflicts: readonly Conflict[];
  /** Runs in the same transaction before the sale is posted. @returns further conflicts. */
  before?: (tx: Transaction) => Promise<Conflict[]>;
  /** Runs in the same transaction after the sale is posted. */
  after?: (tx: Transaction, posted: PostedOrder) => Promise<void>;
}

/** An offline sale that is posted now, or was before. */
export interface PostedOfflineSale {
  posted: PostedOrder;
  replayed: boolean;
  conflicts: Conflict[];
}

/** Posts an offline sale. @returns undefined if the session was closed meanwhile. */
export async function postOfflineSale(
  ctx: RequestContext,
  reading: OfflineReading,
  options: PostingOptions,
): Promise<PostedOfflineSale | undefined> {
  let conflicts: Conflict[] = [];
  try {
    const posted = await postOnce(ctx, options.reference, async (tx) => {
      // A transaction may run again, so the conflicts are collected from the beginning.
      const newConflicts = (await options.before?.(tx)) ?? [];
      conflicts = [...options.conflicts, ...newConflicts, ...reading.outcome.conflicts];
      const outcome = { ...reading.outcome, conflicts };
      const order = await postInTransaction(tx, ctx, { ...reading, outcome: outcome }, options);
      await options.after?.(tx, order);
      return order;
    });
    return { posted, replayed: ctx.reply.replayed ?? false, conflicts };
  } catch (error) {
    if (error instanceof PosProError && error.code === 'REGISTER_CLOSED') return undefined;
    throw error;
  }
}

async function postInTransaction(
  tx: Transaction,
  ctx: RequestContext,
  { input, terms, lines, totals, outcome: outcome }: OfflineReading,
  { reference, session, cashierId }: PostingOptions,
): Promise<PostedOrder> {
  const customerPoints = await basketPoints(ctx, tx, { customerId: input.customerId ?? null });
  const points = pointsBenefit(
    customerPoints,
    { lines, totals },
    { tip: input.tip?.amount, multiplier: null },
  );
  return postSale(tx, ctx, {
    id: ctx.ids.next(),
    input,
    terms,
    warehouseId: await warehouseOfBranch(tx, session.branchId),
    session,
    lines,
    totals,
    // A till without a connection knows no campaigns and redeems no points.
    benefits: { ...NO_BENEFITS, points },
    exchangeRate: await orderExchangeRate(tx, terms, businessDay(input.createdAt ?? tx.now, terms.timeZone)),
    requestHash: reference.hash,
    approvedBy: null,
    cashierId,
    offline: outcome,
  });
}
