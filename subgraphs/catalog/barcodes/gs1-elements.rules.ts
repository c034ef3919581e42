/**
 * Parses GS1 element strings and Digital Links into application identifiers and their data. Sources: GS1 General
 * Specifications, sections 3.2 and 7.8; GS1 Digital Link Standard: URI Syntax 1.4.
 */
import { isGtin } from './gtin.rules';
import { identifierAt, identifierNamed } from './gs1-identifiers.rules';

/** GS1's separator between element strings, as scanners send it (FNC1 becomes ASCII 29). */
const FNC1 = '\u001d';

/**
 * Substitutes for FNC1, for keyboards and terminals that cannot send ASCII 29. Data may not contain any of them (General
 * Specifications, section 7.11), so they cannot mean anything else.
 */
const WRITTEN_FNC1 = /\{(?:GS|FNC1)\}|[\u241d^|]/gi;

/** One GS1 element: an application identifier and its data. */
export interface GS1Element {
  readonly identifier: string;
  readonly data: string;
}

/**
 * Parses a GS1 element string, either with the identifiers in parentheses as people write it, or with FNC1 as scanners send it, and
 * without a symbology identifier in front.
 * @returns undefined if the text is not an element string: an unknown identifier, data that does not fit its identifier, or the
 * same identifier twice with different data.
 */
export function parseElements(text: string): GS1Element[] | undefined {
  const elements = text.startsWith('(')
    ? parseWritten(text.replaceAll(FNC1, ''))
    : parseScanned(text.replace(WRITTEN_FNC1, FNC1));
  return elements && checkedElements(elements);
}

function parseWritten(code: string): GS1Element[] | undefined {
  if (!/^(?:\(\d{2,4}\)[^()]+)+$/.test(code)) return undefined;
  return [...code.matchAll(/\((\d{2,4})\)([^()]+)/g)].map((match) => ({
    identifier: match[1]!,
    data: match[2]!.trim(),
  }));
}

function parseScanned(code: string): GS1Element[] | undefined {
  const elements: GS1Element[] = [];
  let from = code.startsWith(FNC1) ? 1 : 0;
  while (from < code.length) {
    const known = identifierAt(code.slice(from, from + 4));
    if (!known) return undefined;
    from += known.identifier.length;
    const separator = code.indexOf(FNC1, from);
    const to =
      known.predefinedLength === undefined
        ? separator < 0
          ? code.length
          : separator
        : from + known.predefinedLength;
    elements.push({ identifier: known.identifier, data: code.slice(from, to) });
    // Only data of variable length needs the separator, but some printers always set it.
    from = code[to] === FNC1 ? to + 1 : to;
  }
  return elements;
}

function checkedElements(elements: readonly GS1Element[]): GS1Element[] | undefined {
  const byIdentifier = new Map<string, GS1Element>();
  for (const element of elements) {
    const { identifier, data } = element;
    if (!identifierNamed(identifier)?.format.test(data)) return undefined;
    const twin = byIdentifier.get(identifier);
    if (twin && twin.data !== data) return undefined;
    byIdentifier.set(identifier, element);
  }
  return byIdentifier.size > 0 ? [...byIdentifier.values()] : undefined;
}

/** Names that Digital Links before version 1.2 had instead of the identifiers' digits. */
const ALPHAS: Readonly<Record<string, string>> = {
  gtin: '01',
  cpv: '22',
  lot: '10',
  ser: '21',
  exp: '17',
  sscc: '00',
};

/** Identifiers that may follow a GTIN in the path. */
const QUALIFIERS: ReadonlySet<string> = new Set(['22', '10', '21', '235']);

/** More than a GTIN, its three qualifiers and a long path in front of them need. */
const MAX_PATH_PARTS = 50;

/** Whether a text is a web address. No other kind of barcode text is one. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/**
 * Parses a GS1 Digital Link: any domain, any path before the GTIN, further identifiers in path and query.
 * @returns undefined if the text is not a web address or has no readable GTIN; compressed links are not supported.
 */
export function parseDigitalLink(text: string): GS1Element[] | undefined {
  if (!isWebAddress(text)) return undefined;
  const { pathname, search } = new URL(text);
  const parts = pathname.replace(/\/+$/, '').split('/').map(decoded);
  if (parts.length > MAX_PATH_PARTS) return undefined;
  const path = parts.flatMap((part, index) => {
    const elements = digitsOf(part) === '01' ? pathElements(parts.slice(index)) : undefined;
    return elements ? [elements] : [];
  })[0];
  return path && checkedElements([...path, ...queryElements(search)]);
}

/** Alternating identifiers and data, the GTIN first; undefined for anything else. */
function pathElements(parts: readonly (string | undefined)[]): GS1Element[] | undefined {
  const [, gtin, ...rest] = parts;
  if (gtin === undefined || !isGtin(gtin)) return undefined;
  const elements: GS1Element[] = [{ identifier: '01', data: gtin.padStart(14, '0') }];
  for (let index = 0; index < rest.length; index += 2) {
    const identifier = digitsOf(rest[index]);
    const data = rest[index + 1];
    if (!identifier || !data || !QUALIFIERS.has(identifier)) return undefined;
    elements.push({ identifier, data });
  }
  return elements;
}

/** The identifiers in the query. Other parameters, such as linkType, are not for PosPro. */
function queryElements(search: string): GS1Element[] {
  return search.slice(1).split(/[&;]/).flatMap((pair) => {
    const at = pair.indexOf('=');
    const identifier = at < 0 ? undefined : digitsOf(pair.slice(0, at));
    const data = decoded(pair.slice(at + 1));
    return identifier !== undefined && identifier !== '01' && data ? [{ identifier, data }] : [];
  }); // prettier-ignore
}

function digitsOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  return /^\d{2,4}$/.test(name) ? name : ALPHAS[name.toLowerCase()];
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // A stray "%" names nothing.
  }
}
