/**
 * The work on labels: sends the requests to carriers that a crash or a lost answer has left, and asks where parcels are. Every process
 * runs it; what one works on is skipped by the others.
 */
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { askForVoid } from '../labels/void-label';
import { ask, purchaseLabels } from '../labels/purchase-labels';
import { labelsByIds, type LabelRow } from '../labels/labels.queries';
import { LEASE_MS } from '../labels/reserve-labels';
import { recordTracking } from './record-parcel-events';

const INTERVAL_MS = 15_000;
const AT_ONCE = 20;
/** Time between two questions where a parcel is: webhooks are faster, and this finds what they lose. */
const POLL_EVERY_MS = 3_600_000;
/** Longer than any journey. */
const POLLED_MS = 60 * 24 * 3_600_000;

/** One round. @returns the number of labels that it worked on. */
export async function performShippingWork(services: Services): Promise<number> {
  const now = services.clock.now();
  const asked = await eachDue(
    services,
    { column: sql`next_ask_at`, next: new Date(now.getTime() + LEASE_MS) },
    async (ctx, label) => {
      if (label.status === 'buying') await purchaseLabels(ctx, [label]);
      if (label.status === 'voiding') await askForVoid(ctx, label);
    },
  );
  const polled = await eachDue(
    services,
    { column: sql`next_poll_at`, next: new Date(now.getTime() + POLL_EVERY_MS) },
    pollLabel,
  );
  return asked + polled;
}

/** Starts the work, every 15 seconds until it is stopped. */
export function startShippingWork(services: Services): Stop {
  const failure = 'the work on shipping labels failed; it is tried again';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () =>
    performShippingWork(services),
  );
}

/** Works on each due label; a lease keeps other processes away meanwhile. */
async function eachDue(
  services: Services,
  { column, next }: { column: Sql; next: Date },
  work: (ctx: RequestContext, label: LabelRow) => Promise<void>,
): Promise<number> {
  const due = await services.database.system.many<{ id: string; organizationId: string }>(sql`
    update shipping_labels set ${column} = ${next}
    where id in (
      select id from shipping_labels where ${column} <= ${services.clock.now()}
      order by ${column} limit ${AT_ONCE} for update skip locked)
    returning id, organization_id`);
  for (const { id, organizationId } of due) {
    const ctx = systemContext(services, organizationId, { address: 'shipping', recorded: false });
    try {
      for (const label of await labelsByIds(ctx.db, [id])) await work(ctx, label);
    } catch (error) {
      // One label must not stop the others; its lease lets it be tried again.
      services.log.warn({ err: error, label: id }, 'the work on a shipping label failed; it is tried again');
    }
  }
  return due.length;
}

async function pollLabel(ctx: RequestContext, label: LabelRow): Promise<void> {
  const { id, shipmentId, providerReference, carrier, trackingNumber, boughtAt } = label;
  if (label.status !== 'bought' || ctx.clock.now().getTime() - boughtAt!.getTime() > POLLED_MS) {
    await ctx.database.system.run(sql`update shipping_labels set next_poll_at = null where id = ${id}::uuid`);
    return;
  }
  const parcel = {
    ...{ reference: providerReference!, carrier: carrier!, trackingNumber: trackingNumber! },
    boughtAt: boughtAt!,
  };
  const answer = await ask(ctx, label, (desk) => desk.carrier.track(desk.account, parcel));
  if (answer.kind === 'done') await recordTracking(ctx, shipmentId, answer.value);
}
