/** The queue of one subscriber: bounded, because a slow client must not fill the memory. */
import type { Stream } from '#kernel/graph/event-stream';

/** Maximum of waiting answers. A healthy client reads each within milliseconds. */
const MAX_WAITING = 1000;

/** A queue for one reader. An explicit iterator: it can be closed while its reader waits. */
export class ClientQueue<Item> implements Stream<Item> {
  private readonly items = new Map<unknown, Item>();
  private waiter:
    { resolve: (result: IteratorResult<Item>) => void; reject: (error: Error) => void } | undefined;
  private state: { readonly ended: boolean; readonly error?: Error } = { ended: false };

  /**
   * @param onOverflow called once, when the queue is full.
   * @param onReturn called once, when the reader ends.
   */
  constructor(
    private readonly onOverflow: () => void,
    private readonly onReturn: () => void,
  ) {}

  get size(): number {
    return this.items.size;
  }

  /** @param latestKey replaces a waiting item with the same key, which is outdated. */
  push(item: Item, latestKey: string | undefined): void {
    if (this.state.ended) return;
    if (this.waiter) {
      this.waiter.resolve({ done: false, value: item });
      this.waiter = undefined;
      return;
    }
    const key = latestKey ?? Symbol('item');
    // Removed first, so that the newer one is at the end, in the order of events.
    this.items.delete(key);
    this.items.set(key, item);
    if (this.items.size <= MAX_WAITING) return;
    this.end();
    this.items.clear();
    this.onOverflow();
  }

  /** Waiting items are still delivered; then the stream ends, with the error if any. */
  end(error?: Error): void {
    if (this.state.ended) return;
    this.state = error === undefined ? { ended: true } : { ended: true, error };
    const { waiter } = this;
    this.waiter = undefined;
    if (error === undefined) waiter?.resolve({ done: true, value: undefined });
    else waiter?.reject(error);
    if (waiter) this.state = { ended: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item>> {
    const [first] = this.items;
    if (first) {
      this.items.delete(first[0]);
      return Promise.resolve({ done: false, value: first[1] });
    }
    const { ended, error } = this.state;
    if (error !== undefined) {
      this.state = { ended: true };
      return Promise.reject(error);
    }
    if (ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => (this.waiter = { resolve, reject }));
  }

  return(): Promise<IteratorResult<Item>> {
    this.end();
    this.items.clear();
    this.onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }
}
