import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { Decimal, ZERO } from '#kernel/decimal';
import { createBranch } from '#subgraphs/auth/branches';
import { adjustStock } from '#subgraphs/inventory/stock/adjustments';
import { averageAfter } from '#subgraphs/inventory/stock/costing.rules';
import { levelsOf, moveStock, openingStock, warehouseOfBranch } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { asOwner } from '#test/harness/server';
import type { Item } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount, errorOf } from '#test/harness/values';
import { levelText, move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let main: string;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openStockedShop(db, 40);
  main = shop.warehouseIds[0];
});
afterAll(() => db.close());

/** Each test has goods of its own. */
let used = 0;
const fresh = (): Item => shop.items[used++]!;

async function ledger(item: Item) {
  return shop.ctx.db.many(sql`
    select sequence, kind, trim_scale(quantity)::text as quantity, trim_scale(level_after)::text as level_after,
      trim_scale(unit_cost)::text as unit_cost, trim_scale(average_cost)::text as average_cost
    from stock_movements where variant_id = ${item.variantId}::uuid order by sequence`);
}

describe('moveStock', () => {
  it('makes the level, moves it, and writes each movement with the level and the average after it', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 10, { unitCost: amount(2) })]);
    const [sold] = await post(shop, [move(main, item, -4)]);
    await post(shop, [move(main, item, 6, { unitCost: amount('3.5') })]);
    expect(sold).toMatchObject({ warehouseId: main, variantId: item.variantId });
    expect([sold!.onHand, sold!.available, sold!.unitCost].map(String)).toEqual(['6', '6', '2']);
    expect(await ledger(item)).toEqual([
      { sequence: 1, kind: 'receipt', quantity: '10', levelAfter: '10', unitCost: '2', averageCost: '2' },
      { sequence: 2, kind: 'sale', quantity: '-4', levelAfter: '6', unitCost: '2', averageCost: '2' },
      { sequence: 3, kind: 'receipt', quantity: '6', levelAfter: '12', unitCost: '3.5', averageCost: '2.75' },
    ]);
    expect(await levelText(shop.ctx, main, item)).toEqual({
      onHand: '12',
      averageCost: '2.75',
      movements: 3,
    });
  });

  it('sums several lines of one item, and gives each its own running level', async () => {
    const [item, other] = [fresh(), fresh()];
    await post(shop, [move(main, item, 10, { unitCost: amount(1) }), move(main, other, 5)]);
    const moved = await post(shop, [move(main, item, -3), move(main, other, -1), move(main, item, -7)]);
    expect(moved.map(({ onHand, available }) => [onHand.toFixed(), available.toFixed()])).toEqual([
      ['7', '0'],
      ['4', '4'],
      ['0', '0'],
    ]);
    expect((await ledger(item)).slice(1)).toEqual([
      { sequence: 2, kind: 'sale', quantity: '-3', levelAfter: '7', unitCost: '1', averageCost: '1' },
      { sequence: 3, kind: 'sale', quantity: '-7', levelAfter: '0', unitCost: '1', averageCost: '1' },
    ]);
  });

  it('averages all that comes in with a cost in one call as one lot', async () => {
    const item = fresh();
    const lines = [
      move(main, item, 4, { unitCost: amount(1) }),
      move(main, item, -2),
      move(main, item, 4, { unitCost: amount(2) }),
    ];
    const moved = await post(shop, lines);
    expect(moved.map((line) => line.unitCost.toFixed())).toEqual(['1.5', '1.5', '1.5']);
    expect((await ledger(item)).map((row) => (row as { unitCost: string }).unitCost)).toEqual([
      '1',
      '1.5',
      '2',
    ]);
  });

  it('lets goods come back at the average where no cost is given', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 3, { unitCost: amount(5) })]);
    const [back] = await post(shop, [move(main, item, 1, { kind: 'return' })]);
    expect([back!.onHand.toFixed(), back!.unitCost.toFixed()]).toEqual(['4', '5']);
  });

  it('computes the same average in SQL as the rule does', async () => {
    const item = fresh();
    const lot = fc.record({
      quantity: fc.integer({ min: 1, max: 99_999 }),
      cost: fc.integer({ min: 0, max: 9_999_999 }),
    });
    const step = fc.record({
      lots: fc.array(lot, { minLength: 1, maxLength: 3 }),
      sold: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    let level = { onHand: ZERO, averageCost: ZERO };
    await fc.assert(
      fc.asyncProperty(step, async ({ lots, sold }) => {
        const received = lots.map(({ quantity, cost }) => ({
          quantity: amount(quantity).dividedBy(1000),
          unitCost: amount(cost).dividedBy(1000),
        }));
        const [last] = (
          await post(shop, received.map(({ quantity, unitCost }) => move(main, item, quantity.toFixed(), { unitCost })))
        ).slice(-1); // prettier-ignore
        const average = averageAfter(level, received);
        expect(last!.unitCost.toFixed()).toBe(average.toFixed());
        level = { onHand: last!.onHand, averageCost: average };
        const goes = last!.onHand.times(sold.toFixed(4)).toDecimalPlaces(3, Decimal.ROUND_DOWN);
        if (goes.isZero()) return;
        const [gone] = await post(shop, [move(main, item, goes.negated().toFixed())]);
        expect(gone!.unitCost.toFixed()).toBe(average.toFixed());
        level = { onHand: gone!.onHand, averageCost: average };
      }),
      { numRuns: 40 },
    );
  });

  it('refuses the whole call, naming every line that is short', async () => {
    const [plenty, few, none] = [fresh(), fresh(), fresh()];
    await post(shop, [move(main, plenty, 100), move(main, few, 3)]);
    const error = await errorOf(
      post(shop, [
        move(main, plenty, -1, { line: 0 }),
        move(main, few, -2, { line: 1 }),
        move(main, none, -1, { line: 2 }),
        move(main, few, -2, { line: 3 }),
      ]),
    );
    expect(error).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      status: 409,
      message: `${few.sku}: 4 requested, only 3 available. ${none.sku}: 1 requested, only 0 available.`,
      details: {
        items: [
          { line: 1, variantId: few.variantId, sku: few.sku, requested: '4', available: '3' },
          { line: 2, variantId: none.variantId, sku: none.sku, requested: '1', available: '0' },
          { line: 3, variantId: few.variantId, sku: few.sku, requested: '4', available: '3' },
        ],
      },
    });
    expect(error.errors!.map(({ field, code }) => [field, code])).toEqual([
      ['items.1.quantity', 'INSUFFICIENT_STOCK'],
      ['items.2.quantity', 'INSUFFICIENT_STOCK'],
      ['items.3.quantity', 'INSUFFICIENT_STOCK'],
    ]);
    expect(await levelText(shop.ctx, main, plenty)).toMatchObject({ onHand: '100', movements: 1 });
    expect(await levelText(shop.ctx, main, none)).toBeUndefined();
  });

  it('does not sell what is reserved', async () => {
    const item = fresh();
    await post(shop, [move(main, item, 5)]);
    await shop.ctx.db.run(
      sql`update stock_levels set reserved = 3 where variant_id = ${item.variantId}::uuid`,
    );
    expect(await errorOf(post(shop, [move(main, item, -3)]))).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
    const [moved] = await post(shop, [move(main, item, -2)]);
    expect([moved!.onHand.toFixed(), moved!.available.toFixed()]).toEqual(['3', '0']);
    const levels = await levelsOf(shop.ctx.db, [item.variantId], shop.branchIds[0]);
    expect([...levels.values()].map((level) => Object.values(level).map(String))).toEqual([['3', '3', '0']]);
  });

  it('goes below zero only where that is permitted, and comes back', async () => {
    const item = fresh();
    const [below] = await post(shop, [move(main, item, -2, { allowNegative: true })]);
    expect(below!.onHand.toFixed()).toBe('-2');
    expect(await errorOf(post(shop, [move(main, item, -1)]))).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
    const [still] = await post(shop, [move(main, item, 1, { unitCost: amount(3) })]);
    expect([still!.onHand.toFixed(), still!.unitCost.toFixed()]).toEqual(['-1', '3']);
    await post(shop, [move(main, item, 5, { unitCost: amount(4) })]);
    expect(await levelText(shop.ctx, main, item)).toEqual({ onHand: '4', averageCost: '4', movements: 3 });
    const direct = shop.ctx.db.run(
      sql`update stock_levels set on_hand = -1 where variant_id = ${item.variantId}::uuid`,
    );
    await expect(direct).rejects.toMatchObject({ constraint: 'stock_levels_not_below_zero' });
  });

  it('lets a warehouse that allows it go below zero', async () => {
    const item = fresh();
    await shop.ctx.db.run(
      sql`update warehouses set allows_negative = true where id = ${shop.warehouseIds[1]}::uuid`,
    );
    const [moved] = await post(shop, [move(shop.warehouseIds[1], item, -2)]);
    expect(moved!.onHand.toFixed()).toBe('-2');
    await shop.ctx.db.run(
      sql`update warehouses set allows_negative = false where id = ${shop.warehouseIds[1]}::uuid`,
    );
  });

  it('emits one event for each level, with the level that remains', async () => {
    const [item, other] = [fresh(), fresh()];
    await post(shop, [move(main, item, 10), move(main, other, 10)]);
    await post(shop, [move(main, item, -1), move(main, other, -2), move(main, item, -3)]);
    const events = await db.services.database.system.many<{
      key: string;
      branchId: string;
      payload: unknown;
    }>(sql`
      select key, branch_id, payload from outbox_events
      where type = 'stock.changed' and payload->>'delta' like '-%' and key in (${`${main}:${item.variantId}`}, ${`${main}:${other.variantId}`})
      order by payload->>'delta'`);
    expect(events).toEqual([
      {
        key: `${main}:${other.variantId}`,
        branchId: shop.branchIds[0],
        payload: {
          ...other,
          warehouseId: main,
          branchId: shop.branchIds[0],
          onHand: '8',
          available: '8',
          delta: '-2',
          reason: 'sale',
        },
      },
      {
        key: `${main}:${item.variantId}`,
        branchId: shop.branchIds[0],
        payload: {
          ...item,
          warehouseId: main,
          branchId: shop.branchIds[0],
          onHand: '6',
          available: '6',
          delta: '-4',
          reason: 'sale',
        },
      },
    ]);
  });

  it('takes one statement', async () => {
    const lines = shop.items.slice(0, 3);
    await post(
      shop,
      lines.map((item) => move(main, item, 100)),
    );
    const { ctx, statements } = recorded(shop.ctx);
    const moves = lines.map((item) => move(main, item, -1));
    await transact(ctx, async (tx) => {
      await moveStock(tx, ctx, moves);
      expect(statements).toHaveLength(1);
    });
  });

  it('gives a new level the product and the SKU of its move', async () => {
    const item = fresh();
    const moves = [move(main, item, 1)];
    await transact(shop.ctx, (tx) => moveStock(tx, shop.ctx, moves));
    const row = await shop.ctx.db.one(
      sql`select product_id, sku from stock_levels where variant_id = ${item.variantId}::uuid`,
    );
    expect(row).toEqual({ productId: item.productId, sku: item.sku });
  });

  it('is refused for a variant that the catalogue does not know', async () => {
    const error = await errorOf(adjustStock(shop.ctx, { variantId: randomUUID(), quantity: amount(1) }));
    expect(error).toMatchObject({ code: 'PRODUCT_NOT_FOUND', status: 404 });
  });

  it("finds no warehouse of another organization, and tells it as it tells an absent one's", async () => {
    const other = await openStockedShop(db, 1);
    for (const warehouseId of [other.warehouseIds[0], randomUUID()]) {
      const error = await errorOf(post(shop, [move(warehouseId, shop.items[0]!, 1)]));
      expect(error).toMatchObject({
        code: 'NOT_FOUND',
        message: `There is no warehouse with the id "${warehouseId}".`,
      });
    }
  });

  it('does nothing for no lines', async () => {
    expect(await post(shop, [])).toEqual([]);
  });

  it('keeps the ledger as it was written', async () => {
    const { system } = db.services.database;
    const refused = 'permission denied for table stock_movements';
    await expect(system.run(sql`delete from stock_movements`)).rejects.toThrow(refused);
    await expect(system.run(sql`update stock_movements set quantity = 1`)).rejects.toThrow(refused);
    // Not even the owner of the tables may.
    await expect(asOwner(db.url, 'delete from stock_movements')).rejects.toThrow('append-only');
    await expect(asOwner(db.url, 'update stock_movements set quantity = 1')).rejects.toThrow('append-only');
  });
});

