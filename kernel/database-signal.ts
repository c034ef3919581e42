import type { Database } from './db/database';

/** Wakes the waiting code of this process when something has happened, one signal per database. */
export interface Signal<Details> {
  notify: (database: Database, details: Details) => void;
  /** @returns a function that unsubscribes. */
  listen: (database: Database, listener: (details: Details) => void) => () => void;
}

/** Without a type of details, a signal has none. */
export function createSignal<Details = void>(): Signal<Details> {
  const listeners = new WeakMap<Database, Set<(details: Details) => void>>();
  return {
    notify(database, details) {
      for (const listener of listeners.get(database) ?? []) listener(details);
    },
    listen(database, listener) {
      const set = listeners.get(database) ?? new Set();
      listeners.set(database, set.add(listener));
      return () => set.delete(listener);
    },
  };
}
