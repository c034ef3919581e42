import type { Logger } from 'pino';
import type { EarlyEvent, EventBus, EventListener, PublishedEvent } from './bus';

type Listeners<Event> = Map<string, Set<(event: Event) => void>>;

/** The bus of a single process. */
export class MemoryBus implements EventBus {
  private readonly listeners: Listeners<PublishedEvent> = new Map();
  private readonly earlyListeners: Listeners<EarlyEvent> = new Map();

  constructor(private readonly log: Logger) {}

  publish(event: PublishedEvent): void {
    this.call(this.listeners, event);
  }

  subscribe(type: string, listener: EventListener): () => void {
    return add(this.listeners, type, listener);
  }

  subscribeEarly(type: string, listener: (event: EarlyEvent) => void): () => void {
    const ends = [add(this.listeners, type, listener), add(this.earlyListeners, type, listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  hasEarlyListeners(type: string): boolean {
    return this.earlyListeners.has(type);
  }

  publishEarly(event: EarlyEvent): void {
    this.call(this.earlyListeners, event);
  }

  private call<Event extends EarlyEvent>(listeners: Listeners<Event>, event: Event): void {
    for (const listener of listeners.get(event.type) ?? []) {
      try {
        listener(event);
      } catch (error) {
        // An error of one subscriber must not keep the event from the others.
        this.log.error({ err: error, eventType: event.type, eventId: event.id }, 'a listener failed');
      }
    }
  }
}

function add<Event>(listeners: Listeners<Event>, type: string, listener: (event: Event) => void): () => void {
  const entry = (event: Event) => listener(event);
  const set = listeners.get(type) ?? new Set();
  listeners.set(type, set.add(entry));
  return () => {
    set.delete(entry);
    if (set.size === 0 && listeners.get(type) === set) listeners.delete(type);
  };
}
