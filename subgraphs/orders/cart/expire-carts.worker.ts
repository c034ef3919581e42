/** Ends carts that were not used for a long time. Several processes may run this at once: none waits for another. */
import { systemContext, type Services } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';

const INTERVAL_MS = 60_000;
/** Small steps, so that no lock is held for long. */
const BATCH = 200;
/** Most organizations in one round; the next round continues. */
const ORGANIZATIONS = 200;

/** Ends the carts that are due. @returns their number. */
export async function expireCarts(services: Services): Promise<number> {
  const due = await services.database.system.many<{ organizationId: string }>(sql`
    select distinct organization_id from (
      select organization_id from carts where status = 'open' and expires_at <= ${services.clock.now()}::timestamptz
      order by expires_at limit ${BATCH * ORGANIZATIONS}
    ) due limit ${ORGANIZATIONS}`);
  let total = 0;
  for (const { organizationId } of due) {
    const ctx = systemContext(services, organizationId, { address: 'expiry' });
    for (let ended = BATCH; ended === BATCH; total += ended) ended = await transact(ctx, endCarts);
  }
  return total;
}

/** An ended cart is kept for its figures, without the data of the guest. @returns the number of ended carts. */
async function endCarts(tx: Transaction): Promise<number> {
  const ended = await tx.many(sql`
    with due as materialized (
      select id from carts where organization_id = ${tx.organizationId}::uuid and status = 'open'
        and expires_at <= ${tx.now}::timestamptz
      order by id for update skip locked limit ${BATCH}
    )
    update carts c set status = 'expired', email = null, phone = null, shipping_address = null, billing_address = null
    from due where c.id = due.id returning c.id`);
  return ended.length;
}

/** Ends carts every minute until it is stopped. */
export function startCartExpiry(services: Services): Promise<Stop> {
  const failure = 'carts could not be ended; it is tried again';
  return Promise.resolve(
    startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => expireCarts(services)),
  );
}
