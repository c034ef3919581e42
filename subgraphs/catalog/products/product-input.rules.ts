/** Checks a caller's input about products and variants, and maps it to fields. */
import { ZERO, type Decimal } from '#kernel/decimal';
import type { GivenBarcodes } from '../barcodes/barcode-candidates.rules';
import type { ProductFields, VariantFields } from './update-products';
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
  checkedSize,
  checkedSku,
  checkedVendorId,
} from './product-validators.rules';
import { checkedUnit } from './units.rules';
import type {
  CreateProductInput,
  CreateVariantInput,
  InitialStockInput,
  UpdateProductInput,
  UpdateVariantInput,
} from '../inputs.generated';
import { checkedProductOptions } from './options.rules';

/** A variant to create. */
export interface VariantDraft {
  /** Its path in the input with a trailing point: "" or "variants.0.". */
  readonly path: string;
  /** Undefined if one has to be generated. */
  readonly sku: string | undefined;
  readonly name: string | null;
  readonly options: Readonly<Record<string, string>>;
  readonly barcodes: readonly string[];
  readonly price: Decimal;
  readonly cost: Decimal | null;
  readonly weight: Decimal | null;
  readonly length: Decimal | null;
  readonly width: Decimal | null;
  readonly height: Decimal | null;
  readonly active: boolean;
  readonly initialStock: readonly InitialStockInput[];
}

/** Maximum number of variants of a new product. */
const MAX_VARIANTS = 500;

/**
 * The variants of a new product, the default variant first. Without a list there is one, made of the product's own SKU, barcode, price and
 * cost. With a list, a SKU or barcode of the product makes an additional default variant; otherwise the listed variant with `isDefault`
 * is the default, or else the first. The product's price and cost apply to variants without their own.
 */
export function variantDrafts(faults: FieldErrors, input: CreateProductInput): VariantDraft[] {
  const { variants, sku, barcode, barcodes, price, cost, initialStock } = input;
  if (variants && variants.length > MAX_VARIANTS)
    faults.add('variants', `A product has at most ${MAX_VARIANTS} variants.`, 'LENGTH');
  const listed = (variants ?? []).slice(0, MAX_VARIANTS).map((variant, index) =>
    variantDraft(faults, `variants.${index}.`, {
      ...variant,
      price: variant.price ?? price,
      cost: variant.cost ?? cost,
    }),
  );
  if (listed.length > 0 && sku == null && barcode == null && barcodes == null) {
    if (initialStock?.length)
      faults.add('initialStock', 'Set the initial stock of each variant at the variant.');
    const first = Math.max(
      0,
      (variants ?? []).findIndex((variant) => variant.isDefault === true),
    );
    return [listed[first]!, ...listed.filter((_, index) => index !== first)];
  }
  return [variantDraft(faults, '', { sku, barcode, barcodes, price, cost, initialStock }), ...listed];
}

/** A new variant. @param path its path in the input with a trailing point, or "". */
export function variantDraft(faults: FieldErrors, path: string, input: CreateVariantInput): VariantDraft {
  const { price, cost } = input;
  if (price == null) faults.add(`${path}price`, 'Is missing.', 'REQUIRED');
  else checkedPrice(faults, `${path}price`, price);
  if (cost != null) checkedPrice(faults, `${path}cost`, cost);
  const stock = input.initialStock ?? [];
  stock.forEach((row, index) =>
    checkedQuantity(faults, `${path}initialStock.${index}.quantity`, row.quantity),
  );
  return {
    path,
    sku:
      input.sku == null || input.sku.trim() === '' ? undefined : checkedSku(faults, `${path}sku`, input.sku),
    name:
      input.name == null || input.name.trim() === ''
        ? null
        : checkedName(faults, `${path}name`, input.name, 100),
    options: checkedOptions(faults, `${path}options`, input.options),
    barcodes: givenBarcodes(faults, path, input)?.texts ?? [],
    // A missing price is already an error, so this zero is never written.
    price: price ?? ZERO,
    cost: cost ?? null,
    ...NO_SIZES,
    ...sizeFields(faults, path, input),
    active: input.active ?? true,
    initialStock: stock,
  };
}

const SIZES = ['weight', 'length', 'width', 'height'] as const;
type Sizes = Pick<VariantDraft, (typeof SIZES)[number]>;
const NO_SIZES: Sizes = { weight: null, length: null, width: null, height: null };

