import { Cache, Caches, type CacheDefinition } from './cache';
import type { Clock } from './clock';
import type { IdentifiedEvent } from './db/database';
import type { EventBus } from './events/bus';

/**
 * The caches of a caller who sees a part of the organization's rows: their reads neither take values that others have read, nor leave any.
 * Their changes drop entries as all do.
 */
export class UnsharedCaches extends Caches {
  constructor(private readonly services: { caches: Caches; clock: Clock; bus: EventBus }) {
    super(services.clock, services.bus);
  }

  override of<Value extends NonNullable<unknown>>(definition: CacheDefinition<Value>): Cache<Value> {
    return new Cache(definition, this.services.clock);
  }

  override drop(organizationId: string, events: readonly IdentifiedEvent[]): void {
    this.services.caches.drop(organizationId, events);
  }
}
