/**
 * The till's database in the browser (IndexedDB): offline sales, the copy of the catalogue, and the state that survives a reload. One
 * database for each organization, so that no sale is ever sent to another shop.
 */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { CatalogueItem, CatalogueStore } from '../core/catalogue';
import { SaleNotStored, type SaleStore } from '../core/offline-queue';
import type { QueuedSale } from '../core/offline-sale';
import type { SellingRulesCopy, SellingRulesStore } from '../core/selling-rules';

interface TillSchema extends DBSchema {
  sales: { key: number; value: QueuedSale; indexes: { reference: string } };
  items: { key: string; value: CatalogueItem };
  state: { key: string; value: unknown };
}

/** The open database. */
export type TillDatabase = IDBPDatabase<TillSchema>;

const VERSION = 1;
const SINCE = 'catalogue-since';
/** The browser confirms a write only when it is on disk, not when the system has it in memory. */
const ON_DISK = { durability: 'strict' } as const;

/** Opens the database of an organization, and makes it if there is none. */
export function openTillDatabase(organizationId: string): Promise<TillDatabase> {
  return openDB<TillSchema>(databaseName(organizationId), VERSION, {
    upgrade(db) {
      const sales = db.createObjectStore('sales', { keyPath: 'position', autoIncrement: true });
      sales.createIndex('reference', 'sale.clientReference', { unique: true });
      db.createObjectStore('items', { keyPath: 'variantId' });
      db.createObjectStore('state');
    },
  });
}

/** Deletes the database of an organization with everything in it. */
export function deleteTillDatabase(organizationId: string): Promise<void> {
  return deleteDB(databaseName(organizationId));
}

function databaseName(organizationId: string): string {
  return `pospro-till-${organizationId}`;
}

/** The queue of offline sales in the database. */
export function saleStore(db: TillDatabase): SaleStore {
  return {
    async add(sale) {
      const tx = db.transaction('sales', 'readwrite', ON_DISK);
      try {
        const [position] = await Promise.all([tx.store.add(sale as QueuedSale), tx.done]);
        return { ...sale, position };
      } catch (error) {
        if (isQuota(error)) throw new SaleNotStored(error);
        throw error;
      }
    },
    async put(sale) {
      const tx = db.transaction('sales', 'readwrite', ON_DISK);
      await Promise.all([tx.store.put(sale), tx.done]);
    },
    all: () => db.getAll('sales'),
    async remove(clientReference) {
      const tx = db.transaction('sales', 'readwrite', ON_DISK);
      const position = await tx.store.index('reference').getKey(clientReference);
      if (position !== undefined) await tx.store.delete(position);
      await tx.done;
    },
  };
}

/** Both the request and its transaction may report that the disk is full. */
function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

/** The copy of the catalogue in the database. */
export function catalogueStore(db: TillDatabase): CatalogueStore {
  const write = async (items: readonly CatalogueItem[], since: string, replaced: boolean) => {
    const tx = db.transaction(['items', 'state'], 'readwrite');
    const store = tx.objectStore('items');
    const requests: Promise<unknown>[] = replaced ? [store.clear()] : [];
    for (const item of items) requests.push(store.put(item));
    requests.push(tx.objectStore('state').put(since, SINCE));
    await Promise.all([...requests, tx.done]);
  };
  return {
    items: () => db.getAll('items'),
    since: async () => ((await db.get('state', SINCE)) as string | undefined) ?? null,
    replace: (items, since) => write(items, since, true),
    merge: (items, since) => write(items, since, false),
  };
}

const SELLING_RULES = 'selling-rules';

/** The copy of label rules and price lists in the database. */
export function sellingRulesStore(db: TillDatabase): SellingRulesStore {
  return {
    read: () => readState<SellingRulesCopy>(db, SELLING_RULES),
    write: (copy) => writeState(db, SELLING_RULES, copy),
  };
}

/** Reads a value of the state; undefined if there is none. The caller knows its type, because it wrote the value. */
export async function readState<Value>(db: TillDatabase, key: string): Promise<Value | undefined> {
  return (await db.get('state', key)) as Value | undefined;
}

/** Stores a value of the state; undefined removes it. */
export async function writeState(db: TillDatabase, key: string, value: unknown): Promise<void> {
  if (value === undefined) await db.delete('state', key);
  else await db.put('state', value, key);
}
