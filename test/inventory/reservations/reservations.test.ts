import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { setReorderPoint } from '#subgraphs/inventory/stock/adjustments';
import { releaseExpired } from '#subgraphs/inventory/reservations/expire-reservations.worker';
import { listReservations } from '#subgraphs/inventory/reservations/reservations';
import { consumeReservation, releaseReservation, reserveStock } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import type { Item } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount, errorOf } from '#test/harness/values';
import { move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let main: string;
const clock = new SettableClock(new Date('2026-11-20T10:00:00Z'));
const LATER = new Date('2026-11-20T10:15:00Z');
beforeAll(async () => {
  db = await testDatabase({ clock, poolSize: 20 });
  shop = await openStockedShop(db, 20);
  main = shop.warehouseIds[0];
});
afterAll(() => db.close());

let used = 0;
const stocked = async (quantity: number): Promise<Item> => {
  const item = shop.items[used++]!;
  await post(shop, [move(main, item, quantity, { unitCost: amount(1) })]);
  return item;
};
const cart = (referenceId: string) => ({ referenceType: 'cart', referenceId });
const reserve = (
  referenceId: string,
  lines: [Item, number][],
  expiresAt: Date | null = LATER,
  ctx = shop.ctx,
) =>
  transact(ctx, (tx) =>
    reserveStock(tx, ctx, {
      ...cart(referenceId),
      expiresAt,
      lines: lines.map(([item, quantity], line) => ({
        ...item,
        warehouseId: main,
        quantity: amount(quantity),
        line,
      })),
    }),
  );
const sell = (referenceId: string, lines: [Item, number][], ctx = shop.ctx) =>
  transact(ctx, (tx) =>
    consumeReservation(
      tx,
      ctx,
      cart(referenceId),
      lines.map(([item, n]) => move(main, item, -n)),
    ),
  );
const figures = async (item: Item) => {
  const row = await shop.ctx.db.one<{ text: string }>(sql`
    select trim_scale(on_hand) || '/' || trim_scale(reserved) as text from stock_levels
    where warehouse_id = ${main}::uuid and variant_id = ${item.variantId}::uuid`);
  return row.text;
};
const events = (item: Item, type: string) =>
  db.services.database.system.many<{ payload: Record<string, string> }>(sql`
    select payload from outbox_events where type = ${type} and key = ${`${main}:${item.variantId}`} order by id`);

it('holds stock back from everybody else, all lines or none, in one statement', async () => {
  const [item, other] = [await stocked(5), await stocked(2)];
  const { ctx, statements } = recorded(shop.ctx);
  const made = await reserve(
    'cart-1',
    [
      [item, 3],
      [other, 1],
      [item, 1],
    ],
    LATER,
    ctx,
  );
  expect(statements.filter((text) => text.includes('stock_levels'))).toHaveLength(1);
  expect(made.map((one) => [one.sku, one.quantity.toFixed(), one.status])).toEqual([
    [item.sku, '4', 'active'],
    [other.sku, '1', 'active'],
  ]);
  expect([await figures(item), await figures(other)]).toEqual(['5/4', '2/1']);
  const error = await errorOf(
    reserve('cart-2', [
      [other, 1],
      [item, 2],
    ]),
  );
  expect(error).toMatchObject({
    code: 'INSUFFICIENT_STOCK',
    errors: [{ field: 'items.1.quantity' }],
    details: { items: [{ line: 1, requested: '2', available: '1' }] },
  });
  expect(await figures(other)).toBe('2/1');
  expect(await errorOf(post(shop, [move(main, item, -2)]))).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
  const list = await listReservations(shop.ctx, { reference: 'cart-1' });
  expect(list.items.map((one) => one.id).sort()).toEqual(made.map((one) => one.id).sort());
});

it('is given back, once', async () => {
  const item = await stocked(5);
  await reserve('cart-3', [[item, 5]]);
  const release = () => transact(shop.ctx, (tx) => releaseReservation(tx, cart('cart-3')));
  expect(await release()).toHaveLength(1);
  expect(await release()).toHaveLength(0);
  expect(await figures(item)).toBe('5/0');
});

it('is sold in one change of the level, and what is not sold of it is given back', async () => {
  const [item, other] = [await stocked(5), await stocked(5)];
  await reserve('cart-4', [
    [item, 5],
    [other, 2],
  ]);
  const [sold] = await sell('cart-4', [[item, 3]]);
  expect([sold!.onHand.toFixed(), sold!.available.toFixed()]).toEqual(['2', '2']);
  expect([await figures(item), await figures(other)]).toEqual(['2/0', '5/0']);
  const list = await listReservations(shop.ctx, { reference: 'cart-4' });
  expect(list.items.map((one) => [one.sku, one.status]).sort()).toEqual([
    [item.sku, 'consumed'],
    [other.sku, 'released'],
  ].sort()); // prettier-ignore
  expect((await events(other, 'stock.changed')).at(-1)!.payload).toMatchObject({
    reason: 'released',
    delta: '0',
    available: '5',
  });
  // Nothing is held any more: what is sold now is sold like anything.
  expect(await errorOf(sell('cart-4', [[item, 3]]))).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
});

it('sells no more than there is, however reservations and sales run into each other', async () => {
  const item = await stocked(10);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 60 }, async (_, index) => {
      if (index % 3 === 0) return post(shop, [move(main, item, -1)]);
      await reserve(`race-${index}`, [[item, 1]]);
      if (index % 3 === 1) return sell(`race-${index}`, [[item, 1]]);
      return undefined;
    }),
  );
  const refused = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map((outcome) => outcome.reason as { code: string });
  expect(new Set(refused.map((error) => error.code))).toEqual(new Set(['INSUFFICIENT_STOCK']));
  expect(outcomes.length - refused.length).toBe(10);
  const row = await shop.ctx.db.one<{ left: string; held: string }>(sql`
    select trim_scale(on_hand - reserved)::text as left, trim_scale(reserved - (select coalesce(sum(r.quantity), 0)
      from stock_reservations r where r.variant_id = l.variant_id and r.status = 'active'))::text as held
    from stock_levels l where variant_id = ${item.variantId}::uuid`);
  expect(row).toEqual({ left: '0', held: '0' });
});

