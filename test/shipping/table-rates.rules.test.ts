/** The price of a rate, and the reason where it is not offered. */
import fc from 'fast-check';
import { Decimal } from '#kernel/decimal';
import { tableOffer } from '#subgraphs/shipping/rates/table-rates.rules';

const bands = (...rows: [string | null, string][]) => rows.map(([upTo, price]) => ({ upTo, price }));
const RATE = {
  basis: 'weight' as const,
  bands: bands(['1', '4.90'], ['5', '6.90'], ['10', '9.90']),
  freeFrom: null as Decimal | null,
  units: 'metric' as const,
  divisor: null,
  weightStep: null,
  roundDimensions: false,
};
const goods = (
  weight: string | null,
  value = '10',
  volume: string | null = null,
  freeShippingValue = value,
) => ({
  parcels: [
    {
      weight: weight === null ? null : new Decimal(weight),
      dimensions: null,
      volume: volume === null ? null : new Decimal(volume),
    },
  ],
  value: new Decimal(value),
  freeShippingValue: new Decimal(freeShippingValue),
});
const price = (weight: string) => tableOffer(RATE, goods(weight)).amount?.toFixed(2);

it('S3: limits are inclusive: 1.000 kg costs 4.90, 1.001 kg 6.90, 5.000 kg 6.90', () => {
  expect([price('1.000'), price('1.001'), price('5.000'), price('10')]).toEqual([
    '4.90',
    '6.90',
    '6.90',
    '9.90',
  ]);
});

it('S3: 10.001 kg are not offered, and the reason is said', () => {
  expect(tableOffer(RATE, goods('10.001'))).toEqual({
    amount: null,
    billableWeight: new Decimal('10.001'),
    reason: 'above_limit',
    message: '10.001 kg is above the limit of 10 kg.',
  });
});

it('an unknown weight or size is a reason, and never counts as zero', () => {
  expect(tableOffer(RATE, goods(null))).toMatchObject({ amount: null, reason: 'weight_unknown' });
  expect(tableOffer({ ...RATE, divisor: new Decimal(5000) }, goods('1'))).toMatchObject({
    reason: 'dimensions_unknown',
  });
  expect(tableOffer({ ...RATE, basis: 'volume' }, goods('1'))).toMatchObject({
    reason: 'dimensions_unknown',
  });
});

it('prices by volume in litres and by value, and a last band without a limit takes everything', () => {
  const volume = { ...RATE, basis: 'volume' as const };
  expect(tableOffer(volume, goods(null, '1', '5000')).amount?.toFixed()).toBe('6.9');
  const value = { ...RATE, basis: 'value' as const, bands: bands(['50', '5'], [null, '0']) };
  expect(tableOffer(value, goods(null, '50')).amount?.toFixed()).toBe('5');
  expect(tableOffer(value, goods(null, '50.01')).amount?.toFixed()).toBe('0');
});

it('S8: is free from a value of the whole basket on, inclusive', () => {
  const rate = { ...RATE, freeFrom: new Decimal(75) };
  expect(tableOffer(rate, goods('1', '74.99')).amount?.toFixed()).toBe('4.9');
  expect(tableOffer(rate, goods('1', '75')).amount?.toFixed()).toBe('0');
  // S8: 80.00 of which a vendor has 20.00, per vendor.
  expect(tableOffer(rate, goods('1', '80', null, '20')).amount?.toFixed()).toBe('4.9');
  expect(tableOffer(rate, goods('11', '75'))).toMatchObject({ amount: null, reason: 'above_limit' });
});

it('offers a price exactly where a band covers the weight', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), (grams) => {
      const offer = tableOffer(RATE, goods(String(grams / 1000)));
      const expected = grams <= 1000 ? '4.9' : grams <= 5000 ? '6.9' : grams <= 10_000 ? '9.9' : undefined;
      expect(offer.amount?.toFixed()).toBe(expected);
      expect(offer.reason === null).toBe(expected !== undefined);
    }),
  );
});
