/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { ImportJobRow as ImportJob } from '#kernel/import/import-jobs';
export type { ImageRow as ProductImage } from './images/images';
export type { ExportRow as ProductExport } from './import/export-products';
export type { ProductRow as Product, VariantRow as Variant } from './model';
export type { ListedPriceRow as ListedPrice } from './prices/price-lists';
export type { UnitRow as Unit } from './products/units';
export type {
  BarcodeRuleRow as BarcodeRule,
  BrandRow as Brand,
  CategoryRow as Category,
  PriceListRow as PriceList,
  TaxClassRow as TaxClass,
  TaxRateRow as TaxRate,
} from './tables.generated';
export type { EntityReference as Branch, EntityReference as Vendor } from '#kernel/graph/entity-reference';
