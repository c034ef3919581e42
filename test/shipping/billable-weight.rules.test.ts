/** The weight that is billed, with the numbers of carriers. */
import fc from 'fast-check';
import { Decimal } from '#kernel/decimal';
import {
  billableWeight,
  type Parcel,
  type WeightTerms,
} from '#subgraphs/shipping/rates/billable-weight.rules';

const CM_PER_INCH = 2.54;
const METRIC: WeightTerms = {
  units: 'metric',
  divisor: new Decimal(5000),
  weightStep: new Decimal('0.5'),
  roundDimensions: false,
};
const IMPERIAL: WeightTerms = {
  ...METRIC,
  units: 'imperial',
  divisor: new Decimal(139),
  weightStep: new Decimal(1),
};

const parcel = (weight: string, ...sides: [number, number, number] | []): Parcel => ({
  weight: new Decimal(weight),
  dimensions:
    sides.length === 3 ? [new Decimal(sides[0]), new Decimal(sides[1]), new Decimal(sides[2])] : null,
  volume: null,
});
const inches = (weight: string, ...sides: [number, number, number]) =>
  parcel(weight, ...(sides.map((side) => new Decimal(side).times(CM_PER_INCH).toNumber()) as typeof sides));
const billed = (parcels: readonly Parcel[], terms: WeightTerms) => String(billableWeight(parcels, terms));

it('S1: 40 x 30 x 20 cm of 3.2 kg are billed as 5.0 kg by 5000, and as 4.0 kg by 6000', () => {
  const one = [parcel('3.2', 40, 30, 20)];
  expect(billed(one, METRIC)).toBe('5');
  expect(billed(one, { ...METRIC, weightStep: null })).toBe('4.8');
  expect(billed(one, { ...METRIC, divisor: new Decimal(6000) })).toBe('4');
  expect(billed([parcel('5.2', 40, 30, 20)], METRIC)).toBe('5.5');
});

it('S1: 12 x 10 x 8 in are billed as 7 lb by 139', () => {
  const box = inches('1', 12, 10, 8);
  expect(billed([box], IMPERIAL)).toBe('7');
  expect(new Decimal(billed([box], { ...IMPERIAL, weightStep: null })).toFixed(3)).toBe('6.906');
});

it('S1: 11.2 x 8.4 x 6.1 in are 6 lb where inches are rounded up first, and otherwise 5 lb', () => {
  const box = inches('1', 11.2, 8.4, 6.1);
  expect(billed([box], { ...IMPERIAL, roundDimensions: true })).toBe('6');
  expect(billed([box], IMPERIAL)).toBe('5');
});

it('S2: three parcels of 1.2 kg are rounded up one by one: 4.5 kg, not 4.0', () => {
  const parcels = Array.from({ length: 3 }, () => parcel('1.2'));
  expect(billed(parcels, { ...METRIC, divisor: null })).toBe('4.5');
});

it('says what is not known, and needs dimensions only for a divisor', () => {
  expect(billed([parcel('1.2'), { ...parcel('1'), weight: null }], METRIC)).toBe('dimensions');
  expect(billed([{ ...parcel('1', 1, 1, 1), weight: null }], METRIC)).toBe('weight');
  expect(billed([parcel('1.2')], { ...METRIC, divisor: null })).toBe('1.5');
  expect(billed([{ ...parcel('1.2'), volume: new Decimal(24_000) }], METRIC)).toBe('5');
});

const size = fc
  .integer({ min: 1, max: 200_000 })
  .map((thousandths) => new Decimal(thousandths).dividedBy(1000));
const anyParcel = fc
  .record({ weight: size, dimensions: fc.tuple(size, size, size) })
  .map((one): Parcel => ({ ...one, volume: null }));
const anyTerms = fc.record({
  units: fc.constantFrom('metric' as const, 'imperial' as const),
  divisor: fc.option(fc.constantFrom(new Decimal(139), new Decimal(5000), new Decimal(6000)), { nil: null }),
  weightStep: fc.option(fc.constantFrom(new Decimal('0.5'), new Decimal(1)), { nil: null }),
  roundDimensions: fc.boolean(),
});

it('is never below the real weight, a multiple of the step, and the sum over the parcels', () => {
  fc.assert(
    fc.property(fc.array(anyParcel, { minLength: 1, maxLength: 5 }), anyTerms, (parcels, terms) => {
      const whole = billableWeight(parcels, terms) as Decimal;
      const parts = parcels.map((one) => billableWeight([one], terms) as Decimal);
      expect(whole.toFixed()).toBe(Decimal.sum(...parts).toFixed());
      parts.forEach((part, index) => {
        const real = parcels[index]!.weight!.dividedBy(terms.units === 'metric' ? 1 : '0.45359237');
        expect(part.greaterThanOrEqualTo(real.toDecimalPlaces(9))).toBe(true);
        if (terms.weightStep) expect(part.modulo(terms.weightStep).isZero()).toBe(true);
      });
    }),
  );
});
