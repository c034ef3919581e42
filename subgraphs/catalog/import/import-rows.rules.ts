/** Reads the rows of a spreadsheet, or the items of a JSON body, as checked drafts. */
import { cleanName } from '#kernel/clean-text.rules';
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { jsonErrors } from '#kernel/graph/input-errors';
import { isUuid } from '#kernel/ids';
import { storableJson } from '#kernel/texts.rules';
import type { FieldErrors } from '#kernel/validation';
import {
  checkedBarcodes,
  checkedDescription,
  checkedImageUrl,
  checkedMinimumAge,
  checkedName,
  checkedOptions,
  checkedPrice,
  checkedQuantity,
  checkedSku,
} from '../products/product-validators.rules';
import { sizeFields } from '../products/product-input.rules';
import { canonicalBarcode } from '../barcodes/normalize-barcode.rules';
import { checkedUnit } from '../products/units.rules';
import type { GivenBarcodes } from '../barcodes/barcode-candidates.rules';
import { CellReader } from '#kernel/import/cell-reader.rules';
import type { ImportColumn, NumberedProduct } from './product-columns.rules';
import { skuKey } from '../normalize.rules';
import { oneMark, type NumberRules } from '#kernel/import/number-marks.rules';
import { checkedProductOptions, type ProductOption } from '../products/options.rules';
import type { ProductFields, VariantFields } from '../products/update-products';

/** Initial stock of a new product; the warehouse by id, name or code. */
export interface StockDraft {
  readonly warehouse: string | null;
  readonly quantity: Decimal;
}

/** A row as read. Whether it creates or changes a product depends on the catalogue. */
export interface RowDraft {
  readonly row: number;
  readonly productId: string | undefined;
  readonly variantId: string | undefined;
  readonly sku: string | undefined;
  /** SKU of the default variant of its product, if the row is another variant. */
  readonly parentSku: string | undefined;
  readonly barcodes: GivenBarcodes | undefined;
  readonly product: ProductFields;
  readonly variant: VariantFields;
  readonly category: string | undefined;
  readonly brand: string | undefined;
  readonly taxClass: string | undefined;
  readonly stock: readonly StockDraft[];
  readonly errors: readonly FieldError[];
  /** Warnings, which do not prevent the import of the row. */
  readonly warnings: readonly FieldError[];
  /** Whether the row is from another system, whose tax classes and warehouses may not exist in PosPro. */
  readonly fromSystem: boolean;
}

/** Settings for all rows of a file. */
export interface RowSettings {
  readonly decimalComma?: boolean;
  /** Rules for its numbers. Optional; takes precedence over `decimalComma`. */
  readonly numbers?: NumberRules;
  /** The precision of the organization's own units, by key. */
  readonly units?: ReadonlyMap<string, number>;
}

/** Reads one row. Errors are collected, never thrown: an invalid row fails alone. */
export function readRow(
  numbered: NumberedProduct,
  { decimalComma = false, units, numbers }: RowSettings = {},
): RowDraft {
  const read = new RowReader(numbered, numbers ?? oneMark(decimalComma ? 'comma' : 'point'), CODE_COLUMNS);
  const { faults } = read;
  const sku = read.text('sku');
  const parentSku = read.text('parentSku');
  return {
    row: numbered.row,
    productId: read.id('productId') ?? read.id('id'),
    variantId: read.id('variantId'),
    sku: sku === undefined ? undefined : checkedSku(faults, 'sku', sku),
    parentSku:
      parentSku !== undefined && (sku === undefined || skuKey(parentSku) !== skuKey(sku))
        ? parentSku
        : undefined,
    variant: variantFields(read, faults),
    product: productFields(read, faults, units),
    barcodes: read.barcodes(),
    category: read.name('category', 500),
    brand: read.name('brand', 100),
    taxClass: read.text('taxClass'),
    stock: read.stock(),
    errors: read.errors,
    warnings: read.warnings,
    fromSystem: numbered.fromSystem ?? false,
  };
}

function variantFields(read: RowReader, faults: FieldErrors): VariantFields {
  const price = read.decimal('price');
  const cost = read.decimal('cost');
  const name = read.text('variantName');
  const options = read.options();
  const active = read.flag('variantActive');
  const sizes = {
    weight: read.decimal('weight'),
    length: read.decimal('length'),
    width: read.decimal('width'),
    height: read.decimal('height'),
  };
  return {
    ...(active === undefined ? {} : { active }),
    ...(price === undefined ? {} : { price: checkedPrice(faults, 'price', price) }),
    ...(cost === undefined ? {} : { cost: checkedPrice(faults, 'cost', cost) }),
    ...sizeFields(faults, '', sizes),
    ...(name === undefined ? {} : { name: checkedName(faults, 'variantName', name, 100) }),
    ...(options === undefined ? {} : { options }),
  };
}

function productFields(read: RowReader, faults: FieldErrors, units: RowSettings['units']): ProductFields {
  const name = read.text('name');
  const description = read.text('description');
  const imageUrl = read.text('imageUrl');
  const active = read.flag('active');
  const trackStock = read.flag('trackStock');
  const minimumAge = read.decimal('minimumAge')?.toNumber();
  const options = read.productOptions();
  return {
    ...(name === undefined ? {} : { name: checkedName(faults, 'name', name) }),
    ...(description === undefined
      ? {}
      : { description: checkedDescription(faults, 'description', description) }),
    ...(imageUrl === undefined ? {} : { imageUrl: checkedImageUrl(faults, 'imageUrl', imageUrl) }),
    ...measureOf(read, faults, units),
    ...(active === undefined ? {} : { active }),
    ...(trackStock === undefined ? {} : { trackStock }),
    ...(minimumAge === undefined ? {} : { minimumAge: checkedMinimumAge(faults, 'minimumAge', minimumAge) }),
    ...(options === undefined ? {} : { options }),
    ...read.optionalId('categoryId'),
    ...read.optionalId('brandId'),
    ...read.optionalId('vendorId'),
  };
}

