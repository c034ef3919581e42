import { randomUUID } from 'node:crypto';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { setReorderPoint } from '#subgraphs/inventory/stock/adjustments';
import type { QueryInventoryValuationArgs } from '#subgraphs/inventory/inputs.generated';
import { listMovements } from '#subgraphs/inventory/stock/stock-movements.queries';
import { inventoryValuation } from '#subgraphs/inventory/stock/valuation.queries';
import { listWarehouses } from '#subgraphs/inventory/warehouses/warehouses';
import { checkStock, listLowStock, listOutOfStock } from '#subgraphs/inventory/stock/low-stock.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import type { Item } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';
import { move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

/** Three days of trade; the second of them begins in another month. */
const DAY_ONE = new Date('2026-10-31T10:00:00Z');
const DAY_TWO = new Date('2026-11-01T10:00:00Z');
const DAY_THREE = new Date('2026-11-02T10:00:00Z');

let db: TestDatabase;
let shop: StockedShop;
let other: StockedShop;
let main: string;
let harbour: string;
let tea: Item;
let cake: Item;
let jam: Item;
let milk: Item;

beforeAll(async () => {
  const clock = new SettableClock(DAY_ONE);
  db = await testDatabase({ clock });
  shop = await openStockedShop(db, 4);
  other = await openStockedShop(db, 1);
  [main, harbour] = shop.warehouseIds;
  [tea, cake, jam, milk] = shop.items as [Item, Item, Item, Item];
  await post(shop, [
    move(main, tea, 10, { unitCost: amount(2) }),
    move(main, cake, 4, { unitCost: amount('1.3333') }),
    move(main, milk, 1, { unitCost: amount(1) }),
  ]);
  await post(shop, [move(main, tea, -4, { referenceType: 'order', referenceId: 'order-1' })]);
  clock.set(DAY_TWO);
  await post(shop, [move(harbour, tea, 20, { unitCost: amount(3) })]);
  await post(shop, [move(main, milk, -1)]);
  clock.set(DAY_THREE);
  await post(shop, [
    move(main, tea, 6, { unitCost: amount(4) }),
    move(main, cake, -3),
    move(main, jam, 5, { unitCost: amount(1) }),
  ]);
  await setReorderPoint(shop.ctx, { variantId: cake.variantId, reorderPoint: amount(1) });
  await setReorderPoint(shop.ctx, { variantId: tea.variantId, reorderPoint: amount(3) });
});
afterAll(() => db.close());

it("dates a branch's warehouse by the clock of the request that made it", async () => {
  const { items } = await listWarehouses(shop.ctx, {});
  expect(items.map(({ id, createdAt, updatedAt }) => [id, createdAt, updatedAt]).sort()).toEqual(
    [main, harbour].map((id) => [id, DAY_ONE, DAY_ONE]).sort(),
  );
});

describe('the list of movements', () => {
  const skus = async (filter: Parameters<typeof listMovements>[1], ctx = shop.ctx) =>
    (await listMovements(ctx, filter)).items.map(({ sku, quantity }) => `${sku} ${quantity.toFixed()}`);

  it('has the newest first, and each with its names', async () => {
    expect(await skus({ size: 3 })).toEqual(['ITEM-3 5', 'ITEM-2 -3', 'ITEM-1 6']);
    expect(await skus({ size: 2, sort: 'created_at' })).toEqual(['ITEM-1 10', 'ITEM-2 4']);
    expect(await skus({ size: 1, sort: 'quantity' })).toEqual(['ITEM-1 -4']);
  });

  it('is filtered by item, place, kind, time and reference', async () => {
    expect(await skus({ variantId: tea.variantId })).toEqual([
      'ITEM-1 6',
      'ITEM-1 20',
      'ITEM-1 -4',
      'ITEM-1 10',
    ]);
    expect(await skus({ productId: cake.productId })).toEqual(['ITEM-2 -3', 'ITEM-2 4']);
    expect(await skus({ warehouseId: harbour })).toEqual(['ITEM-1 20']);
    expect(await skus({ kind: 'sale' })).toEqual(['ITEM-2 -3', 'ITEM-4 -1', 'ITEM-1 -4']);
    expect(await skus({ from: DAY_TWO, to: DAY_THREE })).toEqual(['ITEM-4 -1', 'ITEM-1 20']);
    expect(await skus({ from: new Date(DAY_TWO.getTime() + 1), to: DAY_THREE })).toEqual([]);
    expect(await skus({ reference: 'order-1' })).toEqual(['ITEM-1 -4']);
    expect(await skus({ reference: 'order-1', kind: 'receipt' })).toEqual([]);
    expect(await skus({ variantId: 'x' })).toEqual([]);
  });

  it('goes on from a cursor, and counts all', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listMovements(shop.ctx, { size: 3, cursor });
      expect(await page.total()).toBe(9);
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(new Set(seen).size).toBe(9);
    expect(seen).toEqual([...seen].sort().reverse());
  });

  it('shows nothing to another organization', async () => {
    expect(await skus({ variantId: tea.variantId }, other.ctx)).toEqual([]);
    expect(await skus({}, other.ctx)).toEqual([]);
  });

  it('reads only the months that are asked for', async () => {
    const plan = await shop.ctx.db.many<{ 'QUERY PLAN': string }>(sql`
      explain (costs off) select * from stock_movements m
      where m.created_at >= ${DAY_THREE}::timestamptz and m.id >= pospro_uuid_at(${DAY_THREE}::timestamptz - interval '1 day')`);
    const text = plan.map((line) => Object.values(line)[0]).join('\n');
    expect(text).not.toContain('stock_movements_2026_10');
  });
});

