/** The services that every part of the till may use. */
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Formats } from '../shared/format';
import type { Connection } from './connection';
import type { Catalogue } from './core/catalogue';
import type { OfflineQueue } from './core/offline-queue';
import type { QueuedSale } from './core/offline-sale';
import type { SellingRules } from './core/selling-rules';
import type { Shop } from './shop';
import type { TillDatabase } from './storage/database';
import type { TillApi } from './till-api';

export interface TillContextValue {
  readonly shop: Shop;
  readonly api: TillApi;
  readonly connection: Connection;
  readonly db: TillDatabase;
  readonly queue: OfflineQueue;
  readonly catalogue: Catalogue;
  readonly rules: SellingRules;
  readonly formats: Formats;
  readonly signOut: () => void;
}

export const TillContext = createContext<TillContextValue | undefined>(undefined);

/** @throws Error outside of the started till. */
export function useTill(): TillContextValue {
  const value = useContext(TillContext);
  if (!value) throw new Error('useTill is for parts of the started till.');
  return value;
}

/** Whether the server can be reached. */
export function useOnline(): boolean {
  const { connection } = useTill();
  const [online, setOnline] = useState(connection.online);
  useEffect(() => connection.onChange(setOnline), [connection]);
  return online;
}

/** Whether the person has this permission. */
export function useMay(permission: string): boolean {
  return useTill().shop.me.permissions.includes(permission);
}

const NONE: readonly QueuedSale[] = [];

/** The offline sales, in the order in which they were made. */
export function useQueue(): readonly QueuedSale[] {
  const { queue } = useTill();
  const [sales, setSales] = useState(NONE);
  useEffect(() => {
    const read = () => void queue.all().then(setSales);
    read();
    return queue.subscribe(read);
  }, [queue]);
  return sales;
}
