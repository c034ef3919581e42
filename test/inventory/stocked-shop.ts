/** A shop with two branches and products that have no stock yet, and the moves that give them some. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { moveStock, type StockMove } from '#subgraphs/inventory/index';
import type { TestBackend } from '#test/harness/actors';
import { openShop, type Article, type Item, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

export interface StockedShop extends Omit<Shop, 'items'> {
  branchIds: [string, string];
  warehouseIds: [string, string];
  /** Counted in pieces. */
  items: Item[];
  /** Sold by weight, 3 places. */
  cheese: Item;
  /** Sold without stock. */
  service: Item;
}

/** Opens the shop. @param count how many products that are counted in pieces. */
export async function openStockedShop(db: TestBackend, count = 3): Promise<StockedShop> {
  const price = '9.90';
  const pieces = Array.from({ length: count }, (_, index): Article => ({ sku: `ITEM-${index + 1}`, price }));
  if (count > 0) pieces[0]!.barcode = '4006381333931';
  const cheese: Article = { sku: 'CHEESE', price, unit: 'kg', places: 3 };
  const service: Article = { sku: 'SERVICE', price, service: true };
  const shop = await openShop(db, {
    branches: [{ name: 'Test Shop' }, { name: 'Harbour', code: 'HARBOUR' }],
    articles: [...pieces, cheese, service],
  });
  return Object.assign(shop as unknown as StockedShop, {
    items: pieces.map(({ sku }) => shop.items[sku]!),
    cheese: shop.items.CHEESE!,
    service: shop.items.SERVICE!,
  });
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
export function post({ ctx }: Pick<StockedShop, 'ctx'>, moves: readonly StockMove[], as = ctx) {
  return transact(as, (tx: Transaction) => moveStock(tx, as, moves));
}

/** Level and average of one variant, as text; undefined where it was never there. */
export function levelText(ctx: RequestContext, warehouseId: string, item: Item) {
  return ctx.db.maybeOne<{ onHand: string; averageCost: string; movements: number }>(sql`
    select trim_scale(on_hand)::text as on_hand, trim_scale(average_cost)::text as average_cost, movement_count as movements
    from stock_levels where warehouse_id = ${warehouseId}::uuid and variant_id = ${item.variantId}::uuid`);
}
