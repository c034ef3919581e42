/** What people and web shops put aside: made, listed, prolonged, given back, sold to whoever names it. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { PosProError } from '#kernel/errors';
import { reservedStockFor, consumeReservations } from '#subgraphs/inventory/index';
import { releaseExpired } from '#subgraphs/inventory/reservations/expire-reservations.worker';
import {
  prolongReservations,
  reserveGoods,
  releaseReservations,
} from '#subgraphs/inventory/reservations/manual-reservations';
import type { ReserveStockInput } from '#subgraphs/inventory/inputs.generated';
import { listReservations } from '#subgraphs/inventory/reservations/reservations';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { patiently } from '#test/harness/patience';
import type { Item } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount, codeOf, errorOf } from '#test/harness/values';
import { move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let main: string;
let harbour: string;
const START = new Date('2026-11-20T10:00:00Z');
const clock = new SettableClock(START);
const minutes = (count: number) => new Date(clock.now().getTime() + count * 60_000);
beforeAll(async () => {
  db = await testDatabase({ clock, poolSize: 20 });
  shop = await openStockedShop(db, 30);
  [main, harbour] = shop.warehouseIds;
});
afterAll(() => db.close());

let used = 0;
/** An item that nothing has happened to yet. */
const stocked = async (quantity: number, warehouseId = main): Promise<Item> => {
  const item = shop.items[used++]!;
  await post(shop, [move(warehouseId, item, quantity, { unitCost: amount(1) })]);
  return item;
};
const hold = (
  reference: string,
  lines: [Item, number][],
  more: Partial<ReserveStockInput> = {},
  ctx = shop.ctx,
) => {
  const items = lines.map(([{ variantId }, quantity]) => ({ variantId, quantity: amount(quantity) }));
  return reserveGoods(ctx, { reference, items, ...more });
};
const sell = (reservations: string[], lines: [Item, number][], ctx = shop.ctx) => {
  const moves = lines.map(([item, quantity], line) => move(main, item, -quantity, { line }));
  return transact(ctx, (tx) => consumeReservations(tx, ctx, reservations, { warehouseId: main, moves }));
};
/** On hand and reserved. */
const figures = async (item: Item, warehouseId = main) => {
  const row = await shop.ctx.db.one<{ text: string }>(sql`
    select trim_scale(on_hand) || '/' || trim_scale(reserved) as text from stock_levels
    where warehouse_id = ${warehouseId}::uuid and variant_id = ${item.variantId}::uuid`);
  return row.text;
};
const states = async (reference: string) =>
  (await listReservations(shop.ctx, { reference, sort: 'createdAt' })).items.map(
    (one) => `${one.sku} ${one.status}`,
  );

