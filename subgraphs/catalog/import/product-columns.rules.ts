/** The columns of imports of products and of price lists. */
import {
  columnNames,
  type ColumnNames,
  type NumberedRow,
  type RawRow,
} from '#kernel/import/import-columns.rules';

/** The columns of an import of products, in the graph's names. */
const PRODUCT_COLUMN_LIST = [
  'id', 'productId', 'variantId', 'sku', 'barcode', 'barcodes', 'name', 'description', 'price', 'cost', 'taxClass', 'category', 'categoryId',
  'brand', 'brandId', 'vendorId', 'unit', 'quantityPlaces', 'active', 'trackStock', 'imageUrl', 'initialStock', 'warehouse',
  'minimumAge', 'weight', 'length', 'width', 'height', 'parentSku', 'variantName', 'variantActive', 'options', 'productOptions',
] as const; // prettier-ignore

export type ImportColumn = (typeof PRODUCT_COLUMN_LIST)[number];

export type RawProduct = RawRow<ImportColumn>;
export type NumberedProduct = NumberedRow<ImportColumn>;

/** Other names of the columns, without blanks, signs and case. */
const ALIASES: Readonly<Record<string, ImportColumn>> = {
  stockcode: 'sku', itemcode: 'sku', articlenumber: 'sku', ean: 'barcode', upc: 'barcode', gtin: 'barcode', title: 'name',
  productname: 'name', unitprice: 'price', sellingprice: 'price', unitcost: 'cost', costprice: 'cost', purchaseprice: 'cost', tax: 'taxClass',
  taxcode: 'taxClass', vat: 'taxClass', categorypath: 'category', manufacturer: 'brand', stock: 'initialStock', openingstock: 'initialStock',
  warehouseid: 'warehouse', warehousecode: 'warehouse', image: 'imageUrl', unitofmeasure: 'unit', uom: 'unit', age: 'minimumAge', weightkg: 'weight', lengthcm: 'length', widthcm: 'width', heightcm: 'height', parent: 'parentSku',
}; // prettier-ignore

export const PRODUCT_COLUMNS: ColumnNames<ImportColumn> = columnNames(PRODUCT_COLUMN_LIST, ALIASES);

/** The columns of a price list; `id` is that of the price itself: exports have it, imports ignore it. */
const PRICE_LIST_COLUMN_LIST = ['id', 'variantId', 'sku', 'barcode', 'minQuantity', 'price'] as const;

export type PriceListColumn = (typeof PRICE_LIST_COLUMN_LIST)[number];

export const PRICE_LIST_COLUMNS: ColumnNames<PriceListColumn> = columnNames(PRICE_LIST_COLUMN_LIST, {
  stockcode: 'sku', itemcode: 'sku', articlenumber: 'sku', ean: 'barcode', upc: 'barcode', gtin: 'barcode', unitprice: 'price',
  sellingprice: 'price', fromquantity: 'minQuantity',
}); // prettier-ignore
