/** The items that are sold, and the references that name them. */
import type { RowOf } from '#kernel/db/table';
import type { Decimal } from '#kernel/decimal';
import type { LabelError } from '../barcodes/apply-measure.rules';
import type { LabelValue } from '../barcodes/barcode-candidates.rules';
import { products } from '../tables.generated';

/** A reference to an item. The first of these that is given names it, in this order: variant, product, barcode, SKU; the others must agree. */
export interface ItemReference {
  readonly productId?: string | null | undefined;
  readonly variantId?: string | null | undefined;
  readonly sku?: string | null | undefined;
  readonly barcode?: string | null | undefined;
  /** The quantity sold, for prices that apply from a quantity on. Optional; defaults to 1. A label has its own: its weight, or 1. */
  readonly quantity?: Decimal | null | undefined;
}

/** Columns of a product that a sale copies. */
export const SOLD_PRODUCT = products.pick(
  'taxClassId',
  'unit',
  'quantityPlaces',
  'trackStock',
  'minimumAge',
  'giftCardPurpose',
  'categoryId',
  'brandId',
  'vendorId',
  'imageUrl',
);
type SoldProduct = RowOf<typeof SOLD_PRODUCT>;

/** A variant as it is sold at a branch. */
export interface ResolvedItem
  extends
    Omit<SoldProduct, 'minimumAge' | 'giftCardPurpose'>,
    Partial<Pick<SoldProduct, 'minimumAge' | 'giftCardPurpose'>> {
  readonly productId: string;
  readonly variantId: string;
  readonly sku: string;
  /** First barcode of the variant, as entered. */
  readonly barcode: string | null;
  /** Name of the product, followed by the variant's own name if it has one. */
  readonly name: string;
  readonly productName: string;
  readonly unitPrice: Decimal;
  /** The code of the tax class. */
  readonly taxClass: string | null;
  /** In percent. */
  readonly taxRate: Decimal;
  /** Always true in `resolveItems`: an inactive item cannot be sold. */
  readonly active: boolean;
  /** 1, or the quantity on a weight or price barcode. */
  readonly quantity: Decimal;
  /** The weight or price label that named it, if one did. `quantitySold` compares a till's quantity with it. */
  readonly label?: LabelValue | undefined;
  /** The reason why its barcode names this item but cannot be sold. Sales by the code must be rejected; counts of stock need not be. */
  readonly labelError?: LabelError | undefined;
  /** The part of the reference that names another item than this one. Undefined if all parts name this one. */
  readonly contradiction?: Contradiction | undefined;
}

/** A part of a reference that does not decide, because a part before it names the item. */
export type Contradiction = 'productId' | 'barcode' | 'sku';
