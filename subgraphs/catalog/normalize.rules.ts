/** The forms in which names, SKUs and codes are compared. */
import { cleanName } from '#kernel/clean-text.rules';
import { nameKey } from '#kernel/fold-text.rules';

/** The form in which SKUs are compared: "demo-0001 ", "DEMO-0001" and the same in full-width letters are one SKU. */
export function skuKey(sku: string): string {
  return nameKey(sku);
}

/** Separator of the names in a category's path. */
export const PATH_SEPARATOR = ' > ';

/** The names along a category path, from the root, without blank ones. */
export function pathParts(path: string): string[] {
  return path
    .split('>')
    .map(cleanName)
    .filter((part) => part !== '');
}

/** The path of names, as it is stored and shown: "Food > Dairy". */
export function joinPath(parts: readonly string[]): string {
  return parts.join(PATH_SEPARATOR);
}

/** The form in which paths are compared, with separators in any spelling. */
export function pathKey(path: string): string {
  return nameKey(joinPath(pathParts(path)));
}
