/** How names, SKUs and codes are compared: pure rules, so that the database's collation has no say in what is the same. */

/** The form in which SKUs are compared: "demo-0001 " and "DEMO-0001" are the same SKU. */
export function skuKey(sku: string): string {
  return nameKey(sku);
}

/** The form in which names of categories, brands and tax classes are compared. */
export function nameKey(name: string): string {
  return cleanName(name).toLowerCase();
}

/**
 * A name as it is stored: composed characters, single blanks, none at the ends. Control characters become blanks and halves of
 * surrogate pairs the replacement character: PostgreSQL takes neither.
 */
export function cleanName(name: string): string {
  return cleanText(name).replace(/[\s\p{Cc}]+/gu, ' ').trim(); // prettier-ignore
}

/** The same for a text of several lines, whose blanks and line breaks stay as they are. */
export function cleanText(text: string): string {
  return text.normalize('NFC').replaceAll('\0', ' ').replace(/\p{Surrogate}/gu, '\ufffd').trim(); // prettier-ignore
}

/** What stands between the names in a category's path. */
export const PATH_SEPARATOR = ' > ';

/** The names along a category path, from the root; blank ones are left out. */
export function pathParts(path: string): string[] {
  return path.split('>').map(cleanName).filter((part) => part !== ''); // prettier-ignore
}

/** The path of names, as it is stored and shown: "Food > Dairy". */
export function joinPath(parts: readonly string[]): string {
  return parts.join(PATH_SEPARATOR);
}

/** The form in which paths are compared, however the separators were typed. */
export function pathKey(path: string): string {
  return nameKey(joinPath(pathParts(path)));
}

/** The most words of a search that count; more would only make it slower. */
const MAX_SEARCH_WORDS = 8;

/** The words of a search as they are looked for: lower case, without blanks and without the signs that LIKE understands. */
export function searchWords(text: string): string[] {
  const words = nameKey(text).replace(/[%_\\]/g, ' ').split(' ').filter((word) => word !== ''); // prettier-ignore
  return words.slice(0, MAX_SEARCH_WORDS);
}

/** The text under which a product is found: its name, variant names, SKUs and barcodes, a blank before each word. */
export function searchText(parts: readonly (string | null | undefined)[]): string {
  return ` ${[...new Set(parts.filter((part) => part != null).map(nameKey))].join(' ')}`;
}
