/** Cancels orders that were not paid in time. Several processes may run this at once: each order is locked. */
import { systemContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { lockOrder } from '../order/orders.queries';
import { postCancellation } from './cancel-order';

const INTERVAL_MS = 15_000;
const BATCH = 200;

/** The reason that is kept with the step. */
const REASON = 'The payment was not received in time.';

/** Cancels the pending orders whose time has ended. @returns their number. */
export async function cancelExpired(services: Services): Promise<number> {
  const due = await services.database.system.many<{ id: string; organizationId: string }>(sql`
    select id, organization_id from orders
    where status = 'pending' and holds_until <= ${services.clock.now()}::timestamptz order by holds_until limit ${BATCH}`);
  let cancelled = 0;
  for (const { id, organizationId } of due) {
    const ctx = systemContext(services, organizationId, { address: 'expiry' });
    const ended = await transact(ctx, async (tx) => {
      // It may have been paid, or given more time, since it was read.
      const { status, holdsUntil } = await lockOrder(tx, id);
      if (status !== 'pending' || holdsUntil === null || holdsUntil > tx.now) return false;
      await postCancellation(tx, ctx, id, { reason: REASON });
      return true;
    }).catch((error: unknown) => {
      if (!(error instanceof PosProError)) throw error;
      services.log.warn({ err: error, orderId: id }, 'an order that was not paid could not be cancelled');
      return false;
    });
    if (ended) cancelled += 1;
  }
  return cancelled;
}

/** Cancels orders that were not paid in time, every 15 seconds until it is stopped. */
export function startOrderExpiry(services: Services): Stop {
  const failure = 'orders that were not paid could not be cancelled; it is tried again';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => cancelExpired(services));
}
