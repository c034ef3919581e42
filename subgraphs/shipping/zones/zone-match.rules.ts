/**
 * The zone of an address. Of all zones that an address is in, the one with the closest area decides: a postal code before a longer prefix
 * before a shorter one, a range like a prefix of its length, then the country, the European Union, and the rest of the world.
 */
import { isCountry } from '#kernel/countries.rules';

/** A country with some of its postal codes. */
export interface ShippingArea {
  /** ISO 3166-1 alpha-2, `EU` for its member states, or `*` for every country. */
  readonly country: string;
  /** Codes `10115`, prefixes `10*` and ranges `27498...27499`, all normalized; empty for the whole country. */
  readonly postalCodes: readonly string[];
}

/** A destination. */
export interface Destination {
  readonly country: string;
  readonly postalCode: string | null;
}

const EUROPEAN_UNION: ReadonlySet<string> = new Set([
  'AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IT', 'LT', 'LU', 'LV', 'MT', 'NL', 'PL', 'PT',
  'RO', 'SE', 'SI', 'SK',
]); // prettier-ignore

/** A postal code or a pattern in its one spelling: capitals without blanks and hyphens. */
export function normalizedPostalCode(text: string): string {
  return text.normalize('NFKC').toUpperCase().replace(/[\s-]/g, '');
}

const PATTERN = /^([A-Z0-9]{1,12})(?:(\*)|\.\.\.([A-Z0-9]{1,12}))?$/;

/** Whether a normalized text is a postal code, a prefix or a range whose ends have the same length and are in order. */
export function isPostalPattern(text: string): boolean {
  const [, from, , to] = PATTERN.exec(text) ?? [];
  return from !== undefined && (to === undefined || (to.length === from.length && from <= to));
}

/** Whether a text names a country, the European Union or the rest of the world. */
export function isAreaCountry(text: string): boolean {
  return text === '*' || text === 'EU' || isCountry(text);
}

/** The closeness of an area to an address: the higher the earlier number, the closer. */
type Closeness = readonly [level: number, length: number, exact: number, width: number];

const REST = 0;
const UNION = 1;
const COUNTRY = 2;
const POSTAL_CODE = 3;

/** Of an area; undefined if the address is not in it. */
function closeness({ country, postalCodes }: ShippingArea, to: Destination): Closeness | undefined {
  const level = levelOf(country, to.country);
  if (level === undefined) return undefined;
  if (postalCodes.length === 0) return [level, 0, 0, 0];
  if (to.postalCode === null) return undefined;
  const code = normalizedPostalCode(to.postalCode);
  return closest(postalCodes.map((pattern) => patternCloseness(pattern, code)))?.value;
}

function levelOf(area: string, country: string): number | undefined {
  if (area === country) return COUNTRY;
  if (area === 'EU') return EUROPEAN_UNION.has(country) ? UNION : undefined;
  return area === '*' ? REST : undefined;
}

function patternCloseness(pattern: string, code: string): Closeness | undefined {
  const [, from = '', prefix, to] = PATTERN.exec(pattern) ?? [];
  const start = code.slice(0, from.length);
  if (to !== undefined) {
    const inside = start.length === from.length && from <= start && start <= to;
    return inside ? [POSTAL_CODE, from.length, 0, -widthOf(from, to)] : undefined;
  }
  if (prefix !== undefined) return start === from ? [POSTAL_CODE, from.length, 0, 0] : undefined;
  return code === from ? [POSTAL_CODE, from.length, 1, 0] : undefined;
}

/** The number of codes of a range beyond its first; letters count as digits of base 36. */
function widthOf(from: string, to: string): number {
  return parseInt(to, 36) - parseInt(from, 36);
}

/** The closest of several, the first among equals; undefined if there is none. */
function closest(
  candidates: readonly (Closeness | undefined)[],
): { index: number; value: Closeness } | undefined {
  let best: { index: number; value: Closeness } | undefined;
  candidates.forEach((value, index) => {
    if (value && (!best || isCloser(value, best.value))) best = { index, value };
  });
  return best;
}

function isCloser(one: Closeness, other: Closeness): boolean {
  const place = one.findIndex((number, index) => number !== other[index]);
  return place >= 0 && one[place]! > other[place]!;
}

/** The zone of an address; among equally close ones the first. Undefined if the goods are not sent there. */
export function zoneOf<Zone extends { readonly areas: readonly ShippingArea[] }>(
  zones: readonly Zone[],
  to: Destination,
): Zone | undefined {
  const best = closest(zones.map(({ areas }) => closest(areas.map((area) => closeness(area, to)))?.value));
  return best && zones[best.index];
}

/** The places of a zone as texts, to compare them: "DE 10*". */
export function placesOf(areas: readonly ShippingArea[]): string[] {
  return areas.flatMap(({ country, postalCodes }) =>
    postalCodes.length === 0 ? [country] : postalCodes.map((pattern) => `${country} ${pattern}`),
  );
}