describe('low and out of stock', () => {
  it('list what is at or below its reorder point, the emptiest first', async () => {
    const low = await listLowStock(shop.ctx, {});
    expect(
      low.items.map(({ sku, available, warehouseId }) => [sku, available.toFixed(), warehouseId]),
    ).toEqual([['ITEM-2', '1', main]]);
    const watched = await listLowStock(shop.ctx, { threshold: amount(5) });
    expect(watched.items.map((level) => level.sku)).toEqual(['ITEM-4', 'ITEM-2', 'ITEM-3']);
    expect(await watched.total()).toBe(3);
    const error = await errorOf(listLowStock(shop.ctx, { threshold: amount(-1) }));
    expect(error).toMatchObject({ status: 422, errors: [{ field: 'threshold' }] });
  });

  it('list what has run out', async () => {
    expect((await listOutOfStock(shop.ctx, {})).items.map((level) => level.sku)).toEqual(['ITEM-4']);
  });

  it('are about the branch of the caller, unless asked otherwise', async () => {
    const second = shop.inBranch(shop.branchIds[1]);
    const skus = async (filter: Parameters<typeof listLowStock>[1], ctx = second) =>
      (await listLowStock(ctx, { threshold: amount(100), ...filter })).items.map((level) => level.sku);
    expect(await skus({})).toEqual(['ITEM-1']);
    expect(await skus({ branchId: shop.branchIds[0] })).toEqual(['ITEM-4', 'ITEM-2', 'ITEM-3']);
    expect(await skus({ warehouseId: main })).toEqual(['ITEM-4', 'ITEM-2', 'ITEM-3']);
    expect(await skus({ everywhere: true })).toEqual(['ITEM-4', 'ITEM-2', 'ITEM-3', 'ITEM-1']);
    expect(await skus({ branchId: 'x' })).toEqual([]);
    expect(await skus({ everywhere: true }, other.ctx)).toEqual([]);
  });
});

