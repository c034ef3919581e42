import type { Database } from './db/database';

/** Tells those in this process who wait for something that it has happened, one signal per database. */
export interface Signal {
  announce: (database: Database) => void;
  /** @returns a function that ends the listening. */
  listen: (database: Database, listener: () => void) => () => void;
}

export function createSignal(): Signal {
  const listeners = new WeakMap<Database, Set<() => void>>();
  return {
    announce(database) {
      for (const listener of listeners.get(database) ?? []) listener();
    },
    listen(database, listener) {
      const set = listeners.get(database) ?? new Set();
      listeners.set(database, set.add(listener));
      return () => set.delete(listener);
    },
  };
}