describe('putting aside', () => {
  it('takes items by variant, product, SKU and barcode, for half an hour in the own branch where nothing is said', async () => {
    const coded = await stocked(5); // ITEM-1, which alone has a barcode
    const [other, third] = [await stocked(5), await stocked(5)];
    const { items } = await reserveGoods(shop.ctx, {
      reference: ' cart-1 ',
      note: ' for the lady with the hat ',
      items: [
        { barcode: '4006381333931' },
        { sku: other.sku.toLowerCase(), quantity: amount(2) },
        { productId: third.productId, quantity: amount(1) },
        { variantId: third.variantId, quantity: amount(2) },
      ],
    });
    expect(items.map((one) => `${one.sku} ${one.quantity.toFixed()}`).sort()).toEqual([
      'ITEM-1 1',
      'ITEM-2 2',
      'ITEM-3 3',
    ]);
    for (const one of items) {
      expect(one).toMatchObject({
        ...{
          referenceType: 'hold',
          referenceId: 'cart-1',
          note: 'for the lady with the hat',
          status: 'active',
        },
        ...{ warehouseId: main, userId: shop.actor.userId, expiresAt: minutes(30) },
      });
    }
    expect([await figures(coded), await figures(other), await figures(third)]).toEqual(['5/1', '5/2', '5/3']);
    const listed = await listReservations(shop.ctx, { reference: 'cart-1' });
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect([...listed.items].sort(byId)).toMatchObject([...items].sort(byId));
  });

  it('holds at another branch or warehouse, until the moment that is named', async () => {
    const item = await stocked(5, harbour);
    const [there] = (
      await hold('there', [[item, 2]], { branchId: shop.branchIds[1], expiresAt: minutes(43_200) })
    ).items;
    expect(there).toMatchObject({ warehouseId: harbour, expiresAt: minutes(43_200) });
    await hold('there', [[item, 1]], { warehouseId: harbour, minutes: 1 });
    expect(await figures(item, harbour)).toBe('5/3');
    await hold('there', [[item, 2]], {}, shop.inBranch(shop.branchIds[1]));
    expect(await figures(item, harbour)).toBe('5/5');
  });

  it('is all or nothing, and names every line that is short', async () => {
    const [plenty, few, none] = [await stocked(5), await stocked(1), shop.items[used++]!];
    const error = await errorOf(
      hold('short', [
        [plenty, 1],
        [few, 2],
        [none, 1],
      ]),
    );
    expect([error.code, error.status]).toEqual(['INSUFFICIENT_STOCK', 409]);
    expect(error.errors!.map(({ field, code }) => [field, code])).toEqual([
      ['items.1.quantity', 'INSUFFICIENT_STOCK'],
      ['items.2.quantity', 'INSUFFICIENT_STOCK'],
    ]);
    expect(error.details!.items).toMatchObject([
      { line: 1, sku: few.sku, requested: '2', available: '1' },
      { line: 2, sku: none.sku, requested: '1', available: '0' },
    ]);
    expect([await figures(plenty), await states('short')]).toEqual(['5/0', []]);
  });

  it('answers a retry with the same key by the same reservations', async () => {
    const item = await stocked(5);
    const once = () =>
      hold('retried', [[item, 1]], {}, db.contextFor(shop.actor, { idempotencyKey: 'hold-1' }));
    const [first, second] = [await once(), await once()];
    expect(second).toEqual(first);
    expect(await figures(item)).toBe('5/1');
    const other = hold('retried', [[item, 2]], {}, db.contextFor(shop.actor, { idempotencyKey: 'hold-1' }));
    expect(await codeOf(other)).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('says what is wrong with what it is asked', async () => {
    const item = await stocked(5);
    const cases: [Partial<ReserveStockInput>, string, string][] = [
      [{ reference: '  ' }, 'VALIDATION_FAILED', 'reference'],
      [{ reference: 'x'.repeat(101) }, 'VALIDATION_FAILED', 'reference'],
      [{ note: 'x'.repeat(501) }, 'VALIDATION_FAILED', 'note'],
      [{ items: [] }, 'VALIDATION_FAILED', 'items'],
      [{ items: [{ sku: item.sku, quantity: amount(0) }] }, 'VALIDATION_FAILED', 'items.0.quantity'],
      [{ items: [{ sku: item.sku, quantity: amount('0.5') }] }, 'VALIDATION_FAILED', 'items.0.quantity'],
      [{ items: [{ sku: shop.service.sku }] }, 'VALIDATION_FAILED', 'items.0.sku'],
      [{ items: [{ sku: 'nothing' }] }, 'PRODUCT_NOT_FOUND', 'items.0.sku'],
      [{ minutes: 0 }, 'VALIDATION_FAILED', 'minutes'],
      [{ minutes: 43_201 }, 'VALIDATION_FAILED', 'minutes'],
      [{ minutes: 5, expiresAt: minutes(5) }, 'VALIDATION_FAILED', 'minutes'],
      [{ expiresAt: clock.now() }, 'VALIDATION_FAILED', 'expiresAt'],
      [{ expiresAt: minutes(43_201) }, 'VALIDATION_FAILED', 'expiresAt'],
      [{ warehouseId: main, branchId: shop.branchIds[0] }, 'VALIDATION_FAILED', 'branchId'],
    ];
    for (const [more, code, field] of cases) {
      const error = await errorOf(hold('wrong', [[item, 1]], more));
      expect([error.code, error.errors?.[0]?.field]).toEqual([code, field]);
    }
    for (const more of [
      { branchId: 'nowhere' },
      { branchId: shop.ctx.ids.next() },
      { warehouseId: shop.ctx.ids.next() },
    ]) {
      expect(await codeOf(hold('wrong', [[item, 1]], more))).toBe('NOT_FOUND');
    }
    const stranger = await openStockedShop(db, 1);
    expect(await codeOf(hold('wrong', [[item, 1]], { warehouseId: stranger.warehouseIds[0] }))).toBe(
      'NOT_FOUND',
    );
    expect(await figures(item)).toBe('5/0');
  });
});

describe('giving back and prolonging', () => {
  it('gives back one by its id, or all under a reference, once', async () => {
    const [item, other] = [await stocked(5), await stocked(5)];
    const { items } = await hold('back', [
      [item, 1],
      [other, 2],
    ]);
    const one = items.find((made) => made.sku === item.sku)!;
    expect((await releaseReservations(shop.ctx, { reservations: [one.id] })).items).toMatchObject([
      { id: one.id, status: 'released' },
    ]);
    expect([await figures(item), await figures(other)]).toEqual(['5/0', '5/2']);
    expect((await releaseReservations(shop.ctx, { reservations: ['back', one.id] })).items).toMatchObject([
      { sku: other.sku },
    ]);
    expect((await releaseReservations(shop.ctx, { reservations: ['back'] })).items).toEqual([]);
    expect(await figures(other)).toBe('5/0');
  });

  it('prolongs, and never shortens', async () => {
    const item = await stocked(5);
    await hold('long', [[item, 1]], { minutes: 10 });
    await hold('long', [[item, 1]], { minutes: 90 });
    const { items } = await prolongReservations(shop.ctx, { reservations: ['long'], minutes: 60 });
    expect(items.map((one) => one.expiresAt).sort()).toEqual([minutes(60), minutes(90)]);
    const nothing = await errorOf(prolongReservations(shop.ctx, { reservations: ['long'] }));
    expect(nothing.errors).toMatchObject([{ field: 'expiresAt', code: 'REQUIRED' }]);
  });

  it('refuses what means nothing, and touches nothing then; nor what an order reserved, nor what others did', async () => {
    const item = await stocked(5);
    const { items } = await hold('mine', [[item, 1]]);
    const stranger = await openStockedShop(db, 1);
    const unknown = {
      errors: [{ field: 'reservations.1', code: 'RESERVATION_NOT_FOUND' }],
      code: 'VALIDATION_FAILED',
    };
    for (const name of ['nobody', shop.ctx.ids.next(), 'of-an-order']) {
      await shop.ctx.db.run(
        sql`update stock_reservations set reference_type = 'order' where reference_id = 'of-an-order'`,
      );
      expect(await errorOf(releaseReservations(shop.ctx, { reservations: ['mine', name] }))).toMatchObject(
        unknown,
      );
      expect(
        await errorOf(prolongReservations(shop.ctx, { reservations: ['mine', name], minutes: 90 })),
      ).toMatchObject(unknown);
      if (name === 'nobody') await hold('of-an-order', [[item, 1]]);
    }
    for (const name of ['mine', items[0]!.id]) {
      const error = await errorOf(releaseReservations(stranger.ctx, { reservations: [name] }));
      expect(error.errors).toMatchObject([{ code: 'RESERVATION_NOT_FOUND' }]);
    }
    expect(await states('mine')).toEqual([`${item.sku} active`]);
    expect((await listReservations(shop.ctx, { reference: 'mine' })).items[0]!.expiresAt).toEqual(
      minutes(30),
    );
    for (const reservations of [[], Array.from({ length: 21 }, () => 'mine')]) {
      expect((await errorOf(releaseReservations(shop.ctx, { reservations }))).errors).toMatchObject([
        { field: 'reservations' },
      ]);
    }
  });
});

describe('selling what was put aside', () => {
  it('takes it first, gives back the rest, and leaves what lies elsewhere', async () => {
    const [item, other] = [await stocked(5), await stocked(5)];
    await post(shop, [move(harbour, item, 5)]);
    await hold('fetched', [
      [item, 3],
      [other, 2],
    ]);
    await hold('fetched', [[item, 4]], { warehouseId: harbour });
    await hold('of others', [[item, 2]]);
    const { ctx, statements } = recorded(shop.ctx);
    const [sold] = await sell(['fetched'], [[item, 2]], ctx);
    expect([sold!.onHand.toFixed(), sold!.available.toFixed()]).toEqual(['3', '1']);
    expect(statements.filter((text) => /stock_(levels|reservations)/.test(text))).toHaveLength(2);
    expect([await figures(item), await figures(other), await figures(item, harbour)]).toEqual([
      '3/2',
      '5/0',
      '5/4',
    ]);
    expect((await states('fetched')).sort()).toEqual([
      `${item.sku} active`,
      `${item.sku} consumed`,
      `${other.sku} released`,
    ]);
  });

  it('sells more than was put aside as far as there is, and says what there is with it', async () => {
    const item = await stocked(5);
    await hold('more', [[item, 2]]);
    await hold('of others', [[item, 2]]);
    expect(await errorOf(sell(['more'], [[item, 4]]))).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      details: { items: [{ requested: '4', available: '3' }] },
    });
    expect(await figures(item)).toBe('5/4');
    await sell(['more'], [[item, 3]]);
    expect(await figures(item)).toBe('2/2');
  });

  it('says why nothing is held under a name, before and at the sale', async () => {
    const [item, other] = [await stocked(9), await stocked(5, harbour)];
    await hold('sold', [[item, 1]]);
    await sell(['sold'], [[item, 1]]);
    await hold('dropped', [[item, 1]]);
    await releaseReservations(shop.ctx, { reservations: ['dropped'] });
    await hold('swept', [[item, 1]], { minutes: 1 });
    await hold('elsewhere', [[other, 1]], { warehouseId: harbour, minutes: 60 });
    await hold('live', [[item, 1]], { minutes: 60 });
    await hold('late', [[item, 2]], { minutes: 2 });
    clock.set(minutes(1));
    await releaseExpired(db.services);
    clock.set(minutes(1));
    const names = ['live', 'sold', 'dropped', 'swept', 'late', 'elsewhere'];
    const held = await reservedStockFor(shop.ctx.db, [...names, 'nothing'], main, clock.now());
    expect([...held.quantities].map(([id, quantity]) => [id, quantity.toFixed()])).toEqual([
      [item.variantId, '1'],
    ]);
    expect(held.faults.map(({ index, code, reason }) => [index, code, reason])).toEqual([
      [1, 'ILLEGAL_STATE', 'RESERVATION_CONSUMED'],
      [2, 'ILLEGAL_STATE', 'RESERVATION_RELEASED'],
      [3, 'ILLEGAL_STATE', 'RESERVATION_EXPIRED'],
      [4, 'ILLEGAL_STATE', 'RESERVATION_EXPIRED'],
      [5, 'ILLEGAL_STATE', 'RESERVATION_ELSEWHERE'],
      [6, 'VALIDATION_FAILED', 'RESERVATION_NOT_FOUND'],
    ]);
    const refused = await errorOf(sell(names, [[item, 1]]));
    expect([refused.code, refused.errors!.map(({ field }) => field).join()]).toEqual([
      'ILLEGAL_STATE',
      'reservations.1,reservations.2,reservations.3,reservations.4,reservations.5',
    ]);
    expect((await errorOf(sell(['live', 'nothing'], [[item, 1]]))).errors).toMatchObject([
      { field: 'reservations.1', code: 'RESERVATION_NOT_FOUND' },
    ]);
    // Nothing was taken by any of it; what is past its time is let go by the next round.
    expect(await figures(item)).toBe('8/3');
    await releaseExpired(db.services);
    expect(await figures(item)).toBe('8/1');
  });
});

