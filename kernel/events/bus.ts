/** An event as the relay hands it on, after its transaction has been committed. */
export interface PublishedEvent {
  readonly id: string;
  /** Where a listener may resume: opaque, grows in commit order. */
  readonly cursor: string;
  readonly organizationId: string;
  readonly branchId: string | undefined;
  readonly type: string;
  readonly key: string;
  readonly payload: Record<string, unknown>;
  readonly at: Date;
}

export type EventListener = (event: PublishedEvent) => void;

/** Brings committed events to the listeners of this process. Delivery is at least once and in commit order. */
export interface EventBus {
  publish(event: PublishedEvent): void;
  /**
   * Listens to one type of event, of all organizations: the listener filters.
   * @returns a function that ends the listening.
   */
  subscribe(type: string, listener: EventListener): () => void;
}
