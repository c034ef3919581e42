/** Gives a new branch its selling warehouse at once, so that the list has it before the first sale. */
import { systemContext, type Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import type { PublishedEvent } from '#kernel/events/bus';
import type { Stop } from '#kernel/graph/subgraph';
import { branchCreated } from '#subgraphs/auth/index';
import { ensureBranchWarehouse } from './warehouses';

/** Subscribes to new branches until it is stopped. The first use of a branch would create its warehouse too, so nothing is lost. */
export function startBranchWarehouses(services: Services): Promise<Stop> {
  const running = new Set<Promise<void>>();
  const end = services.bus.subscribe(branchCreated.type, (event) => {
    const work = giveWarehouse(services, event)
      .catch((error: unknown) =>
        services.log.warn({ error, branchId: event.branchId }, 'a new branch got no warehouse yet'),
      )
      .finally(() => running.delete(work));
    running.add(work);
  });
  return Promise.resolve(async () => {
    end();
    await Promise.all(running);
  });
}

async function giveWarehouse(services: Services, event: PublishedEvent): Promise<void> {
  const { organizationId, branchId, payload } = event;
  if (branchId === undefined) return;
  const ctx = systemContext(services, organizationId, { address: 'events', requestId: event.id, branchId });
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const name = text(payload.name) ?? 'Warehouse';
  await transact(ctx, (tx) => ensureBranchWarehouse(tx, ctx, branchId, name, { code: text(payload.code) }));
}
