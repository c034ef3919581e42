/** Starts the till for a person: from the server, or from the copies of the last time if the server cannot be reached. */
import { createPageClient } from '../shared/client';
import { createFormats } from '../shared/format';
import type { Session } from '../shared/session';
import { Connection } from './connection';
import { Catalogue } from './core/catalogue';
import { OfflineQueue } from './core/offline-queue';
import { SellingRules } from './core/selling-rules';
import { copiedShop, forgetShop, readShop, type Shop } from './shop';
import { sellingRulesSource } from './selling-rules-source';
import { catalogueStore, openTillDatabase, saleStore, sellingRulesStore } from './storage/database';
import type { TillContextValue } from './till-context';
import { TillApi, Unreachable } from './till-api';

/** Time between two updates of the catalogue, in milliseconds. */
const UPDATE_EVERY_MS = 5 * 60_000;

export interface StartedTill {
  readonly value: TillContextValue;
  readonly stop: () => void;
}

/** @throws Unreachable if the server cannot be reached and no one has worked here before; GraphError. */
export async function startTill(session: Session): Promise<StartedTill> {
  const connection = new Connection();
  const client = createPageClient(session);
  const api = new TillApi(client.graph, connection);
  const shop = await shopOrCopy(api);
  const db = await openTillDatabase(shop.me.organization.id);
  const queue = new OfflineQueue(saleStore(db), api.sendSales);
  const catalogue = new Catalogue(catalogueStore(db), api.readCatalogue);
  const { currency } = shop.me.organization;
  const rules = new SellingRules(sellingRulesStore(db), sellingRulesSource(api), currency);
  await Promise.all([catalogue.load(), rules.load()]);
  // Without this a browser that runs out of room may delete the queue.
  await navigator.storage?.persist?.();
  const stop = keepInStep(connection, queue, { catalogue, rules });
  const signOut = () => {
    forgetShop();
    void session.signOut();
  };
  return {
    value: { shop, api, connection, db, queue, catalogue, rules, formats: formatsOf(shop), signOut },
    stop: () => {
      stop();
      client.close();
      db.close();
    },
  };
}

async function shopOrCopy(api: TillApi): Promise<Shop> {
  try {
    return await readShop(api);
  } catch (error) {
    const copy = copiedShop();
    if (error instanceof Unreachable && copy) return copy;
    throw error;
  }
}

function formatsOf({ me: { organization, branch } }: Shop) {
  return createFormats({
    languages: [organization.defaultLanguage],
    currency: organization.currency,
    timeZone: branch?.timeZone ?? organization.timeZone,
  });
}

/** Sends the queue and renews the copies whenever there is a connection. @returns a function that ends it. */
function keepInStep(
  connection: Connection,
  queue: OfflineQueue,
  { catalogue, rules }: Pick<TillContextValue, 'catalogue' | 'rules'>,
): () => void {
  let copied = false;
  const run = async () => {
    if (!connection.online) return;
    await alone('pospro.till.queue', () => queue.replay());
    if (copied) await catalogue.update(new Date());
    else await catalogue.copy(new Date());
    copied = true;
    await rules.update(new Date());
  };
  // The next attempt comes by itself; the page shows the state of the connection and of each sale.
  const attempt = () => void run().catch(ignoreUnreachable);
  attempt();
  const timer = setInterval(attempt, UPDATE_EVERY_MS);
  const stopListening = connection.onChange(attempt);
  return () => {
    clearInterval(timer);
    stopListening();
  };
}

function ignoreUnreachable(error: unknown): void {
  if (!(error instanceof Unreachable)) throw error;
}

/** Runs a function in one tab at a time. Browsers have locks only on https:// and localhost; elsewhere two tabs may send a sale twice, which is harmless. */
function alone(name: string, run: () => Promise<unknown>): Promise<unknown> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request(name, run) : run();
}
