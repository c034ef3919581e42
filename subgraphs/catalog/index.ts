/** What other domains may call of the catalogue. */
export { registerInitialStock, type InitialStockHandler, type InitialStockRow, type WarehouseFault } from './initialStock';
export { findSellables, variantIds, type ItemReference, type Sellable } from './sellables';
export { unreadableBarcode } from './barcode';
export { comesTo, quantitySold } from './labels';
export { findWithdrawn } from './withdrawn';
export { insertProducts, type NewProduct, type NewVariant } from './insertProducts';
export { insertBrands, insertCategories, insertTaxClasses } from './insertGroups';
export type { NewBrand, NewCategory, NewTaxClass } from './insertGroups';
export { variantsInCategories } from './inCategories';
export { variantsOfProducts } from './reads';
export { bulkUpdateProducts } from './imports';
export { addTaxRate } from './taxRates';
export { createBarcodeRule } from './barcodeRules';
export { createPriceList, setListedPrices } from './priceLists';
export { uploadProductImage } from './images';
export { countInOne } from './measure-units.rules';
