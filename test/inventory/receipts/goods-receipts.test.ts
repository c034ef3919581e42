import { randomUUID } from 'node:crypto';
import { listReceipts, receiptById, receiveGoods } from '#subgraphs/inventory/receipts/goods-receipts';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, errorOf } from '#test/harness/values';
import { levelText, openStockedShop, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let main: string;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openStockedShop(db, 6);
  main = shop.warehouseIds[0];
});
afterAll(() => db.close());

it('is one document of many lines, each with its cost', async () => {
  const [tea, cake] = [shop.items[0]!, shop.items[1]!];
  const first = await receiveGoods(shop.ctx, {
    supplierReference: 'DN-1',
    note: 'Two crates',
    items: [
      { sku: tea.sku, quantity: amount(10), unitCost: amount(2) },
      { variantId: tea.variantId, quantity: amount(10), unitCost: amount(4) },
      { productId: cake.productId, quantity: amount(3), batchNumber: ' L1 ', expiresOn: '2030-01-31' },
    ],
  });
  expect(first).toMatchObject({
    number: 1,
    warehouseId: main,
    supplierReference: 'DN-1',
    userId: shop.owner.id,
  });
  expect(first.lines.map((line) => [line.line, line.sku, line.batchNumber, line.expiresOn])).toEqual([
    [1, tea.sku, null, null],
    [2, tea.sku, null, null],
    [3, cake.sku, 'L1', '2030-01-31'],
  ]);
  expect(await levelText(shop.ctx, main, tea)).toEqual({ onHand: '20', averageCost: '3', movements: 2 });
  expect(await receiptById(shop.ctx.db, first.id)).toEqual(first);
  const second = await receiveGoods(shop.ctx, {
    warehouseId: shop.warehouseIds[1],
    items: [{ sku: tea.sku, quantity: amount(1) }],
  });
  expect(second.number).toBe(2);
  expect((await listReceipts(shop.ctx, {})).items.map((one) => one.number)).toEqual([2, 1]);
  expect((await listReceipts(shop.ctx, { warehouseId: main })).items.map((one) => one.lines.length)).toEqual([
    3,
  ]);
  expect(
    (await listReceipts(shop.ctx, { supplierReference: 'DN-1', from: first.createdAt })).items,
  ).toHaveLength(1);
  expect((await listReceipts(shop.ctx, { to: first.createdAt })).items).toEqual([]);
});

it('is written once for one idempotency key', async () => {
  const key = randomUUID();
  const input = { items: [{ sku: shop.items[2]!.sku, quantity: amount(5) }] };
  const [first, again] = [1, 2].map(() => db.contextFor(shop.actor, { idempotencyKey: key }));
  expect(await receiveGoods(again!, input)).toEqual(await receiveGoods(first!, input));
  expect(await levelText(shop.ctx, main, shop.items[2]!)).toMatchObject({ onHand: '5' });
});

it('answers 422 for values that make no sense, and 404 for the unknown', async () => {
  const line = { sku: shop.items[3]!.sku, quantity: amount(1) };
  const faults: [Parameters<typeof receiveGoods>[1], number, string][] = [
    [{ items: [] }, 422, 'items'],
    [{ items: [line, { ...line, quantity: amount(0) }] }, 422, 'items.1.quantity'],
    [{ items: [{ ...line, quantity: amount('0.5') }] }, 422, 'items.0.quantity'],
    [{ items: [{ ...line, unitCost: amount(-1) }] }, 422, 'items.0.unitCost'],
    [{ items: [{ ...line, batchNumber: 'x'.repeat(51) }] }, 422, 'items.0.batchNumber'],
    [{ items: [line], supplierReference: 'x'.repeat(101) }, 422, 'supplierReference'],
    [{ items: [{ sku: 'NO-SUCH', quantity: amount(1) }] }, 404, 'items.0.sku'],
    [{ items: [{ sku: shop.service.sku, quantity: amount(1) }] }, 422, 'items.0.sku'],
  ];
  for (const [input, status, field] of faults) {
    const error = await errorOf(receiveGoods(shop.ctx, input));
    expect([error.status, error.errors?.[0]?.field]).toEqual([status, field]);
  }
  const other = await openStockedShop(db, 1);
  const [mine] = (await listReceipts(shop.ctx, {})).items;
  for (const id of [mine!.id, 'x', randomUUID()]) {
    expect(await errorOf(receiptById(other.ctx.db, id))).toMatchObject({ code: 'NOT_FOUND', status: 404 });
  }
});
