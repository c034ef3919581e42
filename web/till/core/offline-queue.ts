/**
 * The queue of offline sales. A sale is in the store before the customer leaves, and stays there until the server has answered: so it
 * survives a reload, a crash and a lost answer. It is sent again under the same client reference, under which the server posts it once.
 */
import type { OfflineSale, QueuedSale, SaleConflict, SaleState } from './offline-sale';

/** Where the queue is kept. Each promise is kept only when the data is on disk. */
export interface SaleStore {
  /** Adds a sale at the end. @throws SaleNotStored if there is no room for it; an error if its client reference is taken. */
  add(sale: Omit<QueuedSale, 'position'>): Promise<QueuedSale>;
  /** Replaces a sale. */
  put(sale: QueuedSale): Promise<void>;
  /** All sales, in the order in which they were added. */
  all(): Promise<QueuedSale[]>;
  remove(clientReference: string): Promise<void>;
}

/** The device has no room for the sale: it must not be completed. */
export class SaleNotStored extends Error {
  constructor(cause: unknown) {
    super('This device has no room to store the sale. Do not complete it; free some space and try again.', {
      cause,
    });
    this.name = 'SaleNotStored';
  }
}

/** One result of `bookOfflineSales`. */
export interface SaleResult {
  readonly clientReference: string | null;
  readonly status: string;
  readonly orderNumber: string | null;
  readonly conflicts: readonly SaleConflict[];
  readonly error: string | null;
}

/** Sends a batch. The results have the order of the batch. @throws if there is no answer. */
export type SendSales = (sales: readonly OfflineSale[]) => Promise<readonly SaleResult[]>;

/** Far below the limit of the API, 500, so that a slow connection has an answer in seconds. */
const BATCH = 50;

const STATES: Readonly<Record<string, SaleState>> = {
  created: 'accepted',
  replayed: 'accepted',
  conflict: 'conflict',
  pending: 'pending',
  held: 'held',
  rejected: 'rejected',
};

/** The outcome of sending the queue. */
export interface Replay {
  /** Sales that the server answered. */
  readonly answered: number;
  /** Why the rest was not answered; null if nothing is left to send. */
  readonly failure: string | null;
}

export class OfflineQueue {
  private running: Promise<Replay> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly store: SaleStore,
    private readonly send: SendSales,
  ) {}

  /** Calls back after each change. @returns a function that stops it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Stores a sale. @throws SaleNotStored; Error if the sale is in the queue already. */
  async add(sale: OfflineSale, shown: Pick<QueuedSale, 'currency' | 'itemsCount'>): Promise<QueuedSale> {
    const stored = await this.store.add({
      sale,
      ...shown,
      state: 'queued',
      attempts: 0,
      orderNumber: null,
      conflicts: [],
      error: null,
    });
    this.notify();
    return stored;
  }

  /** All sales, in the order in which they were made. */
  all(): Promise<QueuedSale[]> {
    return this.store.all();
  }

  /** Sends all sales without an answer, in their order. A second call while one runs waits for the first. */
  replay(): Promise<Replay> {
    this.running ??= this.replayAll().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Queues a rejected sale again, after its cause was fixed. */
  async retry(clientReference: string): Promise<void> {
    const sale = (await this.store.all()).find((one) => one.sale.clientReference === clientReference);
    if (sale?.state !== 'rejected') throw new Error('Only a rejected sale is sent again by hand.');
    await this.update({ ...sale, state: 'queued', error: null });
  }

  /** Removes a sale that the server has, or that a person has given up. @throws Error for a sale without an answer. */
  async dismiss(clientReference: string): Promise<void> {
    const sale = (await this.store.all()).find((one) => one.sale.clientReference === clientReference);
    if (!sale) return;
    if (isUnanswered(sale)) throw new Error('A sale without an answer stays in the queue.');
    await this.store.remove(clientReference);
    this.notify();
  }

  private async replayAll(): Promise<Replay> {
    let answered = 0;
    for (;;) {
      const batch = (await this.store.all()).filter(isUnanswered).slice(0, BATCH);
      if (batch.length === 0) return { answered, failure: null };
      const failure = await this.sendBatch(batch);
      if (failure !== undefined) return { answered, failure };
      answered += batch.length;
    }
  }

  /** @returns why the batch has no answer. */
  private async sendBatch(batch: readonly QueuedSale[]): Promise<string | undefined> {
    const sending: QueuedSale[] = [];
    for (const sale of batch) {
      const next: QueuedSale = { ...sale, state: 'sending', attempts: sale.attempts + 1 };
      await this.update(next);
      sending.push(next);
    }
    try {
      const results = await this.send(sending.map(({ sale }) => sale));
      for (const [index, sale] of sending.entries()) await this.update(settled(sale, results[index]));
      return undefined;
    } catch (error) {
      // The sales may have arrived or not. Either way the next attempt, under the same references, is safe.
      const message = error instanceof Error ? error.message : String(error);
      for (const sale of sending) await this.update({ ...sale, state: 'queued', error: message });
      return message;
    }
  }

  private async update(sale: QueuedSale): Promise<void> {
    await this.store.put(sale);
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Whether the server has not answered yet. A sale that is `sending` after a reload has lost its answer. */
export function isUnanswered({ state }: Pick<QueuedSale, 'state'>): boolean {
  return state === 'queued' || state === 'sending';
}

/** Whether a person should look at the sale. */
export function needsAttention({ state }: Pick<QueuedSale, 'state'>): boolean {
  return state === 'conflict' || state === 'held' || state === 'rejected';
}

/** @throws Error if the answer is not one of this sale. */
function settled(sale: QueuedSale, result: SaleResult | undefined): QueuedSale {
  const state = result && STATES[result.status];
  if (!state || result.clientReference !== sale.sale.clientReference)
    throw new Error('The server answered something else than the results of these sales.');
  const { orderNumber, conflicts, error } = result;
  return { ...sale, state, orderNumber, conflicts, error };
}
