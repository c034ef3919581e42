/** An event as published by the relay, after its transaction was committed. */
export interface PublishedEvent {
  readonly id: string;
  /** The position to resume from: opaque, grows in commit order. */
  readonly cursor: string;
  readonly organizationId: string;
  readonly branchId: string | undefined;
  readonly type: string;
  readonly key: string;
  readonly payload: Record<string, unknown>;
  readonly at: Date;
}

export type EventListener = (event: PublishedEvent) => void;

/** An event that was committed, before its turn in the order of all events has come. */
export type EarlyEvent = Pick<PublishedEvent, 'id' | 'organizationId' | 'type' | 'key' | 'payload'>;

/** Publishes committed events to the subscribers of this process. Delivery is at least once and in commit order. */
export interface EventBus {
  publish(event: PublishedEvent): void;
  /**
   * Subscribes to one type of event, of all organizations: the subscriber filters.
   * @returns a function that unsubscribes.
   */
  subscribe(type: string, listener: EventListener): () => void;
  /**
   * Subscribes a listener that only forgets what it knew. It may receive an event of another process twice: as soon as that process
   * reports it, which a long transaction does not delay, and when it is published.
   * @returns a function that unsubscribes.
   */
  subscribeEarly(type: string, listener: (event: EarlyEvent) => void): () => void;
  /** Whether early events of this type have listeners. */
  hasEarlyListeners(type: string): boolean;
  /** Hands an event that another process has reported to the early listeners. */
  publishEarly(event: EarlyEvent): void;
}
