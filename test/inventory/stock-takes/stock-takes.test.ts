import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { insertCategories, insertProducts } from '#subgraphs/catalog/index';
import {
  totalsOf,
  countStock,
  listStockTakeLines,
  type CountMode,
  type LineState,
} from '#subgraphs/inventory/stock-takes/stock-take-counts';
import {
  cancelStockTake,
  listStockTakes,
  postStockTake,
  startStockTake,
  stockTakeById,
} from '#subgraphs/inventory/stock-takes/stock-takes';
import { receiveGoods } from '#subgraphs/inventory/receipts/goods-receipts';
import { reserveStock } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import type { Item } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';
import { levelText, move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let main: string;
beforeAll(async () => (db = await testDatabase()));
beforeEach(async () => {
  shop = await openStockedShop(db, 4);
  main = shop.warehouseIds[0];
  await post(
    shop,
    shop.items.slice(0, 3).map((item) => move(main, item, 10, { unitCost: amount(2) })),
  );
});
afterAll(() => db.close());

const count = (id: string, items: [Item, number][], mode: CountMode = 'add', ctx = shop.ctx) =>
  countStock(ctx, id, {
    mode,
    items: items.map(([item, quantity]) => ({ variantId: item.variantId, quantity: amount(quantity) })),
  });
const lines = async (id: string, state: LineState | null = null) =>
  (await listStockTakeLines(shop.ctx, { stockTakeId: id, state })).items.map(
    (line) =>
      `${line.sku} ${line.frozen.toFixed()}${line.movedSince.isNegative() ? '' : '+'}${line.movedSince.toFixed()} → ${line.counted?.toFixed() ?? '-'} = ${line.differenceValue?.toFixed() ?? '-'}`,
  );

it('finds what is missing and what is too much, while the shop goes on selling', async () => {
  const [tea, cake, jam] = shop.items as [Item, Item, Item];
  const take = await startStockTake(shop.ctx, { name: 'Spring' });
  expect(take).toMatchObject({ name: 'Spring', status: 'counting', whole: true, warehouseId: main });
  await post(shop, [move(main, tea, -2)]);
  // Eight should be there: one is missing. What is sold afterwards doesn't matter.
  await count(take.id, [[tea, 7]]);
  await post(shop, [move(main, tea, -3)]);
  await count(take.id, [[cake, 12]]);
  expect(await lines(take.id)).toEqual([
    'ITEM-1 10-2 → 7 = -2',
    'ITEM-2 10+0 → 12 = 4',
    'ITEM-3 10+0 → - = -',
  ]);
  expect(await lines(take.id, 'uncounted')).toHaveLength(1);
  expect(await lines(take.id, 'different')).toHaveLength(2);
  const [totals] = await totalsOf(shop.ctx.db, [take.id]);
  expect({ ...totals, differenceValue: totals!.differenceValue.toFixed() }).toEqual({
    ...{ id: take.id, lines: 3, counted: 2, differences: 2, differenceValue: '2' },
  });
  expect(await postStockTake(shop.ctx, take.id, {})).toMatchObject({
    status: 'posted',
    postedBy: shop.owner.id,
  });
  const levels = await Promise.all(
    [tea, cake, jam].map(async (item) => (await levelText(shop.ctx, main, item))!.onHand),
  );
  expect(levels).toEqual(['4', '12', '10']);
  const movements = await shop.ctx.db.many(sql`
    select kind, trim_scale(quantity)::text as quantity, reason, reference_type from stock_movements
    where reference_id = ${take.id} order by quantity`);
  expect(movements).toEqual([
    { kind: 'count', quantity: '-1', reason: 'stock_take', referenceType: 'stock_take' },
    { kind: 'count', quantity: '2', reason: 'stock_take', referenceType: 'stock_take' },
  ]);
});

it('sums up what several people counted at the same time, by barcode too, and can start an item over', async () => {
  const [tea] = shop.items as [Item];
  const take = await startStockTake(shop.ctx, {});
  await Promise.all(Array.from({ length: 10 }, () => count(take.id, [[tea, 1]])));
  const [line] = await countStock(shop.ctx, take.id, {
    items: [
      { barcode: '4006381333931', quantity: amount(2) },
      { sku: tea.sku, quantity: amount(1) },
    ],
  });
  expect(line!.counted!.toFixed()).toBe('13');
  const [replaced] = await count(take.id, [[tea, 9]], 'replace');
  expect([replaced!.counted!.toFixed(), replaced!.difference!.toFixed()]).toEqual(['9', '-1']);
  const log = await shop.ctx.db.many<{ mode: string; countedAfter: { toFixed(): string } }>(sql`
    select mode, counted_after from stock_take_counts where stock_take_id = ${take.id}::uuid order by id`);
  expect([log.length, log.at(-1)!.mode, log.at(-1)!.countedAfter.toFixed()]).toEqual([12, 'replace', '9']);
});

it('takes what nobody counted as nothing where that is asked for, and goods that were not there', async () => {
  const [tea, , jam, fresh] = shop.items as [Item, Item, Item, Item];
  const take = await startStockTake(shop.ctx, {});
  await count(take.id, [
    [tea, 10],
    [fresh, 3],
  ]);
  await post(shop, [move(main, jam, -4)]);
  await postStockTake(shop.ctx, take.id, { uncounted: 'zero' });
  const levels = await Promise.all(
    shop.items.map(async (item) => (await levelText(shop.ctx, main, item))!.onHand),
  );
  expect(levels).toEqual(['10', '0', '0', '3']);
});

it('believes the count, though more is reserved', async () => {
  const [tea] = shop.items as [Item];
  await transact(shop.ctx, (tx) =>
    reserveStock(tx, shop.ctx, {
      ...{ referenceType: 'cart', referenceId: 'c', expiresAt: null },
      lines: [{ ...tea, warehouseId: main, quantity: amount(8) }],
    }),
  );
  const take = await startStockTake(shop.ctx, {});
  await count(take.id, [[tea, 5]]);
  await postStockTake(shop.ctx, take.id, {});
  expect(await levelText(shop.ctx, main, tea)).toMatchObject({ onHand: '5' });
});

it('keeps batches adding up to their level', async () => {
  const [tea] = shop.items as [Item];
  await receiveGoods(shop.ctx, {
    items: [{ variantId: tea.variantId, quantity: amount(5), batchNumber: 'B1', expiresOn: '2020-01-01' }],
  });
  const take = await startStockTake(shop.ctx, {});
  await count(take.id, [[tea, 8]]);
  await postStockTake(shop.ctx, take.id, {});
  const batches = await shop.ctx.db.many(sql`
    select batch_number, trim_scale(quantity)::text as quantity from stock_batches where quantity <> 0`);
  expect(batches).toEqual([{ batchNumber: null, quantity: '8' }]);
});

it('is about a choice of variants and categories', async () => {
  const [tea, cake] = shop.items as [Item, Item];
  const [categoryId, below, productId, variantId] = Array.from({ length: 4 }, () => shop.ctx.ids.next());
  await transact(shop.ctx, async (tx) => {
    await insertCategories(tx, [
      { id: categoryId!, name: 'Drinks' },
      { id: below!, name: 'Cold', parentId: categoryId! },
    ] as never);
    await insertProducts(tx, shop.ctx, [
      {
        id: productId!,
        name: 'Cola',
        categoryId: below!,
        variants: [{ id: variantId!, sku: 'COLA', price: amount(1) }],
      },
    ]);
  });
  const take = await startStockTake(shop.ctx, { variantIds: [tea.variantId], categoryIds: [categoryId!] });
  expect(take.whole).toBe(false);
  expect(await lines(take.id)).toEqual(['COLA 0+0 → - = -', 'ITEM-1 10+0 → - = -']);
  expect(await errorOf(count(take.id, [[tea, 1], [cake, 1]]))).toMatchObject({
    status: 422,
    errors: [{ field: 'items.1.productId', code: 'NOT_IN_STOCK_TAKE' }],
  }); // prettier-ignore
  await cancelStockTake(shop.ctx, take.id);
  expect(await errorOf(startStockTake(shop.ctx, { categoryIds: [randomUUID()] }))).toMatchObject({
    status: 422,
    errors: [{ code: 'EMPTY' }],
  });
});

it('goes on one at a time in a warehouse, and ends once', async () => {
  const [tea] = shop.items as [Item];
  const take = await startStockTake(shop.ctx, {});
  expect(await errorOf(startStockTake(shop.ctx, {}))).toMatchObject({ code: 'ALREADY_EXISTS', status: 409 });
  const elsewhere = await startStockTake(shop.inBranch(shop.branchIds[1]), {});
  expect((await listStockTakes(shop.ctx, { status: 'counting' })).items.map((one) => one.id)).toEqual([
    elsewhere.id,
    take.id,
  ]);
  expect((await listStockTakes(shop.ctx, { warehouseId: main })).items.map((one) => one.id)).toEqual([
    take.id,
  ]);
  expect(await cancelStockTake(shop.ctx, take.id)).toMatchObject({ status: 'cancelled' });
  for (const attempt of [
    postStockTake(shop.ctx, take.id, {}),
    cancelStockTake(shop.ctx, take.id),
    count(take.id, [[tea, 1]]),
  ]) {
    expect(await errorOf(attempt)).toMatchObject({ code: 'ILLEGAL_STATE', details: { status: 'cancelled' } });
  }
  expect(await levelText(shop.ctx, main, tea)).toMatchObject({ movements: 1 });
  const other = await openStockedShop(db, 1);
  for (const id of [take.id, randomUUID(), 'x']) {
    expect(await errorOf(stockTakeById(other.ctx.db, id))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await errorOf(postStockTake(other.ctx, id, {}))).toMatchObject({ code: 'NOT_FOUND' });
  }
});

it('posts once, however many do it at once', async () => {
  const [tea] = shop.items as [Item];
  const take = await startStockTake(shop.ctx, {});
  await count(take.id, [[tea, 9]]);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => postStockTake(shop.ctx, take.id, {})),
  );
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  expect(await levelText(shop.ctx, main, tea)).toMatchObject({ onHand: '9', movements: 2 });
});
