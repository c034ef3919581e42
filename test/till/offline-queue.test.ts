/** The queue of offline sales, on a database as the browser has it: no sale is lost, and none is posted twice. */
import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { emptyBasket, addItem, discountBasket } from '../../web/till/core/basket';
import {
  OfflineQueue,
  SaleNotStored,
  needsAttention,
  type SaleResult,
  type SaleStore,
  type SendSales,
} from '../../web/till/core/offline-queue';
import { toOfflineSale, type OfflineSale } from '../../web/till/core/offline-sale';
import {
  deleteTillDatabase,
  openTillDatabase,
  saleStore,
  type TillDatabase,
} from '../../web/till/storage/database';

const SHOWN = { currency: 'EUR', itemsCount: 1 };
const MOMENT = {
  registerId: 'register',
  registerSessionId: 'session',
  createdAt: new Date('2026-01-31T18:04:05Z'),
};

function sale(): OfflineSale {
  const tea = {
    ...{ variantId: 'tea', sku: 'TEA', name: 'Tea', unit: 'piece', quantityPlaces: 0 },
    ...{ price: '2.50', taxRate: '7', minimumAge: null, giftCard: false },
  };
  const basket = addItem(emptyBasket(randomUUID), tea, { quantity: '2' }, randomUUID);
  const money = { payments: [{ method: 'cash', amount: '10.00' }], total: '5.00', change: '5.00' };
  return toOfflineSale(basket, MOMENT, { ...money, unitPrices: ['2.50'] });
}

const result = (clientReference: string, status = 'created', more: Partial<SaleResult> = {}): SaleResult => ({
  ...{ clientReference, status, orderNumber: '1001', conflicts: [], error: null },
  ...more,
});

/** A server that posts each reference once, and answers as the API does. */
function server() {
  const posted: string[] = [];
  const batches: string[][] = [];
  const send: SendSales = (sales) => {
    batches.push(sales.map(({ clientReference }) => clientReference));
    return Promise.resolve(
      sales.map(({ clientReference }) => {
        if (posted.includes(clientReference)) return result(clientReference, 'replayed');
        posted.push(clientReference);
        return result(clientReference);
      }),
    );
  };
  return { posted, batches, send };
}

const offline: SendSales = () => Promise.reject(new TypeError('Failed to fetch'));

let organization: string;
const databases: TillDatabase[] = [];
async function open(): Promise<SaleStore> {
  const db = await openTillDatabase(organization);
  databases.push(db);
  return saleStore(db);
}
beforeEach(() => {
  organization = randomUUID();
});
afterEach(async () => {
  for (const db of databases.splice(0)) db.close();
  await deleteTillDatabase(organization);
});

const states = async (queue: OfflineQueue) => (await queue.all()).map(({ state }) => state);
const references = (sales: readonly OfflineSale[]) => sales.map(({ clientReference }) => clientReference);

it('makes a sale of a basket with the price of each line, the money and the moment', () => {
  const made = sale();
  expect(made).toEqual({
    clientReference: made.clientReference,
    ...{ registerId: 'register', registerSessionId: 'session', createdAt: '2026-01-31T18:04:05.000Z' },
    items: [{ variantId: 'tea', quantity: '2', unitPrice: '2.50' }],
    ...{ payments: [{ method: 'cash', amount: '10.00' }], total: '5.00', change: '5.00' },
  });
  const basket = {
    ...discountBasket(emptyBasket(randomUUID), { percent: '10' }),
    ageConfirmed: true,
    note: 'Gift',
  };
  const customer = { id: 'customer', name: 'Ada' };
  const more = toOfflineSale({ ...basket, customer }, MOMENT, {
    payments: [],
    total: '0',
    change: '0',
    unitPrices: [],
  });
  expect(more).toMatchObject({
    discount: { percent: '10' },
    ageConfirmed: true,
    customerId: 'customer',
    note: 'Gift',
  });
});

it('keeps sales over a reload and sends them in their order, once', async () => {
  const before = new OfflineQueue(await open(), offline);
  const sales = [sale(), sale(), sale()];
  for (const one of sales) await before.add(one, SHOWN);
  expect(await before.replay()).toEqual({ answered: 0, failure: 'Failed to fetch' });
  expect(await states(before)).toEqual(['queued', 'queued', 'queued']);

  const { posted, batches, send } = server();
  const after = new OfflineQueue(await open(), send);
  const [first, second] = await Promise.all([after.replay(), after.replay()]);
  expect([first, second]).toEqual([{ answered: 3, failure: null }, first]);
  expect(posted).toEqual(references(sales));
  expect(await states(after)).toEqual(['accepted', 'accepted', 'accepted']);
  expect(await after.replay()).toEqual({ answered: 0, failure: null });
  expect(batches).toHaveLength(1);
});

it('sends a sale again whose answer was lost, and the server posts it once', async () => {
  const { posted, send } = server();
  const store = await open();
  const lossy = new OfflineQueue(store, async (sales) => {
    await send(sales);
    throw new TypeError('Failed to fetch');
  });
  const made = sale();
  await lossy.add(made, SHOWN);
  await lossy.replay();
  expect((await lossy.all())[0]).toMatchObject({ state: 'queued', attempts: 1, error: 'Failed to fetch' });
  const queue = new OfflineQueue(store, send);
  expect(await queue.replay()).toEqual({ answered: 1, failure: null });
  expect(posted).toEqual([made.clientReference]);
  expect((await queue.all())[0]).toMatchObject({
    state: 'accepted',
    attempts: 2,
    orderNumber: '1001',
    error: null,
  });
});

