import type { Logger } from 'pino';
import type { EventBus, EventListener, PublishedEvent } from './bus';

/** The bus of a single process. */
export class MemoryBus implements EventBus {
  private readonly listeners = new Map<string, Set<EventListener>>();

  constructor(private readonly log: Logger) {}

  publish(event: PublishedEvent): void {
    for (const listener of this.listeners.get(event.type) ?? []) {
      try {
        listener(event);
      } catch (error) {
        // An error of one subscriber must not keep the event from the others.
        this.log.error({ err: error, eventType: event.type, eventId: event.id }, 'a listener failed');
      }
    }
  }

  subscribe(type: string, listener: EventListener): () => void {
    const entry: EventListener = (event) => listener(event);
    const set = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, set.add(entry));
    return () => {
      set.delete(entry);
      if (set.size === 0 && this.listeners.get(type) === set) this.listeners.delete(type);
    };
  }
}
