import fc from 'fast-check';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { averageAfter, type Lot } from '#subgraphs/inventory/stock/costing.rules';

const quantity = fc
  .integer({ min: 1, max: 10_000_000 })
  .map((thousandths) => new Decimal(thousandths).dividedBy(1000));
const cost = fc.integer({ min: 0, max: 100_000_000 }).map((units) => new Decimal(units).dividedBy(10_000));
const lot: fc.Arbitrary<Lot> = fc.record({ quantity, unitCost: cost });
const lots = fc.array(lot, { minLength: 1, maxLength: 8 });
const MICRO = new Decimal('0.000001');

describe('weighted-average cost', () => {
  it('is the mean of what was there and what came in', () => {
    const level = { onHand: new Decimal(10), averageCost: new Decimal(2) };
    expect(averageAfter(level, [{ quantity: new Decimal(10), unitCost: new Decimal(4) }]).toFixed()).toBe(
      '3',
    );
    expect(averageAfter(level, [{ quantity: new Decimal(20), unitCost: new Decimal(1) }]).toFixed()).toBe(
      '1.333333',
    );
  });

  it('stays where nothing comes in', () => {
    expect(averageAfter({ onHand: new Decimal(10), averageCost: new Decimal('2.5') }, []).toFixed()).toBe(
      '2.5',
    );
  });

  it('starts afresh from nothing and from below zero', () => {
    fc.assert(
      fc.property(lot, cost, fc.integer({ min: -1000, max: 0 }), (received, averageCost, onHand) => {
        const after = averageAfter({ onHand: new Decimal(onHand), averageCost }, [received]);
        expect(after.equals(received.unitCost)).toBe(true);
      }),
    );
  });

  it('lies between the least and the greatest cost', () => {
    fc.assert(
      fc.property(quantity, cost, lots, (onHand, averageCost, received) => {
        const after = averageAfter({ onHand, averageCost }, received);
        const costs = [averageCost, ...received.map((each) => each.unitCost)];
        expect(after.greaterThanOrEqualTo(Decimal.min(...costs).minus(MICRO))).toBe(true);
        expect(after.lessThanOrEqualTo(Decimal.max(...costs).plus(MICRO))).toBe(true);
      }),
    );
  });

  it('keeps the value, but for half a millionth a unit', () => {
    fc.assert(
      fc.property(quantity, cost, lots, (onHand, averageCost, received) => {
        const units = onHand.plus(sum(received.map((each) => each.quantity)));
        const value = sum(received.map((each) => each.quantity.times(each.unitCost))).plus(
          onHand.times(averageCost),
        );
        const drift = averageAfter({ onHand, averageCost }, received).times(units).minus(value).abs();
        expect(drift.lessThanOrEqualTo(units.times(MICRO).dividedBy(2).plus('1e-12'))).toBe(true);
      }),
    );
  });

  it('does not mind the order of the lots', () => {
    fc.assert(
      fc.property(lots, (received) => {
        const level = { onHand: ZERO, averageCost: ZERO };
        expect(averageAfter(level, received).equals(averageAfter(level, [...received].reverse()))).toBe(true);
      }),
    );
  });
});
