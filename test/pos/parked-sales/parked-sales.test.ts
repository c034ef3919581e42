/** Parked sales: parked at one till, recalled by one request, and isolated between organizations. */
import { checkout } from '#subgraphs/pos/index';
import {
  discardBasket,
  parkBasket,
  parkedBaskets,
  recallBasket,
} from '#subgraphs/pos/parked-sales/parked-sales';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, codeOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const tea = (quantity: number) => [{ sku: 'TEA', quantity: amount(quantity) }];
const cash = (given: number | string) => [{ method: 'cash' as const, amount: amount(given) }];

describe('a parked basket', () => {
  it('is found by its label, and recalled by only one of several requests', async () => {
    const till = await openTill(db);
    const input = {
      items: tea(2),
      discount: { percent: amount(10) },
      label: 'Lady in red',
      note: 'comes back',
    };
    const parked = await parkBasket(till.as(['pos:sell']), input);
    expect([parked.total.toFixed(), parked.itemCount, parked.currency]).toEqual(['6.3', 1, 'EUR']);
    expect((await parkedBaskets(till.ctx, { search: 'RED' })).items.map(({ id }) => id)).toEqual([parked.id]);
    expect((await parkedBaskets(till.ctx, { search: 'blue' })).items).toEqual([]);
    const tries = await Promise.allSettled([1, 2, 3, 4].map(() => recallBasket(till.ctx, parked.id)));
    const got = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(got).toHaveLength(1);
    expect(got[0]!.basket).toEqual({
      items: tea(2),
      discount: { percent: amount(10) },
      customerId: null,
      note: 'comes back',
    });
    const { order } = await checkout(till.ctx, { ...got[0]!.basket, payments: cash(10) });
    expect(order.total.toFixed()).toBe('6.3');
    expect(await codeOf(discardBasket(till.ctx, parked.id))).toBe('NOT_FOUND');
  });

  it('is invisible to other organizations', async () => {
    const [till, other] = [await openTill(db), await openTill(db)];
    const parked = await parkBasket(till.ctx, { items: tea(1) });
    expect(await codeOf(recallBasket(other.ctx, parked.id))).toBe('NOT_FOUND');
    expect((await discardBasket(till.ctx, parked.id)).id).toBe(parked.id);
  });
});