describe('many at once', () => {
  it('gives the last three units to three of sixty', async () => {
    const item = await stocked(3);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => patiently(() => hold(`client-${index}`, [[item, 1]]))),
    );
    const refused = outcomes.flatMap((one) =>
      one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
    );
    expect(refused).toEqual(Array.from({ length: 57 }, () => 'INSUFFICIENT_STOCK'));
    expect(await figures(item)).toBe('3/3');
  });

  it('sells what is about to expire once, or lets it go once', async () => {
    const item = await stocked(20);
    const names = Array.from({ length: 20 }, (_, index) => `brink-${index}`);
    await Promise.all(names.map((name) => hold(name, [[item, 1]], { minutes: 1 })));
    const sales = names.map((name) =>
      sell([name], [[item, 1]]).then(
        () => 'sold',
        (error: { code: string }) => error.code,
      ),
    );
    // The sales have been begun and none has been committed: from here on their time is over for the sweeper.
    clock.set(minutes(1));
    const sweeps = [1, 2, 3].map(() => releaseExpired(db.services));
    const answers = await Promise.all(sales);
    await Promise.all(sweeps);
    await releaseExpired(db.services);
    const sold = answers.filter((answer) => answer === 'sold').length;
    expect(answers.filter((answer) => answer === 'ILLEGAL_STATE')).toHaveLength(20 - sold);
    expect(await figures(item)).toBe(`${20 - sold}/0`);
    const ended = await shop.ctx.db.many<{ status: string; count: number }>(sql`
      select status, count(*)::int as count from stock_reservations where variant_id = ${item.variantId}::uuid group by 1 order by 1`);
    const expected = [
      { status: 'consumed', count: sold },
      { status: 'expired', count: 20 - sold },
    ];
    expect(ended).toEqual(expected.filter(({ count }) => count > 0));
  });

  it('prolongs, gives back, sells and reserves in opposite orders, and what is reserved is what is held', async () => {
    const [first, second] = [await stocked(60), await stocked(60)];
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const items = index % 2 === 0 ? [first, second] : [second, first];
        const lines = items.map((item): [Item, number] => [item, 1]);
        await hold(`mixed-${index % 8}`, lines);
        // Somebody else may just have sold or given back what stood under the same reference.
        const gone = (error: PosProError) => expect(error.code).toBe('ILLEGAL_STATE');
        if (index % 3 === 0) await releaseReservations(shop.ctx, { reservations: [`mixed-${index % 8}`] });
        if (index % 3 === 1) await sell([`mixed-${index % 8}`], lines).catch(gone);
        if (index % 3 === 2)
          await prolongReservations(shop.ctx, { reservations: [`mixed-${index % 8}`], minutes: 45 }).catch(
            gone,
          );
      }),
    );
    const rows = await shop.ctx.db.many<{ left: string; free: boolean }>(sql`
      select trim_scale(l.reserved - coalesce((select sum(r.quantity) from stock_reservations r
          where r.variant_id = l.variant_id and r.status = 'active'), 0))::text as left, l.on_hand >= l.reserved as free
      from stock_levels l where l.variant_id in (${first.variantId}::uuid, ${second.variantId}::uuid)`);
    expect(rows).toEqual([
      { left: '0', free: true },
      { left: '0', free: true },
    ]);
  });
});
