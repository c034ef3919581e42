/**
 * Units of measure that barcodes may use, and the conversion between them. Every factor is exact by definition: the
 * international yard and pound (1959), the US gallon of 231 cubic inches, the SI prefixes.
 */
import { Decimal, ONE } from '#kernel/decimal';

/** The dimension that a unit measures; units convert only within a dimension. */
export type Dimension = 'weight' | 'length' | 'area' | 'volume' | 'time';

interface Unit {
  readonly dimension: Dimension;
  /** Kilograms, metres, square metres, litres or hours in one of this unit. */
  readonly factor: Decimal;
  /** Decimal places to which a converted quantity is rounded: grams and millilitres are whole numbers. */
  readonly places: number;
  /** Spellings, in lower case. */
  readonly names: readonly string[];
}

const unit = (dimension: Dimension, factor: string, places: number, ...names: string[]): Unit => ({
  dimension,
  factor: new Decimal(factor),
  places,
  names,
});

const UNITS = {
  kg: unit(
    'weight',
    '1',
    3,
    'kg',
    'kgs',
    'kilo',
    'kilos',
    'kilogram',
    'kilograms',
    'kilogramm',
    'kilogramme',
    'kilogrammes',
  ),
  g: unit('weight', '0.001', 0, 'g', 'gram', 'grams', 'gramm', 'gramme', 'grammes'),
  t: unit('weight', '1000', 3, 't', 'tonne', 'tonnes'),
  lb: unit('weight', '0.45359237', 3, 'lb', 'lbs', 'pound', 'pounds'),
  oz: unit('weight', '0.028349523125', 3, 'oz', 'ounce', 'ounces'),
  'tr oz': unit('weight', '0.0311034768', 3, 'tr oz', 'ozt', 'oz t', 'troy oz', 'troy ounce', 'troy ounces'),
  m: unit('length', '1', 3, 'm', 'metre', 'metres', 'meter', 'meters'),
  cm: unit('length', '0.01', 1, 'cm', 'centimetre', 'centimetres', 'centimeter', 'centimeters'),
  mm: unit('length', '0.001', 0, 'mm', 'millimetre', 'millimetres', 'millimeter', 'millimeters'),
  in: unit('length', '0.0254', 3, 'in', 'inch', 'inches'),
  ft: unit('length', '0.3048', 3, 'ft', 'foot', 'feet'),
  yd: unit('length', '0.9144', 3, 'yd', 'yds', 'yard', 'yards'),
  m2: unit(
    'area',
    '1',
    3,
    'm2',
    'm²',
    'sqm',
    'sq m',
    'qm',
    'square metre',
    'square metres',
    'square meter',
    'square meters',
  ),
  cm2: unit('area', '0.0001', 1, 'cm2', 'cm²'),
  in2: unit('area', '0.00064516', 3, 'in2', 'in²', 'sq in', 'sqin', 'square inch', 'square inches'),
  ft2: unit('area', '0.09290304', 3, 'ft2', 'ft²', 'sq ft', 'sqft', 'square foot', 'square feet'),
  yd2: unit('area', '0.83612736', 3, 'yd2', 'yd²', 'sq yd', 'sqyd', 'square yard', 'square yards'),
  l: unit('volume', '1', 3, 'l', 'ltr', 'litre', 'litres', 'liter', 'liters'),
  dl: unit('volume', '0.1', 2, 'dl', 'decilitre', 'deciliter'),
  cl: unit('volume', '0.01', 1, 'cl', 'centilitre', 'centiliter'),
  ml: unit('volume', '0.001', 0, 'ml', 'millilitre', 'millilitres', 'milliliter', 'milliliters'),
  m3: unit(
    'volume',
    '1000',
    3,
    'm3',
    'm³',
    'cbm',
    'cubic metre',
    'cubic metres',
    'cubic meter',
    'cubic meters',
  ),
  in3: unit('volume', '0.016387064', 3, 'in3', 'in³', 'cu in', 'cubic inch', 'cubic inches'),
  ft3: unit('volume', '28.316846592', 3, 'ft3', 'ft³', 'cu ft', 'cubic foot', 'cubic feet'),
  yd3: unit('volume', '764.554857984', 3, 'yd3', 'yd³', 'cu yd', 'cubic yard', 'cubic yards'),
  gal: unit('volume', '3.785411784', 3, 'gal', 'us gal', 'gallon', 'gallons'),
  qt: unit('volume', '0.946352946', 3, 'qt', 'us qt', 'quart', 'quarts'),
  pt: unit('volume', '0.473176473', 3, 'pt', 'us pt', 'pint', 'pints'),
  'fl oz': unit(
    'volume',
    '0.0295735295625',
    3,
    'fl oz',
    'floz',
    'fl. oz',
    'fl. oz.',
    'fluid ounce',
    'fluid ounces',
  ),
  h: unit('time', '1', 3, 'h', 'hr', 'hour', 'hours', 'stunde', 'stunden'),
} as const satisfies Readonly<Record<string, Unit>>;

/** A unit by its usual symbol. */
export type MeasureUnit = keyof typeof UNITS;

const BY_NAME: ReadonlyMap<string, MeasureUnit> = new Map(
  Object.entries(UNITS).flatMap(([sign, { names }]) =>
    names.map((name) => [name, sign as MeasureUnit] as const),
  ),
);

/** The unit of a product, in any spelling; undefined for pieces and for a shop's own units. */
export function measureUnitNamed(name: string): MeasureUnit | undefined {
  return BY_NAME.get(name.trim().toLowerCase());
}

/**
 * Number of a unit in one kilogram, metre, square metre, litre or hour; 1 for larger units, pieces and a shop's own units.
 *
 * @example
 * countInOne('g') // 1000
 */
export function countInOne(name: string): Decimal {
  const known = measureUnitNamed(name);
  return known === undefined ? ONE : Decimal.max(ONE, ONE.dividedBy(UNITS[known].factor));
}

/**
 * Converts a quantity to another unit, rounded half up to that unit's places (three at most). A quantity that is already in the unit is
 * only rounded to three places.
 * @returns undefined if the units have different dimensions.
 * @example convert(new Decimal('2.35'), 'lb', 'kg') // 1.066
 */
export function convert(value: Decimal, from: MeasureUnit, to: MeasureUnit): Decimal | undefined {
  if (UNITS[from].dimension !== UNITS[to].dimension) return undefined;
  const same = from === to;
  const exact = same ? value : value.times(UNITS[from].factor).dividedBy(UNITS[to].factor);
  return exact.toDecimalPlaces(same ? 3 : UNITS[to].places, Decimal.ROUND_HALF_UP);
}
