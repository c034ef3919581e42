/** Whatever happens to stock, in whatever order: the level is the sum of its movements, and its cost stays within reason. */
import fc from 'fast-check';
import { sql } from '../../kernel/db/database';
import { Decimal, ZERO, sum } from '../../kernel/decimal';
import { adjustStock, recordStockMovement } from '../../subgraphs/inventory/adjustments';
import { transferStock } from '../../subgraphs/inventory/transfers';
import { inventoryValuation } from '../../subgraphs/inventory/valuation';
import { testDatabase, type TestDatabase } from '../harness/database';
import { amount, move, openShop, post, type Item, type Shop } from './shop';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const place = fc.integer({ min: 0, max: 1 });
const which = fc.integer({ min: 0, max: 1 });
const pieces = fc.integer({ min: 1, max: 20 });
const cents = fc.integer({ min: 1, max: 5000 }).map((value) => amount(value).dividedBy(100));

const command = fc.oneof(
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
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** What the levels must be, by warehouse and item. */
class Model {
  readonly levels = new Map<string, number>();

  constructor(private readonly shop: Shop) {}

  key(at: number, item: number): string {
    return `${this.shop.warehouseIds[at]}:${this.shop.items[item]!.variantId}`;
  }

  get(at: number, item: number): number {
    return this.levels.get(this.key(at, item)) ?? 0;
  }

  /** Applies the changes where none of them takes a level below zero; says whether it did. */
  apply(changes: readonly (readonly [at: number, item: number, by: number])[]): boolean {
    const after = new Map(this.levels);
    for (const [at, item, by] of changes) after.set(this.key(at, item), (after.get(this.key(at, item)) ?? 0) + by);
    if ([...after.values()].some((level) => level < 0)) return false;
    for (const [key, level] of after) this.levels.set(key, level);
    return true;
  }
}

function changesOf(step: Command, model: Model): (readonly [number, number, number])[] {
  switch (step.type) {
    case 'receive':
    case 'giveBack':
      return [[step.place, step.which, step.pieces]];
    case 'sell':
      return [[step.place, step.which, -step.pieces]];
    case 'basket':
      return step.lines.map((line) => [step.place, line.which, -line.pieces] as const);
    case 'adjust':
      return [[step.place, step.which, step.difference]];
    case 'count':
      return [[step.place, step.which, step.counted - model.get(step.place, step.which)]];
    case 'transfer':
      return [
        [step.place, step.which, -step.pieces],
        [1 - step.place, step.which, step.pieces],
      ];
  }
}

function perform(step: Command, shop: Shop): Promise<unknown> {
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
    case 'sell':
      return post(shop, [move(warehouseId, item(step.which), -step.pieces)]);
    case 'basket':
      return post(shop, step.lines.map((line) => move(warehouseId, item(line.which), -line.pieces))); // prettier-ignore
    case 'giveBack':
      return post(shop, [move(warehouseId, item(step.which), step.pieces, { kind: 'return' })]);
    case 'adjust':
      return adjustStock(shop.ctx, { warehouseId, variantId: item(step.which).variantId, quantity: amount(step.difference) });
    case 'count':
      return adjustStock(shop.ctx, { warehouseId, variantId: item(step.which).variantId, counted: amount(step.counted) });
    case 'transfer':
      return transferStock(shop.ctx, {
        fromWarehouseId: warehouseId,
        toWarehouseId: shop.warehouseIds[1 - step.place]!,
        items: [{ variantId: item(step.which).variantId, quantity: amount(step.pieces) }],
      });
  }
}

interface CheckedLevel {
  key: string;
  onHand: Decimal;
  averageCost: Decimal;
  moved: Decimal;
  movements: number;
  counted: number;
  gaps: number;
}

function readLevels(shop: Shop): Promise<CheckedLevel[]> {
  return shop.ctx.db.many<CheckedLevel>(sql`
    select l.warehouse_id || ':' || l.variant_id as key, l.on_hand, l.average_cost, l.movement_count as movements,
      coalesce(sum(m.quantity), 0) as moved, count(m.id) as counted,
      count(*) filter (where m.level_after <> m.running) as gaps
    from stock_levels l left join (
      select *, sum(quantity) over (partition by variant_id, warehouse_id order by sequence) as running from stock_movements
    ) m on m.variant_id = l.variant_id and m.warehouse_id = l.warehouse_id
    group by l.organization_id, l.variant_id, l.warehouse_id`);
}

it('holds after any sequence of commands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 30 }), async (steps) => {
      const shop = await openShop(db, 2);
      const model = new Model(shop);
      const costs: Decimal[] = [ZERO];
      for (const step of steps) {
        const possible = model.apply(changesOf(step, model));
        const outcome = await perform(step, shop).then(
          () => 'done',
          (error: { code?: string }) => error.code,
        );
        expect(outcome).toBe(possible ? 'done' : 'INSUFFICIENT_STOCK');
        if (step.type === 'receive') costs.push(step.cost);
      }
      const levels = await readLevels(shop);
      for (const level of levels) {
        expect([level.key, level.onHand.toNumber()]).toEqual([level.key, model.levels.get(level.key)]);
        expect([level.moved.toFixed(), level.counted, level.gaps]).toEqual([level.onHand.toFixed(), level.movements, 0]);
        expect(level.averageCost.lessThanOrEqualTo(Decimal.max(...costs).plus('0.000001'))).toBe(true);
      }
      const valuation = await inventoryValuation(shop.ctx, { size: 100 });
      const expected = levels.map((level) => level.onHand.times(level.averageCost).toDecimalPlaces(2, Decimal.ROUND_HALF_UP));
      expect((await valuation.totalValue()).toFixed(2)).toBe(sum(expected).toFixed(2));
      expect(sum(valuation.items.map((item) => item.value)).toFixed(2)).toBe(sum(expected).toFixed(2));
    }),
    { numRuns: 12 },
  );
}, 120_000);

it('keeps the average between the least and the greatest cost of what was received', async () => {
  const shop = await openShop(db, 1);
  const step = fc.record({ pieces, cost: cents, sold: pieces });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      const item = { ...shop.items[0]!, variantId: shop.ctx.ids.next() };
      const names = { productIds: new Map([[item.variantId, item.productId]]), skus: new Map([[item.variantId, item.sku]]) };
      const own = { ...shop, names };
      const costs: Decimal[] = [];
      let onHand = ZERO;
      for (const { pieces: received, cost, sold } of steps) {
        costs.push(cost);
        const [moved] = await post(own, [move(shop.warehouseIds[0], item, received, { unitCost: cost })]);
        expect(moved!.unitCost.greaterThanOrEqualTo(Decimal.min(...costs).minus('0.000001'))).toBe(true);
        expect(moved!.unitCost.lessThanOrEqualTo(Decimal.max(...costs).plus('0.000001'))).toBe(true);
        onHand = moved!.onHand;
        const goes = Decimal.min(onHand, sold);
        if (!goes.isZero()) await post(own, [move(shop.warehouseIds[0], item, goes.negated().toFixed())]);
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);