it('sends what was being sent when the page was closed', async () => {
  const store = await open();
  const made = await new OfflineQueue(store, offline).add(sale(), SHOWN);
  await store.put({ ...made, state: 'sending' });
  const { posted, send } = server();
  await new OfflineQueue(await open(), send).replay();
  expect(posted).toEqual([made.sale.clientReference]);
});

it('keeps each answer, and lets a person retry what was rejected and dismiss what was answered', async () => {
  const conflicts = [
    { code: 'INSUFFICIENT_STOCK', message: 'Too few', sold: '2', present: '1', difference: null },
  ];
  const answers: Partial<SaleResult>[] = [
    { status: 'conflict', conflicts },
    { status: 'held', orderNumber: null, conflicts },
    { status: 'pending', orderNumber: null },
    { status: 'rejected', orderNumber: null, error: 'Unknown item' },
  ];
  let attempt = 0;
  const queue = new OfflineQueue(await open(), (sales) => {
    attempt += 1;
    return Promise.resolve(
      sales.map(({ clientReference }, index) =>
        attempt === 1 ? { ...result(clientReference), ...answers[index] } : result(clientReference),
      ),
    );
  });
  const sales = [sale(), sale(), sale(), sale()];
  for (const one of sales) await queue.add(one, SHOWN);
  const [conflict, , , rejected] = references(sales) as [string, string, string, string];
  await expect(queue.dismiss(conflict)).rejects.toThrow('without an answer');
  await queue.replay();
  const all = await queue.all();
  expect(all.map(({ state }) => state)).toEqual(['conflict', 'held', 'pending', 'rejected']);
  expect(all.map(needsAttention)).toEqual([true, true, false, true]);
  expect([all[0]!.conflicts, all[3]!.error]).toEqual([conflicts, 'Unknown item']);

  await expect(queue.retry(conflict)).rejects.toThrow('Only a rejected sale');
  await queue.retry(rejected);
  await queue.replay();
  await queue.dismiss(conflict);
  await queue.dismiss('unknown');
  expect(await states(queue)).toEqual(['held', 'pending', 'accepted']);
});

it('keeps the sales when the server answers something else', async () => {
  const wrong: SendSales[] = [
    () => Promise.resolve([]),
    () => Promise.resolve([result('another')]),
    (sales) => Promise.resolve([result(sales[0]!.clientReference, 'unheard of')]),
  ];
  const store = await open();
  await new OfflineQueue(store, offline).add(sale(), SHOWN);
  for (const send of wrong) {
    const queue = new OfflineQueue(store, send);
    expect((await queue.replay()).failure).toContain('something else');
    expect(await states(queue)).toEqual(['queued']);
  }
});

it('refuses a second sale under the same reference', async () => {
  const queue = new OfflineQueue(await open(), offline);
  const made = sale();
  await queue.add(made, SHOWN);
  await expect(queue.add(made, SHOWN)).rejects.toThrow();
  expect(await states(queue)).toEqual(['queued']);
});

it('says so when the device has no room for a sale', async () => {
  const full = jest.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
    throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
  });
  const queue = new OfflineQueue(await open(), offline);
  await expect(queue.add(sale(), SHOWN)).rejects.toThrow(SaleNotStored);
  full.mockRestore();
  expect(await queue.all()).toEqual([]);
});

it('tells those who listen of each change, until they stop', async () => {
  const queue = new OfflineQueue(await open(), server().send);
  let changes = 0;
  const stop = queue.subscribe(() => (changes += 1));
  await queue.add(sale(), SHOWN);
  await queue.replay();
  expect(changes).toBe(3);
  stop();
  await queue.add(sale(), SHOWN);
  expect(changes).toBe(3);
});

it('loses nothing and doubles nothing, whatever the connection does', async () => {
  const step = fc.constantFrom('sell', 'send', 'lose the answer', 'offline', 'reload');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { posted, send } = server();
      const store = await open();
      let queue = new OfflineQueue(store, send);
      let connection = send;
      const over: SendSales = (sales) => connection(sales);
      const sold: OfflineSale[] = [];
      for (const one of [...steps, 'send']) {
        if (one === 'sell') {
          sold.push(sale());
          await queue.add(sold.at(-1)!, SHOWN);
        } else if (one === 'reload') queue = new OfflineQueue(store, over);
        else {
          connection =
            one === 'send'
              ? send
              : one === 'offline'
                ? offline
                : async (sales) => {
                    await send(sales);
                    return offline(sales);
                  };
          queue = new OfflineQueue(store, over);
          await queue.replay();
        }
      }
      expect(posted).toEqual(references(sold));
      expect(await states(queue)).toEqual(sold.map(() => 'accepted'));
      for (const { clientReference } of sold) await store.remove(clientReference);
    }),
    { numRuns: 40 },
  );
});
