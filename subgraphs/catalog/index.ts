/** What other domains may call of the catalogue. */
export { registerInitialStock, type InitialStockHandler, type InitialStockRow } from './initialStock';
export { findSellables, variantIds, type ItemReference, type Sellable } from './sellables';
export { insertProducts, type NewProduct, type NewVariant } from './insertProducts';
export { insertBrands, insertCategories, insertTaxClasses } from './insertGroups';
export type { NewBrand, NewCategory, NewTaxClass } from './insertGroups';
