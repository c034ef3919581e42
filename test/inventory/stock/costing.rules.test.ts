/** The weighted average; test/inventory/stock/costing.test.ts holds it against the SQL. */
import { averageAfter } from '#subgraphs/inventory/stock/costing.rules';
import { amount as d } from '#test/harness/values';

const lot = (quantity: string, unitCost: string) => ({ quantity: d(quantity), unitCost: d(unitCost) });

it.each([
  ['10', '2', [lot('10', '4')], '3'],
  ['10', '2', [], '2'],
  ['10', '2.1234567', [], '2.1234567'],
  ['0', '9', [lot('3', '1')], '1'],
  ['-5', '9', [lot('3', '1')], '1'],
  ['1', '1', [lot('1', '2'), lot('1', '2')], '1.666667'],
  ['1', '0', [lot('1', '0.000001')], '0.000001'],
])('%s at %s and lots %j average %s', (onHand, averageCost, lots, expected) => {
  expect(averageAfter({ onHand: d(onHand), averageCost: d(averageCost) }, lots).toFixed()).toBe(expected);
});

it('of an empty level into which nothing came is what it was', () => {
  expect(averageAfter({ onHand: d(0), averageCost: d('2.5') }, []).toFixed()).toBe('2.5');
});
