/** Everything that can happen to stock, as commands for random tests, and a model of what must come of them. */
import fc from 'fast-check';
import { transact } from '#kernel/db/transact';
import { adjustStock, recordStockMovement } from '#subgraphs/inventory/stock/adjustments';
import { receiveGoods } from '#subgraphs/inventory/receipts/goods-receipts';
import { countStock } from '#subgraphs/inventory/stock-takes/stock-take-counts';
import { postStockTake, startStockTake } from '#subgraphs/inventory/stock-takes/stock-takes';
import { receiveTransfer, transferStock } from '#subgraphs/inventory/transfers/transfers';
import {
  prolongReservations,
  reserveGoods,
  releaseReservations,
} from '#subgraphs/inventory/reservations/manual-reservations';
import { consumeReservations } from '#subgraphs/inventory/reservations/consume-reservations';
import { consumeReservation, releaseReservation, reserveStock } from '#subgraphs/inventory/index';
import type { Item } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import { move, post, type StockedShop } from '#test/inventory/stocked-shop';

const place = fc.integer({ min: 0, max: 1 });
const which = fc.integer({ min: 0, max: 1 });
export const pieces = fc.integer({ min: 1, max: 20 });
export const cents = fc.integer({ min: 1, max: 5000 }).map((value) => amount(value).dividedBy(100));

