import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import {
  consumeReservation,
  receiveGoods,
  releaseReservation,
  reserveStock,
} from '#subgraphs/inventory/index';
import { transferStock } from '#subgraphs/inventory/transfers/transfers';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { patiently } from '#test/harness/patience';
import { amount } from '#test/harness/values';
import { levelText, move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let main: string;
let harbour: string;
beforeAll(async () => {
  db = await testDatabase({ poolSize: 20 });
  shop = await openStockedShop(db, 9);
  [main, harbour] = shop.warehouseIds;
});
afterAll(() => db.close());

/** How many deadlocks the database has had to break. */
async function deadlocks(): Promise<number> {
  // The counters are written by each connection after its transaction, at most a second late.
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const row = await db.services.database.system.one<{ deadlocks: number }>(sql`
    select deadlocks from pg_stat_database where datname = current_database()`);
  return row.deadlocks;
}

async function sumOfMovements(variantId: string): Promise<string> {
  const row = await shop.ctx.db.one<{ total: string }>(sql`
    select trim_scale(sum(quantity))::text as total from stock_movements where variant_id = ${variantId}::uuid`);
  return row.total;
}

describe('stock that many want at once', () => {
  it('sells the last three units to three of two hundred', async () => {
    const item = shop.items[0]!;
    await post(shop, [move(main, item, 3, { unitCost: amount(1) })]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, () => patiently(() => post(shop, [move(main, item, -1)]))),
    );
    const sold = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    const refused = outcomes
      .filter((outcome) => outcome.status === 'rejected')
      .map((outcome) => outcome.reason as { code: string });
    expect(sold).toHaveLength(3);
    expect(new Set(refused.map((error) => error.code))).toEqual(new Set(['INSUFFICIENT_STOCK']));
    expect(sold.map((outcome) => outcome.value[0]!.onHand.toFixed()).sort()).toEqual(['0', '1', '2']);
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '0', movements: 4 });
    expect(await sumOfMovements(item.variantId)).toBe('0');
  });

  it('takes baskets in opposite orders without a deadlock', async () => {
    const [first, second] = [shop.items[1]!, shop.items[2]!];
    await post(shop, [move(main, first, 1000), move(main, second, 1000)]);
    const before = await deadlocks();
    const baskets = Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0 ? [first, second] : [second, first],
    );
    await Promise.all(
      baskets.map((basket) =>
        patiently(() =>
          post(
            shop,
            basket.map((item) => move(main, item, -1)),
          ),
        ),
      ),
    );
    expect(await levelText(shop.ctx, main, first)).toMatchObject({ onHand: '950', movements: 51 });
    expect(await levelText(shop.ctx, main, second)).toMatchObject({ onHand: '950', movements: 51 });
    expect(await deadlocks()).toBe(before);
  });

  it('makes a level once where all want to be the first', async () => {
    const [first, second] = [shop.items[3]!, shop.items[4]!];
    const before = await deadlocks();
    const receipts = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? [first, second] : [second, first],
    );
    await Promise.all(
      receipts.map((items) =>
        post(
          shop,
          items.map((item) => move(main, item, 2, { unitCost: amount(1) })),
        ),
      ),
    );
    for (const item of [first, second])
      expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '80', movements: 40 });
    expect(await deadlocks()).toBe(before);
  });

  it('transfers in opposite directions without a deadlock, and loses nothing', async () => {
    const item = shop.items[5]!;
    await post(shop, [
      move(main, item, 100, { unitCost: amount(2) }),
      move(harbour, item, 100, { unitCost: amount(4) }),
    ]);
    const before = await deadlocks();
    const routes = Array.from({ length: 30 }, (_, index) =>
      index % 2 === 0 ? [main, harbour] : [harbour, main],
    );
    await Promise.all(
      routes.map(([fromWarehouseId, toWarehouseId]) =>
        transferStock(shop.ctx, {
          fromWarehouseId: fromWarehouseId!,
          toWarehouseId: toWarehouseId!,
          variantId: item.variantId,
          quantity: amount(1),
        }),
      ),
    );
    expect(await sumOfMovements(item.variantId)).toBe('200');
    const value = await shop.ctx.db.one<{ value: string }>(sql`
      select round(sum(on_hand * average_cost), 2)::text as value from stock_levels where variant_id = ${item.variantId}::uuid`);
    expect(value.value).toBe('600.00');
    expect(await deadlocks()).toBe(before);
  });

  it('reserves, redeems, gives back and sells in opposite orders without a deadlock', async () => {
    const [first, second] = [shop.items[6]!, shop.items[7]!];
    await post(shop, [move(main, first, 1000), move(main, second, 1000)]);
    const before = await deadlocks();
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const items = index % 2 === 0 ? [first, second] : [second, first];
        const moves = items.map((item) => move(main, item, -1));
        if (index % 4 === 0) return post(shop, moves);
        const cart = { referenceType: 'cart', referenceId: `cart-${index}` };
        const lines = items.map((item) => ({ ...item, warehouseId: main, quantity: amount(1) }));
        await transact(shop.ctx, (tx) => reserveStock(tx, shop.ctx, { ...cart, expiresAt: null, lines }));
        if (index % 4 === 1) return transact(shop.ctx, (tx) => releaseReservation(tx, cart));
        // Of some carts only one item is sold, and the other is given back.
        const sold = index % 4 === 2 ? moves : moves.slice(1);
        return transact(shop.ctx, (tx) => consumeReservation(tx, shop.ctx, cart, sold));
      }),
    );
    const rows = await shop.ctx.db.many(sql`
      select trim_scale(on_hand)::text as on_hand, trim_scale(reserved)::text as reserved from stock_levels
      where variant_id in (${first.variantId}::uuid, ${second.variantId}::uuid)`);
    // 15 sales and 15 whole carts of both; 15 carts of which only the first item was sold.
    expect(rows.map((row) => JSON.stringify(row)).sort()).toEqual([
      '{"onHand":"955","reserved":"0"}',
      '{"onHand":"970","reserved":"0"}',
    ]);
    expect(await deadlocks()).toBe(before);
  });

  it('takes from the batches what it takes from the level, and nothing twice', async () => {
    const item = shop.items[8]!;
    const lot = (batchNumber: string, expiresOn: string) => ({
      ...{ variantId: item.variantId, quantity: amount(20), batchNumber, expiresOn },
    });
    await receiveGoods(shop.ctx, { items: [lot('L2', '2099-02-01'), lot('L1', '2099-01-01')] });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => patiently(() => post(shop, [move(main, item, -1)]))),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(40);
    const batches = await shop.ctx.db.many<{ moved: string; left: string }>(sql`
      select trim_scale(b.quantity)::text as left, trim_scale(sum(p.quantity))::text as moved
      from stock_batches b join stock_movement_batches p on p.batch_number = b.batch_number
      where b.variant_id = ${item.variantId}::uuid group by b.id, b.quantity`);
    expect(batches).toEqual([
      { moved: '0', left: '0' },
      { moved: '0', left: '0' },
    ]);
  });

  it('numbers the movements of a level without gaps, each going on from the one before', async () => {
    const rows = await shop.ctx.db.many(sql`
      select * from (
        select sequence, quantity, level_after,
          row_number() over w as expected, coalesce(lag(level_after) over w, 0) + quantity as level
        from stock_movements window w as (partition by variant_id, warehouse_id order by sequence)
      ) m where sequence <> expected or level_after <> level`);
    expect(rows).toEqual([]);
  });
});
