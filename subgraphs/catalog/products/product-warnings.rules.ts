/** Warnings for products that can be sold, but probably should not be as they are. */

/** A warning for a product. */
export interface ProductWarning {
  readonly code: 'NO_TAX_CLASS';
  readonly message: string;
}

const NO_TAX_CLASS: ProductWarning = {
  code: 'NO_TAX_CLASS',
  message: 'The product has no tax class, so it is sold without tax.',
};

/** The warnings for a product. @param taxClassId its tax class; null for none. */
export function productWarnings(taxClassId: string | null): ProductWarning[] {
  return taxClassId === null ? [NO_TAX_CLASS] : [];
}
