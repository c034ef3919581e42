/** Shared rules for product exports of other systems. */
import { parseDecimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import type { ImportColumn, NumberedProduct, RawProduct } from './product-columns.rules';
import { textOfHtml } from '#kernel/import/html-text.rules';
import { remark, type ExportSystem } from '#kernel/import/system-export';
import { cellText, type CellValue } from '#kernel/import/table-file';

export type ProductSystem = ExportSystem<ImportColumn>;

/** A variant of an export. */
export interface SystemVariant {
  readonly row: number;
  readonly cells: RawProduct;
  /** Option values by the name of the option. */
  readonly options: ReadonlyMap<string, string>;
  readonly remarks: readonly FieldError[];
  readonly fault?: FieldError | undefined;
}

const MAX_SKU = 64;

/** The SKU of a variant, or one generated from the system's own identifiers, so that the same file matches it again. */
export function skuOr(
  sku: CellValue | undefined,
  ...parts: readonly string[]
): { sku: CellValue; remarks: FieldError[] } {
  if (sku !== undefined) return { sku, remarks: [] };
  const made = parts
    .filter((part) => part !== '')
    .join('-')
    .replace(/\s+/g, '-')
    .slice(0, MAX_SKU);
  return { sku: made, remarks: [remark('sku', `The export names no SKU here; "${made}" is used.`)] };
}

/** The rows of a product and its variants. The product's own values are in the first row; the others name its SKU. */
export function productRows(
  product: RawProduct,
  variants: readonly SystemVariant[],
  options: readonly [string, readonly string[]][],
): NumberedProduct[] {
  const [first] = variants;
  if (!first) return [];
  return variants.map((variant): NumberedProduct => {
    const own = options.length === 0 ? {} : { options: Object.fromEntries(variant.options) };
    const ofProduct = {
      ...product,
      ...(options.length === 0
        ? {}
        : { productOptions: options.map(([name, values]) => ({ name, values })) }),
    };
    const cells =
      variant === first
        ? { ...ofProduct, ...variant.cells, ...own }
        : { ...variant.cells, ...own, parentSku: first.cells.sku };
    const { row, remarks, fault } = variant;
    return { row, cells, remarks, fromSystem: true, ...(fault ? { fault } : {}) };
  });
}

/** The options of a product with all values of its variants, in the order of their occurrence. */
export function optionsOf(variants: readonly Pick<SystemVariant, 'options'>[]): [string, string[]][] {
  const values = new Map<string, Set<string>>();
  for (const { options } of variants) {
    for (const [name, value] of options) values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  return [...values].map(([name, set]) => [name, [...set]]);
}

/** The initial stock of a variant; zero for a negative stock, of which the system has sold more than it had. */
export function openingStock(quantity: CellValue | undefined): {
  stock: CellValue | undefined;
  remarks: FieldError[];
} {
  const value = quantity === undefined ? undefined : parseDecimal(cellText(quantity));
  if (!value?.isNegative() || value.isZero()) return { stock: quantity, remarks: [] };
  return {
    stock: '0',
    remarks: [remark('initialStock', `The initial stock cannot be ${value.toFixed()}; it is 0.`)],
  };
}

/** The warning for an item that is not taxed in the other system. */
export function untaxed(system: string): FieldError {
  return remark(
    'taxClass',
    `The item is not taxed in ${system}; it gets the default tax class. Set a tax class of 0 % if it needs one.`,
  );
}

const MAX_DESCRIPTION = 10_000;

/** A description without markup, cut to the maximum length. */
export function descriptionOf(html: string): string {
  return textOfHtml(html).slice(0, MAX_DESCRIPTION);
}
