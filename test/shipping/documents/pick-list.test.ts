/** Pick lists: the goods that a warehouse still has to send, summed by variant. */
import { cancelOrder, createOrder, type CreateOrderInput } from '#subgraphs/orders/index';
import { pickList } from '#subgraphs/shipping/documents/pick-list';
import { pickListTable } from '#subgraphs/shipping/documents/pick-list.rules';
import { createShipment } from '#subgraphs/shipping/shipments/shipments';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { pdfTexts } from '#test/harness/pdf-text';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let warehouseId: string;
beforeEach(async () => {
  shop = await openShop(db, {
    branches: [{ name: 'Main' }],
    articles: [
      { sku: 'POT-10', price: '40.00', stock: '1000' },
      { sku: 'POT-9', price: '5.00', stock: '1000' },
    ],
  });
  warehouseId = shop.warehouseId;
});
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

type Parts = readonly (readonly [sku: string, quantity: number])[];
async function ordered(parts: Parts, status: CreateOrderInput['status'] = 'confirmed') {
  const items = parts.map(([sku, quantity]) => ({ sku, quantity: amount(quantity) }));
  const { order } = await createOrder(shop.ctx, { channel: 'web', status, items });
  return order;
}
/** The rows below the titles of the columns. */
async function rowsOf(orderIds?: string[]): Promise<string[]> {
  const { content } = await pickList(shop.ctx, { warehouseId, orderIds: orderIds ?? null });
  const pages = pdfTexts(Buffer.from(content, 'base64'));
  const texts = pages.flatMap((page) => page.slice(0, -1));
  return texts.slice(texts.indexOf('✓') + 1);
}

it('sums the open goods of confirmed orders by variant, in the order of their SKUs', async () => {
  const one = await ordered([
    ['POT-10', 3],
    ['POT-9', 1],
  ]);
  const other = await ordered([['POT-10', 2]]);
  await ordered([['POT-9', 50]], 'pending');
  const [small, large] = ['POT-9', 'POT-10'].map((sku) => one.lines.find((line) => line.sku === sku)!);
  const { unit } = small!;
  expect(await rowsOf()).toEqual([
    ...['POT-9', small!.name, '1', unit, '☐', one.number, '1'],
    ...['POT-10', large!.name, '5', unit, '☐', one.number, '3', other.number, '2'],
  ]);
});

it('leaves what was shipped and cancelled behind', async () => {
  const one = await ordered([['POT-9', 5]]);
  const other = await ordered([['POT-9', 4]]);
  const { name, unit, id: itemId } = one.lines[0]!;
  await createShipment(shop.ctx, { orderId: one.id, items: [{ itemId, quantity: amount(2) }] });
  const items = [{ itemId: other.lines[0]!.id, quantity: amount(1) }];
  await cancelOrder(shop.ctx, other.id, { items });
  expect(await rowsOf()).toEqual(['POT-9', name, '6', unit, '☐', one.number, '3', other.number, '3']);
  await createShipment(shop.ctx, { orderId: one.id });
  await createShipment(shop.ctx, { orderId: other.id });
  expect(await rowsOf()).toEqual([]);
});

it('takes only the named orders, and names those that have nothing to send', async () => {
  const one = await ordered([['POT-9', 5]]);
  const other = await ordered([['POT-9', 4]]);
  const { name, unit } = one.lines[0]!;
  expect(await rowsOf([other.id.toUpperCase()])).toEqual(['POT-9', name, '4', unit, '☐', other.number, '4']);
  await createShipment(shop.ctx, { orderId: one.id });
  const choice = (orderIds: string[]) => pickList(shop.ctx, { warehouseId, orderIds });
  expect(await issuesOf(choice([other.id, one.id]))).toEqual(['orderIds.1 NOTHING_LEFT']);
  expect(await issuesOf(choice([]))).toEqual(['orderIds LENGTH']);
  await expectError('NOT_FOUND', choice([warehouseId]));
});

it('has no warehouse and no order of another organization', async () => {
  const mine = await ordered([['POT-9', 5]]);
  const stranger = await openShop(db, { branches: [{ name: 'Other' }] });
  await expectError('NOT_FOUND', pickList(stranger.ctx, { warehouseId }));
  const theirs = { warehouseId: stranger.warehouseId, orderIds: [mine.id] };
  await expectError('NOT_FOUND', pickList(stranger.ctx, theirs));
});

it('is the same file while the orders have not changed', async () => {
  await ordered([['POT-9', 5]]);
  expect(await pickList(shop.request({}), { warehouseId })).toEqual(
    await pickList(shop.ctx, { warehouseId }),
  );
});

it('keeps a variant that is sold in two units apart', () => {
  const line = (number: string, unit: string, quantity: number) => ({
    ...{ orderId: number, number, orderUpdatedAt: new Date(0), variantId: 'v', sku: 'TEA', name: 'Tea' },
    ...{ unit, quantity: amount(quantity) },
  });
  const { rows } = pickListTable([line('1', 'kg', 0.25), line('2', 'piece', 3), line('3', 'kg', 0.5)], {
    ...{ organizationName: 'Shop', warehouse: { name: 'Main', code: 'MAIN' } },
  });
  expect(rows.map(({ cells }) => cells.slice(0, 4).join(' '))).toEqual([
    ...['TEA Tea 0.75 kg', ' 1 0.25 ', ' 3 0.5 ', 'TEA Tea 3 piece', ' 2 3 '],
  ]);
});