describe('the check of a product', () => {
  it('says what the branch can sell, and where else there is some', async () => {
    const check = await checkStock(shop.ctx, tea.productId);
    expect([check.onHand, check.reserved, check.available, check.availableEverywhere].map(String)).toEqual([
      '12',
      '0',
      '12',
      '32',
    ]);
    expect(check).toMatchObject({ productId: tea.productId, branchId: shop.branchIds[0], tracked: true });
    expect(check.here.map((level) => [level.warehouseId, level.available.toFixed()])).toEqual([[main, '12']]);
    expect(check.elsewhere.map((level) => [level.warehouseId, level.available.toFixed()])).toEqual([
      [harbour, '20'],
    ]);
    const there = await checkStock(shop.ctx, tea.productId, shop.branchIds[1]);
    expect([there.available.toFixed(), there.elsewhere[0]!.warehouseId]).toEqual(['20', main]);
  });

  it('answers zeros for what was never there, and says what has no stock', async () => {
    const empty = await checkStock(shop.ctx, shop.cheese.productId);
    expect([empty.tracked, empty.available.toFixed(), empty.elsewhere]).toEqual([true, '0', []]);
    expect(
      empty.here.map(({ warehouseId, variantId, onHand }) => [warehouseId, variantId, onHand.toFixed()]),
    ).toEqual([[main, shop.cheese.variantId, '0']]);
    const service = await checkStock(shop.ctx, shop.service.productId);
    expect(service.here).toEqual([]);
    expect(await checkStock(shop.ctx, shop.service.productId)).toMatchObject({ tracked: false });
  });

  it("answers 404 for the unknown and another organization's alike", async () => {
    for (const id of [other.items[0]!.productId, randomUUID(), 'x']) {
      expect(await errorOf(checkStock(shop.ctx, id))).toMatchObject({
        code: 'PRODUCT_NOT_FOUND',
        message: 'Product not found.',
      });
    }
    expect(await errorOf(checkStock(other.ctx, tea.productId))).toMatchObject({ code: 'PRODUCT_NOT_FOUND' });
  });
});

describe('the valuation', () => {
  const valued = async (filter: QueryInventoryValuationArgs, ctx = shop.ctx) => {
    const valuation = await inventoryValuation(ctx, filter);
    return {
      lines: valuation.items.map(
        ({ sku, quantity, unitCost, value }) =>
          `${sku} ${quantity.toFixed()} × ${unitCost.toFixed()} = ${value.toFixed()}`,
      ),
      total: (await valuation.totalValue()).toFixed(),
      quantity: (await valuation.totalQuantity()).toFixed(),
      count: await valuation.total(),
      warehouses: (await valuation.warehouses()).map(({ variants, quantity, value }) => [
        variants,
        quantity.toFixed(),
        value.toFixed(),
      ]),
    };
  };

  it('is each level at its average cost', async () => {
    expect(await valued({ sort: '-value' })).toEqual({
      lines: ['ITEM-1 20 × 3 = 60', 'ITEM-1 12 × 3 = 36', 'ITEM-3 5 × 1 = 5', 'ITEM-2 1 × 1.3333 = 1.33'],
      total: '102.33',
      quantity: '38',
      count: 4,
      warehouses: [
        [1, '20', '60'],
        [3, '18', '42.33'],
      ],
    });
    expect((await valued({ warehouseId: harbour })).total).toBe('60');
    expect((await valued({ branchId: shop.branchIds[0], size: 1 })).total).toBe('42.33');
    expect(await valued({ warehouseId: 'x' })).toMatchObject({ total: '0', lines: [], warehouses: [] });
    expect(await valued({}, other.ctx)).toMatchObject({ total: '0', count: 0 });
  });

  it('is the same as of the end of any day', async () => {
    expect(await valued({ asOf: '2026-10-30' })).toMatchObject({ lines: [], total: '0' });
    expect(await valued({ asOf: '2026-10-31', sort: 'sku' })).toMatchObject({
      lines: ['ITEM-1 6 × 2 = 12', 'ITEM-2 4 × 1.3333 = 5.33', 'ITEM-4 1 × 1 = 1'],
      total: '18.33',
    });
    expect(await valued({ asOf: '2026-11-01', sort: '-quantity' })).toMatchObject({
      lines: ['ITEM-1 20 × 3 = 60', 'ITEM-1 6 × 2 = 12', 'ITEM-2 4 × 1.3333 = 5.33'],
      total: '77.33',
    });
    expect((await valued({ asOf: '2026-11-02' })).total).toBe('102.33');
    expect((await valued({ asOf: '2030-01-01' })).total).toBe('102.33');
  });

  it("ends a day in the organization's time zone", async () => {
    await shop.ctx.db.run(sql`update organizations set time_zone = 'Pacific/Auckland'`);
    expect((await inventoryValuation(shop.ctx, { asOf: '2026-10-31' })).asOf).toEqual(
      new Date('2026-10-31T11:00:00Z'),
    );
    await shop.ctx.db.run(sql`update organizations set time_zone = 'UTC'`);
    const valuation = await inventoryValuation(shop.ctx, {});
    expect([valuation.asOf, valuation.currency]).toEqual([DAY_THREE, 'EUR']);
  });
});
