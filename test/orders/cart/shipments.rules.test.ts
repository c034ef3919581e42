/** The shipments of a basket with goods of several vendors, and the rates that they have in common. */
import fc from 'fast-check';
import { Decimal, sum } from '#kernel/decimal';
import type { ValuedGoods } from '#subgraphs/orders/cart/free-shipping.rules';
import { commonRates, shipmentsOf } from '#subgraphs/orders/cart/shipments.rules';

const goods = (...parts: [vendorId: string | null, value: string][]): ValuedGoods[] =>
  parts.map(([vendorId, value]) => ({ vendorId, value: new Decimal(value) }));
const PARTS = goods(['pots', '50.00'], [null, '10.00'], ['pots', '5.00']);
const shown = (...per: Parameters<typeof shipmentsOf>) =>
  shipmentsOf(...per).map(
    ({ vendorId, subtotal, freeShippingValue }) =>
      `${vendorId} ${subtotal.toFixed(2)} ${freeShippingValue.toFixed(2)}`,
  );

it('S8: a shipment of all goods, or one of each vendor, free by its own value or by that of the basket', () => {
  const settings = { shippingPer: 'basket', freeShippingPer: 'basket' } as const;
  expect(shown(settings, PARTS)).toEqual(['null 65.00 65.00']);
  expect(shown({ ...settings, freeShippingPer: 'vendor' }, PARTS)).toEqual(['null 65.00 10.00']);
  expect(shown({ ...settings, shippingPer: 'vendor' }, PARTS)).toEqual([
    'pots 55.00 65.00',
    'null 10.00 65.00',
  ]);
  expect(shown({ shippingPer: 'vendor', freeShippingPer: 'vendor' }, PARTS)).toEqual([
    'pots 55.00 55.00',
    'null 10.00 10.00',
  ]);
});

it('an empty basket is one empty shipment', () => {
  expect(shown({ shippingPer: 'vendor', freeShippingPer: 'vendor' }, [])).toEqual(['null 0.00 0.00']);
});

it('the shipments have all goods, each once', () => {
  const part = fc.record({
    vendorId: fc.constantFrom(null, 'pots', 'toys'),
    value: fc.integer({ min: 0, max: 9_999 }).map((cents) => new Decimal(cents).div(100)),
  });
  fc.assert(
    fc.property(
      fc.array(part),
      fc.constantFrom('basket' as const, 'vendor' as const),
      (parts, shippingPer) => {
        const shipments = shipmentsOf({ shippingPer, freeShippingPer: 'vendor' }, parts);
        expect(new Set(shipments.flatMap((shipment) => shipment.goods))).toEqual(new Set(parts));
        expect(sum(shipments.map(({ subtotal }) => subtotal))).toEqual(sum(parts.map(({ value }) => value)));
      },
    ),
  );
});

it('offers the rates that all shipments have, and otherwise the reason of the first one without any', () => {
  const rates = (...codes: string[]) => ({ rates: codes.map((code) => ({ code })), reason: null });
  expect(commonRates([rates('a', 'b'), rates('c', 'b')])).toEqual({
    rates: [[{ code: 'b' }, { code: 'b' }]],
    reason: null,
  });
  expect(commonRates([rates('a'), { rates: [], reason: 'Too heavy.' }])).toEqual({
    rates: [],
    reason: 'Too heavy.',
  });
  expect(commonRates([rates('a'), rates('b')]).reason).toBe(
    'No shipping rate sends the goods of all vendors.',
  );
});
