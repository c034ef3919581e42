/** Rows of the catalogue: all of them stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const CATALOG_RETENTION: Retention = {
  stay: [
    {
      because: STAYS.masterData,
      tables: [
        'categories',
        'brands',
        'tax_classes',
        'tax_rates',
        'units',
        'barcode_rules',
        'price_lists',
        'price_list_entries',
        'products',
        'variants',
        'barcodes',
        'product_images',
      ],
    },
  ],
};
