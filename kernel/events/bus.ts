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

/** Publishes committed events to the subscribers of this process. Delivery is at least once and in commit order. */
export interface EventBus {
  publish(event: PublishedEvent): void;
  /**
   * Subscribes to one type of event, of all organizations: the subscriber filters.
   * @returns a function that unsubscribes.
   */
  subscribe(type: string, listener: EventListener): () => void;
}
