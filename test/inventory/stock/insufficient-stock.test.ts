/** A refusal tells how much is there only to callers who may read stock, or who sell from it. */
import type { RequestContext } from '#kernel/context';
import type { Scope } from '#kernel/auth/scopes';
import { transact } from '#kernel/db/transact';
import { createTransfer, moveStock, reserveGoods } from '#subgraphs/inventory/index';
import { userActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, errorOf } from '#test/harness/values';
import { move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
let shop: StockedShop;
let main: string;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openStockedShop(db, 2);
  [main] = shop.warehouseIds;
  await post(shop, [
    move(main, shop.items[0]!, 7, { unitCost: amount(1) }),
    move(main, shop.items[1]!, 7, {
      unitCost: amount(1),
      batch: { batchNumber: 'OLD', expiresOn: '2020-01-31' },
    }),
  ]);
});
afterAll(() => db.close());

type Attempt = (ctx: RequestContext) => Promise<unknown>;

/** Each way to ask for more than there is: item 0 has 7 pieces, item 1 has 7 that are past their date. */
const ATTEMPTS: readonly (readonly [string, 0 | 1, string, Attempt])[] = [
  ['a move', 0, '7', (ctx) => transact(ctx, (tx) => moveStock(tx, ctx, [move(main, shop.items[0]!, -9)]))],
  [
    'a move of expired goods',
    1,
    '0',
    (ctx) => transact(ctx, (tx) => moveStock(tx, ctx, [move(main, shop.items[1]!, -5)])),
  ],
  [
    'a transfer',
    0,
    '7',
    (ctx) => {
      const [fromWarehouseId, toWarehouseId] = shop.warehouseIds;
      return createTransfer(ctx, {
        fromWarehouseId,
        toWarehouseId,
        items: [{ variantId: shop.items[0]!.variantId, quantity: amount(9) }],
        send: true,
      });
    },
  ],
  ['a reservation', 0, '7', (ctx) => reserveGoods(ctx, reservationOf(0, 9))],
  ['a reservation of expired goods', 1, '0', (ctx) => reserveGoods(ctx, reservationOf(1, 2))],
];

const reservationOf = (at: 0 | 1, quantity: number) => ({
  reference: 'cart-1',
  items: [{ variantId: shop.items[at]!.variantId, quantity: amount(quantity) }],
});
const callerWith = (...scopes: Scope[]) => {
  const { organizationId, userId } = shop.actor;
  return db.contextFor(userActor({ organizationId, userId, branchId: shop.branchIds[0], scopes }));
};

describe.each(ATTEMPTS)('%s', (_what, at, available, attempt) => {
  it.each([['inventory:read'], ['pos:sell']] as const)(
    'tells the level to a caller with %s',
    async (scope) => {
      const { message, details } = await errorOf(attempt(callerWith('inventory:write', scope)));
      expect(message).toContain(`only ${available} available`);
      expect(details).toMatchObject({ items: [{ sku: shop.items[at]!.sku, available }] });
    },
  );

  it.each([['inventory:write'], ['orders:write']] as const)(
    'tells no level to a caller with %s alone',
    async (scope) => {
      const refused = await errorOf(attempt(callerWith(scope)));
      expect([refused.code, refused.message]).toEqual([
        'INSUFFICIENT_STOCK',
        expect.stringMatching(/^ITEM-\d: \d requested, fewer available\.$/),
      ]);
      expect(Object.keys((refused.details as { items: object[] }).items[0]!).sort()).toEqual([
        'line',
        'requested',
        'sku',
        'variantId',
      ]);
    },
  );
});
