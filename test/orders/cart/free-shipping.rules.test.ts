/** The value that has to reach the value from which shipping is free. */
import fc from 'fast-check';
import { Decimal, sum } from '#kernel/decimal';
import { freeShippingValue, type ValuedGoods } from '#subgraphs/orders/cart/free-shipping.rules';

const goods = (...parts: [vendorId: string | null, value: string][]): ValuedGoods[] =>
  parts.map(([vendorId, value]) => ({ vendorId, value: new Decimal(value) }));
const values = (parts: ValuedGoods[]) =>
  (['basket', 'vendor'] as const).map((per) => freeShippingValue(per, parts).toFixed(2));

it('S8: 60.00 of the shop and 20.00 of a vendor are 80.00 per basket, and 20.00 per vendor', () => {
  expect(values(goods([null, '60.00'], ['pots', '20.00']))).toEqual(['80.00', '20.00']);
});

it('S8: adds up the goods of each vendor, and those of the shop', () => {
  const parts = goods(
    ['pots', '50.00'],
    [null, '10.00'],
    ['toys', '80.00'],
    ['pots', '25.00'],
    [null, '70.00'],
  );
  expect(values(parts)).toEqual(['235.00', '75.00']);
});

it('is the value of the basket for goods of one vendor, and zero without goods', () => {
  expect(values(goods(['pots', '50.00'], ['pots', '25.00']))).toEqual(['75.00', '75.00']);
  expect(values([])).toEqual(['0.00', '0.00']);
});

it('per vendor never exceeds an equal share of the basket', () => {
  const part = fc.record({
    vendorId: fc.constantFrom(null, 'pots', 'toys', 'books'),
    value: fc.integer({ min: 0, max: 100_000 }).map((cents) => new Decimal(cents).div(100)),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1 }), (parts) => {
      const vendors = new Set(parts.map(({ vendorId }) => vendorId)).size;
      const basket = freeShippingValue('basket', parts);
      expect(basket.equals(sum(parts.map(({ value }) => value)))).toBe(true);
      expect(freeShippingValue('vendor', parts).times(vendors).lessThanOrEqualTo(basket)).toBe(true);
    }),
  );
});
