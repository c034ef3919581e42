import type { Database } from '../db/database';

const listeners = new WeakMap<Database, Set<() => void>>();

/** Tells the relay of this process that a transaction with events was committed, so that it need not wait for its next look. */
export function announceOutbox(database: Database): void {
  for (const listener of listeners.get(database) ?? []) listener();
}

/** @returns a function that ends the listening. */
export function onOutboxWritten(database: Database, listener: () => void): () => void {
  const set = listeners.get(database) ?? new Set();
  listeners.set(database, set.add(listener));
  return () => set.delete(listener);
}
