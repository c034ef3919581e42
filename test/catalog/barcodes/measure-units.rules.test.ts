/** Units of measure by their definitions, and by the names that people give them. */
import fc from 'fast-check';
import { Decimal } from '#kernel/decimal';
import {
  convert,
  countInOne,
  measureUnitNamed,
  type MeasureUnit,
} from '#subgraphs/catalog/barcodes/measure-units.rules';

/** How people write each unit; a shop's own spelling may have capitals and blanks around. */
const NAMES: Readonly<Record<MeasureUnit, string>> = {
  kg: 'kg, kgs, kilo, kilos, kilogram, kilograms, Kilogramm, kilogramme, kilogrammes',
  g: 'g, gram, grams, Gramm, gramme, grammes',
  t: 't, tonne, tonnes',
  lb: 'lb, lbs, pound, pounds',
  oz: 'oz, ounce, ounces',
  'tr oz': 'tr oz, ozt, oz t, troy oz, troy ounce, troy ounces',
  m: 'm, metre, metres, meter, meters',
  cm: 'cm, centimetre, centimetres, centimeter, centimeters',
  mm: 'mm, millimetre, millimetres, millimeter, millimeters',
  in: 'in, inch, inches',
  ft: 'ft, foot, feet',
  yd: 'yd, yds, yard, yards',
  m2: 'm2, m², sqm, sq m, qm, square metre, square metres, square meter, square meters',
  cm2: 'cm2, cm²',
  in2: 'in2, in², sq in, sqin, square inch, square inches',
  ft2: 'ft2, ft², sq ft, sqft, square foot, square feet',
  yd2: 'yd2, yd², sq yd, sqyd, square yard, square yards',
  l: 'l, ltr, litre, litres, liter, liters',
  dl: 'dl, decilitre, deciliter',
  cl: 'cl, centilitre, centiliter',
  ml: 'ml, millilitre, millilitres, milliliter, milliliters',
  m3: 'm3, m³, cbm, cubic metre, cubic metres, cubic meter, cubic meters',
  in3: 'in3, in³, cu in, cubic inch, cubic inches',
  ft3: 'ft3, ft³, cu ft, cubic foot, cubic feet',
  yd3: 'yd3, yd³, cu yd, cubic yard, cubic yards',
  gal: 'gal, us gal, gallon, gallons',
  qt: 'qt, us qt, quart, quarts',
  pt: 'pt, us pt, pint, pints',
  'fl oz': 'fl oz, floz, fl. oz, fl. oz., fluid ounce, fluid ounces',
  h: 'h, hr, hour, hours, Stunde, Stunden',
};

describe('a unit', () => {
  it.each(Object.entries(NAMES))('%s is written %s', (unit, names) => {
    const written = names.split(', ').flatMap((name) => [name, name.toUpperCase(), `  ${name} `]);
    expect(written.map(measureUnitNamed)).toEqual(written.map(() => unit));
  });

  it.each(['', 'piece', 'box', 'k g', 'kgm', 'constructor', 'm4'])(
    '"%s" is a shop’s own, of which one is one',
    (name) => {
      expect(measureUnitNamed(name)).toBeUndefined();
      expect(countInOne(name).toFixed()).toBe('1');
    },
  );

  it.each([
    ['kg', '1'], ['t', '1'], ['g', '1000'], ['lb', '2.205'], ['oz', '35.274'], ['m', '1'], ['cm', '100'], ['MM', '1000'], ['yd', '1.094'],
    ['cm2', '10000'], ['yd2', '1.196'], ['l', '1'], ['dl', '10'], ['cl', '100'], ['ml', '1000'], ['m3', '1'], ['gal', '1'], ['fl oz', '33.814'], ['h', '1'],
  ])('%s: %s in one kilogram, metre, square metre, litre or hour; one of the larger units', (name, count) => {
    expect(countInOne(name).toDecimalPlaces(3).toFixed()).toBe(count);
  }); // prettier-ignore
});