function measureOf(
  read: RowReader,
  faults: FieldErrors,
  units: RowSettings['units'],
): Pick<ProductFields, 'unit' | 'quantityPlaces'> {
  const unit = read.text('unit');
  const places = read.decimal('quantityPlaces')?.toNumber();
  const measure = checkedUnit(faults, 'unit', unit, places, units);
  if (unit !== undefined) return measure;
  return places === undefined ? {} : { quantityPlaces: places };
}

/** Columns with the id of something that a product belongs to. */
type NamedId = 'categoryId' | 'brandId' | 'vendorId';

const CODE_COLUMNS: ReadonlySet<ImportColumn> = new Set(['sku', 'parentSku', 'barcode', 'barcodes']);

class RowReader extends CellReader<ImportColumn> {
  name(column: ImportColumn, max: number): string | undefined {
    const text = this.text(column);
    return text === undefined ? undefined : checkedName(this.faults, column, text, max);
  }

  /** An id; a text that is not a UUID matches nothing, as any unknown id. */
  id(column: ImportColumn): string | undefined {
    const text = this.text(column)?.toLowerCase();
    if (text === undefined || isUuid(text)) return text;
    this.faults.add(column, `There is nothing with the id "${text.slice(0, 40)}".`, 'NOT_FOUND');
    return undefined;
  }

  optionalId(column: NamedId): Partial<Record<NamedId, string>> {
    const id = this.id(column);
    return id === undefined ? {} : { [column]: id };
  }

  /** `barcodes` has several, as a list or separated by a vertical bar; `barcode` has one. */
  barcodes(): GivenBarcodes | undefined {
    const list = this.cells.barcodes;
    const several = Array.isArray(list) ? list.map(String) : this.text('barcodes')?.split('|');
    const one = this.text('barcode');
    if (several === undefined && one === undefined) return undefined;
    const texts = checkedBarcodes(this.faults, 'barcode', [
      ...(one === undefined ? [] : [one]),
      ...(several ?? []),
    ]);
    return { texts, firstOnly: several === undefined };
  }

  /** JSON, as text or as a value; undefined for an empty cell. */
  private json(column: ImportColumn): unknown {
    const value = this.cells[column];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') return value;
    try {
      const parsed: unknown = JSON.parse(value);
      const [fault] = jsonErrors(parsed, [column], column);
      if (!fault) return storableJson(parsed, column);
      this.faults.add(fault.field, fault.message, fault.code);
      return undefined;
    } catch {
      this.faults.add(column, 'Is not JSON.', 'TYPE');
      return undefined;
    }
  }

  options(): Record<string, string> | undefined {
    const value = this.json('options');
    return value === undefined ? undefined : checkedOptions(this.faults, 'options', value);
  }

  /** In JSON: `[{"name": "color", "values": ["red", "blue"]}]`. */
  productOptions(): ProductOption[] | undefined {
    const value = this.json('productOptions');
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every(isProductOption))
      return checkedProductOptions(this.faults, 'productOptions', value);
    this.faults.add(
      'productOptions',
      'Must be a list such as [{"name": "color", "values": ["red"]}].',
      'TYPE',
    );
    return undefined;
  }

  /** A quantity and the column `warehouse`; in JSON also a list of {warehouse_id, quantity}. */
  stock(): StockDraft[] {
    const value = this.cells.initialStock;
    if (Array.isArray(value)) return value.flatMap((entry: unknown, index) => this.stockEntry(entry, index));
    const quantity = this.decimal('initialStock');
    if (quantity === undefined) return [];
    return [
      {
        warehouse: this.warehouse(this.text('warehouse')),
        quantity: checkedQuantity(this.faults, 'initialStock', quantity),
      },
    ];
  }

  private stockEntry(entry: unknown, index: number): StockDraft[] {
    const fields = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    const field = `initialStock.${index}.quantity`;
    const { quantity: given } = fields;
    if (given === undefined || given === null) this.faults.add(field, 'Is not a number.', 'NUMBER');
    const quantity =
      given === undefined || given === null ? undefined : this.amount('initialStock', field, given);
    if (!quantity) return [];
    const warehouse = fields.warehouseId ?? fields.warehouse_id ?? fields.warehouse;
    checkedQuantity(this.faults, field, quantity);
    return [{ warehouse: this.warehouse(typeof warehouse === 'string' ? warehouse : undefined), quantity }];
  }

  private warehouse(text: string | undefined): string | null {
    const name = cleanName(text ?? '');
    return name === '' ? null : name;
  }
}

function isProductOption(value: unknown): value is ProductOption {
  const { name, values } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Partial<ProductOption>;
  return typeof name === 'string' && Array.isArray(values) && values.every((one) => typeof one === 'string');
}

/** The keys that identify a row in its file: its SKU, or its barcodes if it has none. */
export function keysOf(draft: RowDraft): string[] {
  if (draft.sku !== undefined) return [`sku ${skuKey(draft.sku)}`];
  return (draft.barcodes?.texts ?? []).map((text) => `barcode ${canonicalBarcode(text)}`);
}

/** Whether the cells of a row are in their columns; otherwise their values mean nothing. */
export function isReadable(draft: RowDraft): boolean {
  return !draft.errors.some(({ field }) => field === 'row');
}