describe('the remembered warehouse', () => {
  it('costs no statement in a later transaction', async () => {
    await transact(shop.ctx, (tx) => warehouseOfBranch(tx, shop.branchIds[0]));
    const { ctx, statements } = recorded(shop.ctx);
    await transact(ctx, (tx) => warehouseOfBranch(tx, shop.branchIds[0]));
    expect(statements).toEqual([]);
  });
});

describe('opening stock', () => {
  it('is posted for many variants in few statements', async () => {
    const { ctx, statements } = recorded(shop.ctx);
    const rows = Array.from({ length: 1100 }, (_, index) => ({
      variantId: ctx.ids.next(),
      productId: ctx.ids.next(),
      sku: `BULK-${index}`,
      quantity: amount(index % 7),
      unitCost: amount('1.25'),
    }));
    await transact(ctx, (tx) => openingStock(tx, ctx, shop.warehouseIds[1], rows));
    expect(statements.filter((text) => text.includes('stock_levels'))).toHaveLength(2);
    const total = await ctx.db.one(sql`
      select count(*) as levels, sum(on_hand)::int as on_hand from stock_levels where sku like 'BULK-%'`);
    expect(total).toEqual({
      levels: 942,
      onHand: rows.reduce((all, row) => all + row.quantity.toNumber(), 0),
    });
  });
});

