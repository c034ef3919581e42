/** A shop with two branches, a few stocked products and one service, over the real operations. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import type { PosProError } from '#kernel/errors';
import { createBranch } from '#subgraphs/auth/branches';
import { insertProducts } from '#subgraphs/catalog/index';
import { ensureBranchWarehouse, moveStock, type StockMove } from '#subgraphs/inventory/index';
import { createOwner, userActor, type TestOwner, type TestShop } from '../harness/actors';
import { ALL_SCOPES } from '#kernel/auth/scopes';

export interface Item {
  productId: string;
  variantId: string;
  sku: string;
}

export interface Shop {
  owner: TestOwner;
  /** The owner's context in the first branch. */
  ctx: RequestContext;
  branchIds: [string, string];
  /** The branches' selling warehouses. */
  warehouseIds: [string, string];
  /** Counted in pieces. */
  items: Item[];
  /** Sold by weight, 3 places. */
  cheese: Item;
  /** Sold without stock. */
  service: Item;
}

export const amount = (value: number | string) => new Decimal(value);

/** Makes the shop. @param count how many products that are counted in pieces. */
export async function openShop(db: TestShop, count = 3): Promise<Shop> {
  const owner = await createOwner(db);
  const { ctx } = owner;
  const second = await createBranch(ctx, { name: 'Harbour', code: 'HARBOUR' });
  const item = (sku: string): Item => ({ productId: ctx.ids.next(), variantId: ctx.ids.next(), sku });
  const items = Array.from({ length: count }, (_, index) => item(`ITEM-${index + 1}`));
  const cheese = item('CHEESE');
  const service = item('SERVICE');
  const product = ({ productId, variantId, sku }: Item, more: object = {}) => ({
    id: productId,
    name: `Product ${sku}`,
    variants: [
      { id: variantId, sku, price: amount('9.90'), barcodes: sku === 'ITEM-1' ? ['4006381333931'] : [] },
    ],
    ...more,
  });
  const warehouseIds = await transact(ctx, async (tx) => {
    await insertProducts(tx, ctx, [
      ...items.map((each) => product(each)),
      product(cheese, { unit: 'kg', quantityPlaces: 3 }),
      product(service, { trackStock: false }),
    ]);
    const first = await ensureBranchWarehouse(tx, ctx, owner.branchId, 'Main', { code: 'MAIN' });
    return [first, await ensureBranchWarehouse(tx, ctx, second.id, 'Harbour', { code: 'HARBOUR' })] as [
      string,
      string,
    ];
  });
  return {
    owner,
    ctx,
    branchIds: [owner.branchId, second.id],
    warehouseIds,
    items,
    cheese,
    service,
  };
}

/** The owner's rights in the shop's second branch. */
export function inSecondBranch(db: TestShop, shop: Shop): RequestContext {
  const { organizationId, userId } = shop.owner.actor;
  return db.contextFor(
    userActor({ organizationId, userId, branchId: shop.branchIds[1], scopes: ALL_SCOPES }),
  );
}

/** A move with the parts that tests don't care about. */
export function move(
  warehouseId: string,
  item: Item,
  quantity: number | string,
  more: Partial<StockMove> = {},
): StockMove {
  const signed = amount(quantity);
  return {
    ...item,
    warehouseId,
    quantity: signed,
    kind: signed.isNegative() ? 'sale' : 'receipt',
    referenceType: 'test',
    referenceId: 'test-1',
    ...more,
  };
}

/** Moves in a transaction of their own. */
export function post(shop: Shop, moves: readonly StockMove[], ctx = shop.ctx) {
  return transact(ctx, (tx: Transaction) => moveStock(tx, ctx, moves));
}

/** Level and average of one variant, as text; undefined where it was never there. */
export function levelText(ctx: RequestContext, warehouseId: string, item: Item) {
  return ctx.db.maybeOne<{ onHand: string; averageCost: string; movements: number }>(sql`
    select trim_scale(on_hand)::text as on_hand, trim_scale(average_cost)::text as average_cost, movement_count as movements
    from stock_levels where warehouse_id = ${warehouseId}::uuid and variant_id = ${item.variantId}::uuid`);
}

/** The error of an operation that must fail. */
export async function failure(promise: Promise<unknown>): Promise<PosProError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome)
    throw new Error(`It should have failed, but answered ${JSON.stringify(outcome.value)}.`);
  return outcome.error as PosProError;
}

/** The same context, with every statement written down. */
export function watched(ctx: RequestContext): { ctx: RequestContext; statements: string[] } {
  const statements: string[] = [];
  const watch = (db: Queryable): Queryable => {
    const seen = (query: Sql): Sql => {
      statements.push(query.text.trim());
      return query;
    };
    return {
      many: (query) => db.many(seen(query)),
      maybeOne: (query) => db.maybeOne(seen(query)),
      one: (query) => db.one(seen(query)),
      run: (query) => db.run(seen(query)),
    };
  };
  const { database } = ctx;
  const begin: typeof database.begin = (scope, work) =>
    database.begin(scope, (client) =>
      work({
        ...watch(client),
        prisma: client.prisma,
        send: (query) => {
          statements.push(query.text.trim());
          client.send(query);
        },
      }),
    );
  return {
    statements,
    ctx: {
      ...ctx,
      db: watch(ctx.db),
      reports: watch(ctx.reports),
      loaders: new Map(),
      database: { ...database, begin },
    },
  };
}