/** The weight and the dimensions, as far as they are in the input. */
export function sizeFields(
  faults: FieldErrors,
  path: string,
  input: Partial<Readonly<Record<keyof Sizes, Decimal | null | undefined>>>,
): Partial<Sizes> {
  return Object.fromEntries(
    SIZES.flatMap((field) => {
      const value = input[field];
      if (value === undefined) return [];
      return [[field, value === null ? null : checkedSize(faults, `${path}${field}`, value)]];
    }),
  );
}

/** The given barcodes; undefined without any. Null or "" as the single barcode removes the first. */
function givenBarcodes(
  faults: FieldErrors,
  path: string,
  input: Pick<CreateVariantInput, 'barcode' | 'barcodes'>,
): GivenBarcodes | undefined {
  const { barcode, barcodes } = input;
  if (barcodes !== undefined)
    return { texts: checkedBarcodes(faults, `${path}barcodes`, barcodes ?? []), firstOnly: false };
  if (barcode === undefined) return undefined;
  return {
    texts: checkedBarcodes(faults, `${path}barcode`, barcode === null ? [] : [barcode]),
    firstOnly: true,
  };
}

/**
 * The product's own fields in the input, except for the tax class, which must be looked up.
 * @param units the precision of the organization's own units, by key.
 */
export function productFields(
  faults: FieldErrors,
  input: UpdateProductInput,
  units?: ReadonlyMap<string, number>,
): ProductFields {
  const { name, description, categoryId, brandId, imageUrl, active, trackStock, minimumAge, options } = input;
  const { giftCardPurpose, vendorId } = input;
  if (name === null) faults.add('name', 'Must not be empty.', 'REQUIRED');
  return {
    ...(name == null ? {} : { name: checkedName(faults, 'name', name) }),
    ...(description === undefined
      ? {}
      : { description: checkedDescription(faults, 'description', description) }),
    ...(categoryId === undefined ? {} : { categoryId: lowerCase(categoryId) }),
    ...(brandId === undefined ? {} : { brandId: lowerCase(brandId) }),
    ...(vendorId === undefined ? {} : { vendorId: checkedVendorId(faults, vendorId) }),
    ...(imageUrl === undefined ? {} : { imageUrl: checkedImageUrl(faults, 'imageUrl', imageUrl) }),
    ...measureFields(faults, input, units),
    ...(active == null ? {} : { active }),
    ...(trackStock == null ? {} : { trackStock }),
    ...(minimumAge === undefined ? {} : { minimumAge: checkedMinimumAge(faults, 'minimumAge', minimumAge) }),
    ...(giftCardPurpose === undefined ? {} : { giftCardPurpose }),
    ...(options === undefined ? {} : { options: checkedProductOptions(faults, 'options', options ?? []) }),
  };
}

/** The unit and its precision, as far as they are in the input. */
function measureFields(
  faults: FieldErrors,
  { unit, quantityPlaces }: UpdateProductInput,
  units: ReadonlyMap<string, number> | undefined,
): Pick<ProductFields, 'unit' | 'quantityPlaces'> {
  if (unit != null) return checkedUnit(faults, 'unit', unit, quantityPlaces, units);
  if (quantityPlaces == null) return {};
  checkedUnit(faults, 'unit', undefined, quantityPlaces);
  return { quantityPlaces };
}

/** An id in the spelling of the database; null for an empty one, as forms send it. */
function lowerCase(id: string | null): string | null {
  const text = id?.trim().toLowerCase() ?? '';
  return text === '' ? null : text;
}

/** The variant's fields in the input. */
export function variantFields(
  faults: FieldErrors,
  input: UpdateVariantInput,
): { variant: VariantFields; barcodes: GivenBarcodes | undefined } {
  const { sku, name, options, price, cost, active } = input;
  if (sku === null) faults.add('sku', 'Must not be empty.', 'REQUIRED');
  if (price === null) faults.add('price', 'Must not be empty.', 'REQUIRED');
  const variant: VariantFields = {
    ...(sku == null ? {} : { sku: checkedSku(faults, 'sku', sku) }),
    ...(name === undefined
      ? {}
      : { name: name === null || name.trim() === '' ? null : checkedName(faults, 'name', name, 100) }),
    ...(options === undefined ? {} : { options: checkedOptions(faults, 'options', options) }),
    ...(price == null ? {} : { price: checkedPrice(faults, 'price', price) }),
    ...(cost === undefined ? {} : { cost: cost === null ? null : checkedPrice(faults, 'cost', cost) }),
    ...sizeFields(faults, '', input),
    ...(active == null ? {} : { active }),
  };
  return { variant, barcodes: givenBarcodes(faults, '', input) };
}
