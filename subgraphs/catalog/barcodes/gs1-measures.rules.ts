/**
 * Quantities and prices in GS1 elements. Source: GS1 General Specifications, section 3.6 (measures: 3.6.2 trade
 * measures, 3.6.3 logistic measures), and sections 3.5.1 (30), 3.9.5 to 3.9.10 (390n to 395n).
 */
import { Decimal } from '#kernel/decimal';
import type { GS1Element } from './gs1-elements.rules';
import type { MeasureUnit } from './measure-units.rules';

/**
 * trade: the quantity by which goods are sold. side: a width or height, which alone is not a quantity. logistic: gross weight and outer
 * sizes, by which goods are never priced.
 */
export type MeasureRole = 'trade' | 'side' | 'logistic';

/** A measure in an element. */
export interface ElementMeasure {
  readonly identifier: string;
  readonly role: MeasureRole;
  /** Undefined for a count of pieces. */
  readonly unit: MeasureUnit | 'kg/m2' | undefined;
  readonly value: Decimal;
}

/** An amount of money in an element. */
export interface ElementAmount {
  readonly identifier: string;
  readonly value: Decimal;
  /** Number of its currency in ISO 4217; undefined for the till's own currency. */
  readonly currencyNumber?: string;
}

/** Quantities and prices of a code. */
export interface ElementContent {
  readonly measures: readonly ElementMeasure[];
  /** Total price of the goods. */
  readonly amount?: ElementAmount | undefined;
  /** Price of one unit of their measure. */
  readonly unitPrice?: ElementAmount | undefined;
  /** An identifier that does not belong to goods sold at a till, and its meaning. */
  readonly foreign?: { readonly identifier: string; readonly meaning: string } | undefined;
}

/** Units by the first three digits, in the order of the table of the General Specifications; the fourth digit is the number of decimal places. */
const UNITS_BY_ROLE: Readonly<Record<MeasureRole, Readonly<Record<string, MeasureUnit | 'kg/m2'>>>> = {
  trade: {
    310: 'kg', 311: 'm', 314: 'm2', 315: 'l', 316: 'm3', 320: 'lb', 321: 'in', 322: 'ft', 323: 'yd', 350: 'in2', 351: 'ft2', 352: 'yd2',
    356: 'tr oz', 357: 'oz', 360: 'qt', 361: 'gal', 364: 'in3', 365: 'ft3', 366: 'yd3',
  },
  side: { 312: 'm', 313: 'm', 324: 'in', 325: 'ft', 326: 'yd', 327: 'in', 328: 'ft', 329: 'yd' },
  logistic: {
    330: 'kg', 331: 'm', 332: 'm', 333: 'm', 334: 'm2', 335: 'l', 336: 'm3', 337: 'kg/m2', 340: 'lb', 341: 'in', 342: 'ft', 343: 'yd',
    344: 'in', 345: 'ft', 346: 'yd', 347: 'in', 348: 'ft', 349: 'yd', 353: 'in2', 354: 'ft2', 355: 'yd2', 362: 'qt', 363: 'gal',
    367: 'in3', 368: 'ft3', 369: 'yd3',
  },
}; // prettier-ignore

const MEASURES: ReadonlyMap<string, Pick<ElementMeasure, 'role' | 'unit'>> = new Map(
  (Object.keys(UNITS_BY_ROLE) as MeasureRole[]).flatMap((role) =>
    Object.entries(UNITS_BY_ROLE[role]).map(([start, unit]) => [start, { role, unit }] as const),
  ),
);

/** Identifiers of money and counts that do not belong to goods at a till, by their first digits. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['02', 'the content of a logistic unit'],
  ['37', 'a count of goods in a logistic unit'],
  ['390', 'the amount of a payment slip or coupon'],
  ['391', 'the amount of a payment slip or coupon'],
  ['394', 'the percentage of a coupon'],
  ['8005', 'a price per unit without stated places'],
];

/** The quantities and prices in elements; undefined if there are none. */
export function contentOf(elements: readonly GS1Element[]): ElementContent | undefined {
  const measures = elements.flatMap(measureOf);
  const amount = elements
    .filter(({ identifier }) => identifier.startsWith('392') || identifier.startsWith('393'))
    .map(amountOf);
  const unitPrice = elements.filter(({ identifier }) => identifier.startsWith('395')).map(amountOf)[0];
  const foreign = elements.flatMap(foreignOf)[0] ?? twice(measures, amount);
  if (measures.length === 0 && amount.length === 0 && !unitPrice && !foreign) return undefined;
  return { measures, amount: amount[0], unitPrice, foreign };
}

function measureOf({ identifier, data }: GS1Element): ElementMeasure[] {
  if (identifier === '30') return [{ identifier, role: 'trade', unit: undefined, value: new Decimal(data) }];
  const known = MEASURES.get(identifier.slice(0, 3));
  return known ? [{ identifier, ...known, value: withPlaces(data, identifier) }] : [];
}

function amountOf({ identifier, data }: GS1Element): ElementAmount {
  if (!identifier.startsWith('393')) return { identifier, value: withPlaces(data, identifier) };
  return { identifier, value: withPlaces(data.slice(3), identifier), currencyNumber: data.slice(0, 3) };
}

function foreignOf({ identifier }: GS1Element) {
  const found = FOREIGN.find(([start]) => identifier.startsWith(start));
  return found ? [{ identifier, meaning: found[1] }] : [];
}

/** GS1 permits each measure once, and one amount. Of two different values, either could be right. */
function twice(measures: readonly ElementMeasure[], amounts: readonly ElementAmount[]) {
  const keys = [
    ...measures.map((one) => [one, one.identifier.slice(0, 3)] as const),
    ...amounts.map((one) => [one, 'amount'] as const),
  ];
  for (const [index, [one, key]] of keys.entries()) {
    const other = keys
      .slice(0, index)
      .find(([known, knownKey]) => knownKey === key && !known.value.equals(one.value));
    if (other)
      return { identifier: one.identifier, meaning: `another value than that of AI ${other[0].identifier}` };
  }
  return undefined;
}

/** The identifier's last digit is the number of decimal places in the data. */
function withPlaces(digits: string, identifier: string): Decimal {
  return new Decimal(digits).dividedBy(new Decimal(10).pow(Number(identifier[3])));
}
