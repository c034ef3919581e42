import type { Database } from './db/database';

/** Wakes the waiting code of this process when something has happened, one signal per database. */
export interface Signal {
  notify: (database: Database) => void;
  /** @returns a function that unsubscribes. */
  listen: (database: Database, listener: () => void) => () => void;
}

export function createSignal(): Signal {
  const listeners = new WeakMap<Database, Set<() => void>>();
  return {
    notify(database) {
      for (const listener of listeners.get(database) ?? []) listener();
    },
    listen(database, listener) {
      const set = listeners.get(database) ?? new Set();
      listeners.set(database, set.add(listener));
      return () => set.delete(listener);
    },
  };
}
