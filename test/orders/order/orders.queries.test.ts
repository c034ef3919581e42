/** Filters of the list of orders. */
import { refundOrder } from '#subgraphs/orders/index';
import { listOrders } from '#subgraphs/orders/order/orders.queries';
import { checkout } from '#subgraphs/pos/index';
import { openRegister } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const UNKNOWN = '0190a000-0000-7000-8000-000000000000';
let db: TestDatabase;
let till: Till;
beforeAll(async () => (db = await testDatabase()));
beforeEach(async () => (till = await openTill(db, { registers: 2 })));
afterAll(() => db.close());

const tea = (quantity: number, registerId = till.registerId) => ({
  registerId,
  items: [{ sku: 'TEA', quantity: amount(quantity) }],
  paymentMethod: 'cash' as const,
});
const totals = async (filter: Parameters<typeof listOrders>[1]) =>
  (await listOrders(till.ctx, { sort: 'total', ...filter })).items.map(({ total }) => total.toFixed());

it('by total: from and to are both inclusive, and those of returns are negative', async () => {
  for (const quantity of [1, 2, 3]) await checkout(till.ctx, tea(quantity));
  const { order } = await checkout(till.ctx, tea(4));
  await refundOrder(till.ctx, order.id, { registerId: till.registerId });
  expect(await totals({})).toEqual(['-14', '3.5', '7', '10.5', '14']);
  expect(await totals({ totalFrom: amount('3.50'), totalTo: amount('10.50') })).toEqual(['3.5', '7', '10.5']);
  expect(await totals({ totalFrom: amount('3.51') })).toEqual(['7', '10.5', '14']);
  expect(await totals({ totalTo: amount(0) })).toEqual(['-14']);
  expect(await totals({ totalFrom: amount('-14'), totalTo: amount('-14') })).toEqual(['-14']);
});

it('rejects totals that the currency cannot express, and a highest total below the lowest', async () => {
  await expect(listOrders(till.ctx, { totalFrom: amount('1.005') })).rejects.toMatchObject({
    errors: [{ field: 'totalFrom', code: 'PRECISION' }],
  });
  await expect(listOrders(till.ctx, { totalFrom: amount(2), totalTo: amount(1) })).rejects.toMatchObject({
    errors: [{ field: 'totalTo' }],
  });
  const yen = await openTill(db, { currency: 'JPY', articles: [{ sku: 'TEA', price: '350', stock: '9' }] });
  await expect(listOrders(yen.ctx, { totalTo: amount('350.5') })).rejects.toMatchObject({
    errors: [{ field: 'totalTo', code: 'PRECISION' }],
  });
});

it('by number, cashier and register', async () => {
  const [, { id: other }] = till.registers as [unknown, { id: string }];
  await openRegister(till.ctx, { registerId: other, openingFloat: amount(50) });
  const { order } = await checkout(till.ctx, tea(1));
  await checkout(till.ctx, tea(2, other));
  expect(await totals({ number: order.number })).toEqual(['3.5']);
  expect(await totals({ number: 'MAIN-9999999' })).toEqual([]);
  expect(await totals({ registerId: other })).toEqual(['7']);
  expect(await totals({ registerId: other, number: order.number })).toEqual([]);
  expect(await totals({ cashierId: order.cashierId! })).toEqual(['3.5', '7']);
  expect(await totals({ cashierId: UNKNOWN })).toEqual([]);
  expect(await totals({ registerId: 'none' })).toEqual([]);
});