describe('the warehouse of a branch', () => {
  it('is made once, however many ask for it at once', async () => {
    const branch = await createBranch(shop.ctx, { name: 'Corner', code: 'MAIN-2' });
    const found = await Promise.all(
      Array.from({ length: 20 }, () => warehouseOfBranch(shop.ctx.db, branch.id)),
    );
    expect(new Set(found).size).toBe(1);
  });

  it('is not remembered where its making was rolled back', async () => {
    const branch = await createBranch(shop.ctx, { name: 'Kiosk', code: 'KIOSK' });
    let lost = '';
    const undone = transact(shop.ctx, async (tx) => {
      lost = await warehouseOfBranch(tx, branch.id);
      expect(await warehouseOfBranch(tx, branch.id)).toBe(lost);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    const kept = await warehouseOfBranch(shop.ctx.db, branch.id);
    expect(kept).not.toBe(lost);
    expect(await warehouseOfBranch(shop.ctx.db, branch.id)).toBe(kept);
  });

  it('is not found for the branch of another organization', async () => {
    const other = await openStockedShop(db, 1);
    const branchId = other.branchIds[0];
    const stranger = db.contextFor({ kind: 'system', organizationId: randomUUID(), branchId: undefined });
    for (const ctx of [other.ctx, other.ctx]) {
      expect(await transact(ctx, (tx) => warehouseOfBranch(tx, branchId))).toBe(other.warehouseIds[0]);
    }
    expect(await errorOf(warehouseOfBranch(stranger.db, branchId))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await errorOf(transact(stranger, (tx) => warehouseOfBranch(tx, branchId)))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
