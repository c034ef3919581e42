/** The operations of the catalogue that other domains may call. */
export { type InitialStock, type InitialStockRow, type WarehouseError } from './products/initial-stock';
export { itemSizes, type ItemSizes } from './selling/item-sizes.queries';
export { itemName, itemNamesIn } from './selling/item-names';
export { resolveItems, defaultVariantIds } from './selling/resolve-items';
export { type ItemReference, type ResolvedItem } from './selling/sold-items';
export { unreadableBarcode } from './barcodes/barcode-candidates.rules';
export { matchesLabelPrice, quantitySold } from './barcodes/variable-measure.rules';
export { resolveDiscontinuedItems } from './selling/resolve-discontinued-items';
export { insertProducts, type NewProduct, type NewVariant } from './products/insert-products';
export { insertBrands, type NewBrand } from './brands/insert-brands';
export { categoriesBelow, categoriesOfProducts, variantsInCategories } from './categories/categories.queries';
export { insertCategories, type NewCategory } from './categories/insert-categories';
export { insertTaxClasses, type NewTaxClass } from './tax-classes/tax-classes';
export {
  listActiveProducts,
  listProducts,
  productsById,
  variantsOfProducts,
} from './products/products.queries';
export { type ProductRow } from './model';
export { bulkUpdateProducts } from './import/bulk-operations';
export { COUNTRY_RATES } from './tax-classes/country-rates.rules';
export { newShopTaxClasses } from './tax-classes/new-shop-tax-classes';
export { addTaxRate } from './tax-classes/tax-rates';
export { createBarcodeRule } from './barcodes/barcode-rules';
export { createPriceList, setListedPrices } from './prices/price-lists';
export { uploadProductImage } from './images/images';
export { countInOne } from './barcodes/measure-units.rules';
export { CATALOG_TRANSLATABLES } from './catalog-texts';
export { CATALOG_EVENTS, categoryChanged } from './events';