it('ends by itself when its time is over, for every organization, and several may see to it at once', async () => {
  const item = await stocked(30);
  const stranger = await openStockedShop(db, 1);
  await post(stranger, [move(stranger.warehouseIds[0], stranger.items[0]!, 1)]);
  await transact(stranger.ctx, (tx) =>
    reserveStock(tx, stranger.ctx, {
      ...{ ...cart('theirs'), expiresAt: LATER },
      lines: [{ ...stranger.items[0]!, warehouseId: stranger.warehouseIds[0], quantity: amount(1) }],
    }),
  );
  await shop.ctx.db.run(sql`update stock_reservations set expires_at = null where status = 'active'`);
  for (let index = 0; index < 20; index += 1) await reserve(`slow-${index}`, [[item, 1]]);
  await reserve('kept', [[item, 1]], null);
  expect(await releaseExpired(db.services)).toBe(0);
  clock.set(new Date(LATER.getTime() + 1));
  const ended = await Promise.all([1, 2, 3].map(() => releaseExpired(db.services)));
  expect(ended.reduce((all, one) => all + one, 0)).toBe(21);
  expect(await figures(item)).toBe('30/1');
  expect((await events(item, 'stock.changed')).at(-1)!.payload).toMatchObject({
    reason: 'reservation_expired',
    delta: '0',
  });
});

it('tells when something has just become low, and only then', async () => {
  const item = await stocked(10);
  await setReorderPoint(shop.ctx, { warehouseId: main, variantId: item.variantId, reorderPoint: amount(5) });
  const low = async () =>
    (await events(item, 'stock.low')).map(({ payload }) => `${payload.available} of ${payload.reorderPoint}`);
  await post(shop, [move(main, item, -4)]);
  expect(await low()).toEqual([]);
  await reserve('low', [[item, 1]]);
  expect(await low()).toEqual(['5 of 5']);
  // What was reserved is sold: nothing changes for anybody else.
  await sell('low', [[item, 1]]);
  await post(shop, [move(main, item, -1)]);
  expect(await low()).toEqual(['5 of 5']);
  await post(shop, [move(main, item, 10)]);
  await post(shop, [move(main, item, -10)]);
  expect(await low()).toEqual(['5 of 5', '4 of 5']);
  const { payload } = (await events(item, 'stock.changed'))[2]!;
  expect(payload).toMatchObject({ onHand: '6', available: '5', delta: '0', reason: 'reserved' });
});
