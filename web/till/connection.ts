/** Whether the server can be reached. Each request shows it; while it cannot, the till asks every few seconds until it can. */

/** Time between two attempts, in milliseconds. */
const AGAIN_MS = 4_000;

/** Answered by the server itself, and never by the service worker. */
const PROBE_URL = '/pages.json';

export class Connection {
  #online = navigator.onLine;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<(online: boolean) => void>();

  constructor() {
    addEventListener('offline', () => this.lost());
    addEventListener('online', () => void this.#probe());
    if (!this.#online) this.#later();
  }

  get online(): boolean {
    return this.#online;
  }

  /** Calls back after each change. @returns a function that ends it. */
  onChange(listener: (online: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A request had an answer. */
  reached(): void {
    clearTimeout(this.#timer);
    this.#becomes(true);
  }

  /** A request had no answer. */
  lost(): void {
    this.#becomes(false);
    this.#later();
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#probe(), AGAIN_MS);
  }

  async #probe(): Promise<void> {
    const answered = await fetch(PROBE_URL, { cache: 'no-store' }).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) this.reached();
    else this.lost();
  }

  #becomes(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    for (const listener of this.#listeners) listener(online);
  }
}