describe('the definitions', () => {
  // The international yard and pound of 1959, the gallon of 231 cubic inches, the SI; so many of the one are so many of the other.
  it.each<[number, MeasureUnit, number, MeasureUnit]>([
    [1000, 'g', 1, 'kg'], [1000, 'kg', 1, 't'], [100_000_000, 'lb', 45_359_237, 'kg'], [16, 'oz', 1, 'lb'],
    // A troy ounce has 480 grains, a pound 7000.
    [7000, 'tr oz', 480, 'lb'],
    [1000, 'mm', 1, 'm'], [100, 'cm', 1, 'm'], [10_000, 'in', 254, 'm'], [12, 'in', 1, 'ft'], [3, 'ft', 1, 'yd'],
    [10_000, 'cm2', 1, 'm2'], [100_000_000, 'in2', 64_516, 'm2'], [144, 'in2', 1, 'ft2'], [9, 'ft2', 1, 'yd2'],
    [10, 'dl', 1, 'l'], [100, 'cl', 1, 'l'], [1000, 'ml', 1, 'l'], [1000, 'l', 1, 'm3'],
    [1_000_000_000, 'in3', 16_387_064, 'l'], [1728, 'in3', 1, 'ft3'], [27, 'ft3', 1, 'yd3'],
    [231, 'in3', 1, 'gal'], [4, 'qt', 1, 'gal'], [2, 'pt', 1, 'qt'], [16, 'fl oz', 1, 'pt'],
  ])('%i %s are %i %s', (few, small, many, large) => {
    // Times a million, so that a wrong digit anywhere in a factor shows.
    const [one, other] = [new Decimal(few).times(1_000_000), new Decimal(many).times(1_000_000)];
    expect([convert(one, small, large)?.toFixed(), convert(other, large, small)?.toFixed()]).toEqual([other.toFixed(), one.toFixed()]);
  }); // prettier-ignore

  it('leave apart what measures different things', () => {
    const each: MeasureUnit[] = ['kg', 'm', 'm2', 'l', 'h'];
    const pairs = each.flatMap((from) => each.map((to) => [from, to] as const));
    const converted = pairs.filter(([from, to]) => convert(new Decimal(1), from, to) !== undefined);
    expect(converted).toEqual(each.map((unit) => [unit, unit]));
  });
});

describe('a converted quantity', () => {
  it.each<[string, MeasureUnit, MeasureUnit, string]>([
    // Half up, to the places of the unit: grams are not divided, litres have three places.
    ['0.0004', 'kg', 'g', '0'], ['0.0005', 'kg', 'g', '1'], ['0.0015', 'kg', 'g', '2'], ['0.5', 'g', 'kg', '0.001'],
    ['2.35', 'lb', 'kg', '1.066'], ['1', 'in', 'cm', '2.5'], ['1', 'fl oz', 'cl', '3'], ['1', 'fl oz', 'dl', '0.3'], ['1', 'pt', 'dl', '4.73'],
    // In its own unit it keeps three places, whatever the unit's are.
    ['1.2345', 'g', 'g', '1.235'], ['0.123', 'ml', 'ml', '0.123'], ['1.2344', 'kg', 'kg', '1.234'],
  ])('%s %s in %s: %s %s', (value, from, to, expected) => {
    expect(convert(new Decimal(value), from, to)?.toFixed()).toBe(expected);
  }); // prettier-ignore

  it('comes back as it was, to the last place but rounding', () => {
    const pairs: [MeasureUnit, MeasureUnit][] = [
      ['kg', 'lb'],
      ['m', 'yd'],
      ['m2', 'ft2'],
      ['l', 'qt'],
      ['oz', 'tr oz'],
      ['gal', 'ft3'],
      ['m', 'in'],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs),
        fc.integer({ min: 1, max: 999_999 }),
        ([from, to], thousandths) => {
          const value = new Decimal(thousandths).dividedBy(1000);
          const back = convert(convert(value, from, to)!, to, from)!;
          const half = convert(new Decimal('0.5'), to, from)!.dividedBy(1000).plus('0.001');
          expect(back.minus(value).abs().lessThanOrEqualTo(half)).toBe(true);
        },
      ),
    );
  });
});
