/** Ends expired reservations. Several processes may run this at once: none waits for another. */
import { systemContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { expireReservations } from './end-reservations';

const INTERVAL_MS = 15_000;
/** Small steps, so that no lock is held for long. */
const BATCH = 200;
/** Most organizations in one round; the next round continues. */
const ORGANIZATIONS = 200;

/** Ends the reservations that are due. @returns their number. */
export async function releaseExpired(services: Services): Promise<number> {
  const due = await services.database.system.many<{ organizationId: string }>(sql`
    select distinct organization_id from (
      select organization_id from stock_reservations
      where status = 'active' and expires_at <= ${services.clock.now()}::timestamptz order by expires_at limit ${BATCH * ORGANIZATIONS}
    ) due limit ${ORGANIZATIONS}`);
  let total = 0;
  for (const { organizationId } of due) {
    const ctx = systemContext(services, organizationId, { address: 'expiry' });
    for (let ended = BATCH; ended === BATCH; total += ended)
      ended = await transact(ctx, (tx) => expireReservations(tx, BATCH));
  }
  return total;
}

/** Ends expired reservations every 15 seconds until it is stopped. */
export function startExpiry(services: Services): Stop {
  const failure = 'expired reservations could not be ended; it is tried again';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => releaseExpired(services));
}