/** Any one of the things that happen to stock. */
export const command = fc.oneof(
  fc.record({ type: fc.constant('receive' as const), place, which, pieces, cost: cents }),
  fc.record({ type: fc.constant('sell' as const), place, which, pieces }),
  fc.record({
    type: fc.constant('basket' as const),
    place,
    lines: fc.array(fc.record({ which, pieces }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ type: fc.constant('giveBack' as const), place, which, pieces }),
  fc.record({
    type: fc.constant('adjust' as const),
    place,
    which,
    difference: fc.integer({ min: -15, max: 15 }).filter((n) => n !== 0),
  }),
  fc.record({ type: fc.constant('count' as const), place, which, counted: fc.integer({ min: 0, max: 30 }) }),
  fc.record({ type: fc.constant('transfer' as const), place, which, pieces }),
  fc.record({
    type: fc.constant('deliver' as const),
    place,
    which,
    pieces,
    cost: cents,
    batch: fc.constantFrom('A', 'B', 'C'),
  }),
  fc.record({ type: fc.constant('reserve' as const), place, which, pieces, cart: place }),
  fc.record({ type: fc.constant('release' as const), place, cart: place }),
  fc.record({ type: fc.constant('redeem' as const), place, cart: place }),
  fc.record({ type: fc.constant('hold' as const), place, which, pieces, cart: place }),
  fc.record({ type: fc.constant('prolong' as const), place, cart: place }),
  fc.record({ type: fc.constant('drop' as const), place, cart: place }),
  fc.record({ type: fc.constant('fetch' as const), place, which, pieces, cart: place }),
  fc.record({ type: fc.constant('send' as const), place, which, pieces }),
  fc.record({ type: fc.constant('arrive' as const), place, difference: fc.integer({ min: -2, max: 2 }) }),
  fc.record({
    type: fc.constant('stockTake' as const),
    place,
    which,
    counted: fc.integer({ min: 0, max: 30 }),
    sold: pieces,
  }),
);
export type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** What the levels must be, by warehouse and item. */
export class Model {
  readonly levels = new Map<string, number>();
  /** What each cart holds. */
  readonly carts = new Map<number, { at: number; item: number; pieces: number }[]>();
  /** What is put aside under each reference. */
  readonly holds = new Map<number, { at: number; item: number; pieces: number }[]>();
  /** References that have been used once. */
  readonly known = new Set<number>();
  /** Transfers on their way, the oldest first. */
  readonly way: { id: string; to: number; item: number; pieces: number }[] = [];

  constructor(private readonly shop: StockedShop) {}

  key(at: number, item: number): string {
    return `${this.shop.warehouseIds[at]}:${this.shop.items[item]!.variantId}`;
  }

  get(at: number, item: number): number {
    return this.levels.get(this.key(at, item)) ?? 0;
  }

  held(key: string): number {
    const all = [...this.carts.values(), ...this.holds.values()].flat();
    return all.reduce((held, one) => held + (this.key(one.at, one.item) === key ? one.pieces : 0), 0);
  }

  /** Applies the changes where none of them takes what is promised; says whether it did. */
  apply(changes: readonly (readonly [at: number, item: number, by: number])[]): boolean {
    const net = new Map<string, number>();
    for (const [at, item, by] of changes)
      net.set(this.key(at, item), (net.get(this.key(at, item)) ?? 0) + by);
    const left = (key: string, by: number) => (this.levels.get(key) ?? 0) + by;
    if ([...net].some(([key, by]) => by < 0 && left(key, by) - this.held(key) < 0)) return false;
    for (const [key, by] of net) this.levels.set(key, left(key, by));
    return true;
  }
}

/** What a step must answer, as the model sees it: "done", after which it is, or the code of the error. */
export function expectStep(step: Command, model: Model): string {
  if (isHold(step)) return expectHold(step, model);
  const possible = isPromised(step) ? expectPromised(step, model) : model.apply(changesOf(step, model));
  return possible ? 'done' : 'INSUFFICIENT_STOCK';
}

function expectHold(step: Hold, model: Model): string {
  const held = model.holds.get(step.cart) ?? [];
  if (step.type === 'hold') {
    const key = model.key(step.place, step.which);
    if (model.get(step.place, step.which) - model.held(key) < step.pieces) return 'INSUFFICIENT_STOCK';
    model.known.add(step.cart);
    model.holds.set(step.cart, [...held, { at: step.place, item: step.which, pieces: step.pieces }]);
    return 'done';
  }
  if (!model.known.has(step.cart)) return 'VALIDATION_FAILED';
  if (step.type === 'drop') {
    model.holds.delete(step.cart);
    return 'done';
  }
  if (step.type === 'prolong') return held.length > 0 ? 'done' : 'ILLEGAL_STATE';
  if (!held.some((one) => one.at === step.place)) return 'ILLEGAL_STATE';
  // What lies in the other place stays put aside; what is not fetched here is given back.
  model.holds.set(
    step.cart,
    held.filter((one) => one.at !== step.place),
  );
  if (model.apply([[step.place, step.which, -step.pieces]])) return 'done';
  model.holds.set(step.cart, held);
  return 'INSUFFICIENT_STOCK';
}

function expectPromised(step: Promised, model: Model): boolean {
  switch (step.type) {
    case 'reserve': {
      const key = model.key(step.place, step.which);
      if (model.get(step.place, step.which) - model.held(key) < step.pieces) return false;
      model.carts.set(step.cart, [
        ...(model.carts.get(step.cart) ?? []),
        { at: step.place, item: step.which, pieces: step.pieces },
      ]);
      return true;
    }
    case 'release':
      model.carts.delete(step.cart);
      return true;
    case 'redeem': {
      const held = model.carts.get(step.cart) ?? [];
      model.carts.delete(step.cart);
      const possible = model.apply(held.map((one) => [one.at, one.item, -one.pieces] as const));
      // A stock take may have found less than was promised; then the cart goes on holding what it holds.
      if (!possible) model.carts.set(step.cart, held);
      return possible;
    }
    case 'stockTake': {
      // What is sold while people count goes out of what was expected; what they find is the truth, whatever is promised.
      model.apply([[step.place, step.which, -step.sold]]);
      model.levels.set(model.key(step.place, step.which), step.counted);
      return true;
    }
  }
}

type Promised = Extract<Command, { type: 'reserve' | 'release' | 'redeem' | 'stockTake' }>;
type Hold = Extract<Command, { type: 'hold' | 'prolong' | 'drop' | 'fetch' }>;
type Plain = Exclude<Command, Promised | Hold>;
type Step = Promised | Extract<Command, { type: 'send' | 'arrive' }>;

const PROMISED: readonly Command['type'][] = [
  'reserve',
  'release',
  'redeem',
  'stockTake',
] satisfies Promised['type'][];

const HOLDS: readonly Command['type'][] = ['hold', 'prolong', 'drop', 'fetch'] satisfies Hold['type'][];

function isHold(step: Command): step is Hold {
  return HOLDS.includes(step.type);
}

function isPromised(step: Command): step is Promised {
  return PROMISED.includes(step.type);
}

function isStep(step: Command): step is Step {
  return isPromised(step) || step.type === 'send' || step.type === 'arrive';
}

function changesOf(step: Plain, model: Model): (readonly [number, number, number])[] {
  switch (step.type) {
    case 'receive':
    case 'deliver':
    case 'giveBack':
      return [[step.place, step.which, step.pieces]];
    case 'sell':
    case 'send':
      return [[step.place, step.which, -step.pieces]];
    case 'basket':
      return step.lines.map((line) => [step.place, line.which, -line.pieces] as const);
    case 'adjust':
      return [[step.place, step.which, step.difference]];
    case 'count':
      return [[step.place, step.which, step.counted - model.get(step.place, step.which)]];
    case 'arrive': {
      const next = model.way[0];
      return next ? [[next.to, next.item, Math.max(0, next.pieces + step.difference)]] : [];
    }
    case 'transfer':
      return [
        [step.place, step.which, -step.pieces],
        [1 - step.place, step.which, step.pieces],
      ];
  }
}

/** Does a step over the real operations. */
export async function perform(step: Command, shop: StockedShop, model: Model): Promise<unknown> {
  if (isHold(step)) return performHold(step, shop);
  if (isStep(step)) return performStep(step, shop, model);
  const warehouseId = shop.warehouseIds[step.place]!;
  const item = (index: number): Item => shop.items[index]!;
  switch (step.type) {
    case 'receive':
      return recordStockMovement(shop.ctx, {
        kind: 'receipt',
        warehouseId,
        variantId: item(step.which).variantId,
        quantity: amount(step.pieces),
        unitCost: step.cost,
      });
    case 'deliver':
      return receiveGoods(shop.ctx, {
        warehouseId,
        items: [
          {
            variantId: item(step.which).variantId,
            quantity: amount(step.pieces),
            unitCost: step.cost,
            batchNumber: step.batch,
            expiresOn: `2099-01-0${step.batch.charCodeAt(0) - 64}`,
          },
        ],
      });
    case 'sell':
      return post(shop, [move(warehouseId, item(step.which), -step.pieces)]);
    case 'basket':
      return post(
        shop,
        step.lines.map((line) => move(warehouseId, item(line.which), -line.pieces)),
      );
    case 'giveBack':
      return post(shop, [move(warehouseId, item(step.which), step.pieces, { kind: 'return' })]);
    case 'adjust':
      return adjustStock(shop.ctx, {
        warehouseId,
        variantId: item(step.which).variantId,
        quantity: amount(step.difference),
      });
    case 'count':
      return adjustStock(shop.ctx, {
        warehouseId,
        variantId: item(step.which).variantId,
        counted: amount(step.counted),
      });
    case 'transfer':
      return transferStock(shop.ctx, transferOf(shop, step));
  }
}

/** Goods put aside by hand. */
async function performHold(step: Hold, shop: StockedShop): Promise<unknown> {
  const warehouseId = shop.warehouseIds[step.place]!;
  const reference = `customer-${step.cart}`;
  switch (step.type) {
    case 'hold': {
      const { variantId } = shop.items[step.which]!;
      return reserveGoods(shop.ctx, {
        reference,
        warehouseId,
        items: [{ variantId, quantity: amount(step.pieces) }],
      });
    }
    case 'prolong':
      return prolongReservations(shop.ctx, { reservations: [reference], minutes: 60 });
    case 'drop':
      return releaseReservations(shop.ctx, { reservations: [reference] });
    case 'fetch': {
      const moves = [move(warehouseId, shop.items[step.which]!, -step.pieces)];
      return transact(shop.ctx, (tx) =>
        consumeReservations(tx, shop.ctx, [reference], { warehouseId, moves }),
      );
    }
  }
}

/** The steps of reservations, transfers and stock takes. */
async function performStep(step: Step, shop: StockedShop, model: Model): Promise<unknown> {
  const warehouseId = shop.warehouseIds[step.place]!;
  const item = (index: number): Item => shop.items[index]!;
  const cart = (number: number) => ({ referenceType: 'cart', referenceId: `cart-${number}` });
  switch (step.type) {
    case 'reserve':
      return transact(shop.ctx, (tx) =>
        reserveStock(tx, shop.ctx, {
          ...{ ...cart(step.cart), expiresAt: null },
          lines: [{ ...item(step.which), warehouseId, quantity: amount(step.pieces) }],
        }),
      );
    case 'release':
      return transact(shop.ctx, (tx) => releaseReservation(tx, cart(step.cart)));
    case 'redeem': {
      const held = model.carts.get(step.cart) ?? [];
      const moves = held.map((one) => move(shop.warehouseIds[one.at]!, item(one.item), -one.pieces));
      return transact(shop.ctx, (tx) => consumeReservation(tx, shop.ctx, cart(step.cart), moves));
    }
    case 'send': {
      const sent = await transferStock(shop.ctx, { ...transferOf(shop, step), inTransit: true });
      return model.way.push({ id: sent.id, to: 1 - step.place, item: step.which, pieces: step.pieces });
    }
    case 'arrive': {
      const next = model.way[0];
      if (!next) return undefined;
      const quantity = amount(Math.max(0, next.pieces + step.difference));
      return receiveTransfer(shop.ctx, next.id, { items: [{ line: 1, quantity }] });
    }
    case 'stockTake': {
      const take = await startStockTake(shop.ctx, { warehouseId });
      await post(shop, [move(warehouseId, item(step.which), -step.sold)]).catch(
        (error: { code?: string }) => {
          if (error.code !== 'INSUFFICIENT_STOCK') throw error;
        },
      );
      await countStock(shop.ctx, take.id, {
        items: [{ variantId: item(step.which).variantId, quantity: amount(step.counted) }],
      });
      return postStockTake(shop.ctx, take.id, {});
    }
  }
}

function transferOf(shop: StockedShop, step: { place: number; which: number; pieces: number }) {
  return {
    fromWarehouseId: shop.warehouseIds[step.place]!,
    toWarehouseId: shop.warehouseIds[1 - step.place]!,
    items: [{ variantId: shop.items[step.which]!.variantId, quantity: amount(step.pieces) }],
  };
}
