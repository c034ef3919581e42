/** Whatever happens to stock, in whatever order: the level is the sum of its movements, and its cost stays within reason. */
import fc from 'fast-check';
import { sql } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { inventoryValuation } from '#subgraphs/inventory/stock/valuation.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { Model, cents, command, expectStep, perform, pieces } from './commands';
import { move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

interface CheckedLevel {
  key: string;
  onHand: Decimal;
  averageCost: Decimal;
  moved: Decimal;
  movements: number;
  counted: number;
  gaps: number;
  reserved: Decimal;
  promised: Decimal;
  batched: boolean;
  inBatches: Decimal;
  incoming: Decimal;
}

function readLevels(shop: StockedShop): Promise<CheckedLevel[]> {
  return shop.ctx.db.many<CheckedLevel>(sql`
    select l.warehouse_id || ':' || l.variant_id as key, l.on_hand, l.average_cost, l.movement_count as movements,
      coalesce(sum(m.quantity), 0) as moved, count(m.id) as counted,
      count(*) filter (where m.level_after <> m.running) as gaps, l.reserved, l.batched,
      (select coalesce(sum(r.quantity), 0) from stock_reservations r
        where r.status = 'active' and r.variant_id = l.variant_id and r.warehouse_id = l.warehouse_id) as promised,
      (select coalesce(sum(b.quantity), 0) from stock_batches b
        where b.variant_id = l.variant_id and b.warehouse_id = l.warehouse_id) as in_batches,
      (select coalesce(sum(i.quantity), 0) from stock_transfers t join stock_transfer_lines i on i.transfer_id = t.id
        where t.status = 'sent' and i.variant_id = l.variant_id and t.to_warehouse_id = l.warehouse_id) as incoming
    from stock_levels l left join (
      select *, sum(quantity) over (partition by variant_id, warehouse_id order by sequence) as running from stock_movements
    ) m on m.variant_id = l.variant_id and m.warehouse_id = l.warehouse_id
    group by l.organization_id, l.variant_id, l.warehouse_id`);
}

it('holds after any sequence of commands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 50 }), async (steps) => {
      const shop = await openStockedShop(db, 2);
      const model = new Model(shop);
      const costs: Decimal[] = [ZERO];
      for (const step of steps) {
        const outcome = await perform(step, shop, model).then(
          () => 'done',
          (error: { code?: string }) => error.code,
        );
        expect([step, outcome]).toEqual([step, expectStep(step, model)]);
        if (step.type === 'arrive') model.way.shift();
        if (step.type === 'receive' || step.type === 'deliver') costs.push(step.cost);
      }
      const levels = await readLevels(shop);
      for (const level of levels) {
        expect([level.key, level.onHand.toNumber()]).toEqual([level.key, model.levels.get(level.key)]);
        expect([level.moved.toFixed(), level.counted, level.gaps]).toEqual([
          level.onHand.toFixed(),
          level.movements,
          0,
        ]);
        expect([level.key, level.reserved.toNumber()]).toEqual([level.key, model.held(level.key)]);
        expect(level.promised.toFixed()).toBe(level.reserved.toFixed());
        if (level.batched)
          expect([level.key, level.inBatches.toFixed()]).toEqual([level.key, level.onHand.toFixed()]);
        const onTheWay = model.way.filter((one) => model.key(one.to, one.item) === level.key);
        expect(level.incoming.toNumber()).toBe(onTheWay.reduce((all, one) => all + one.pieces, 0));
        expect(level.averageCost.lessThanOrEqualTo(Decimal.max(...costs).plus('0.000001'))).toBe(true);
      }
      const valuation = await inventoryValuation(shop.ctx, { size: 100 });
      const expected = levels.map((level) =>
        level.onHand.times(level.averageCost).toDecimalPlaces(2, Decimal.ROUND_HALF_UP),
      );
      expect((await valuation.totalValue()).toFixed(2)).toBe(sum(expected).toFixed(2));
      expect(sum(valuation.items.map((item) => item.value)).toFixed(2)).toBe(sum(expected).toFixed(2));
    }),
    { numRuns: 20 },
  );
}, 120_000);

it('keeps the average between the least and the greatest cost of what was received', async () => {
  const shop = await openStockedShop(db, 1);
  const step = fc.record({ pieces, cost: cents, sold: pieces });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      const item = { ...shop.items[0]!, variantId: shop.ctx.ids.next() };
      const costs: Decimal[] = [];
      let onHand = ZERO;
      for (const { pieces: received, cost, sold } of steps) {
        costs.push(cost);
        const [moved] = await post(shop, [move(shop.warehouseIds[0], item, received, { unitCost: cost })]);
        expect(moved!.unitCost.greaterThanOrEqualTo(Decimal.min(...costs).minus('0.000001'))).toBe(true);
        expect(moved!.unitCost.lessThanOrEqualTo(Decimal.max(...costs).plus('0.000001'))).toBe(true);
        onHand = moved!.onHand;
        const goes = Decimal.min(onHand, sold);
        if (!goes.isZero()) await post(shop, [move(shop.warehouseIds[0], item, goes.negated().toFixed())]);
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);
