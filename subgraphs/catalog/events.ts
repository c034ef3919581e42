/** The public events of the catalog. */
import { publicEvent } from '#kernel/events/public-event';

const READERS = ['catalog:read'] as const;

interface Deletion {
  change: 'deleted';
}

/** A rule for weight or price barcodes was created, changed or deleted. */
export const barcodeRuleChanged = publicEvent<{ prefix: string; change: 'created' | 'updated' } | Deletion>(
  'barcode_rule.changed',
  READERS,
);

/** A brand was created, changed or deleted. */
export const brandChanged = publicEvent<{ name: string; change: 'created' | 'updated' } | Deletion>(
  'brand.changed',
  READERS,
);

/** A category was created, changed or deleted. */
export const categoryChanged = publicEvent<{ name: string; change: 'created' | 'updated' } | Deletion>(
  'category.changed',
  READERS,
);

/** A price list was created, changed, filled with prices or deleted. */
export const priceListChanged = publicEvent<
  { name: string; change: 'created' | 'updated' | 'priced' } | Deletion
>('price_list.changed', READERS);

/** Products were created, changed or deleted. */
export const productChanged = publicEvent<{
  change: 'created' | 'updated' | 'deleted';
  productIds: readonly string[];
}>('product.changed', READERS);

/** A tax class was created, changed or deleted, or has other tax rates. Rates are in percent, such as "19". */
export const taxClassChanged = publicEvent<
  | { name: string; code: string; rate: string; change: 'created' | 'updated' }
  | { rate: string; validFrom: string; change: 'rate_added' }
  | { change: 'rate_deleted' }
  | Deletion
>('tax_class.changed', READERS);

/** A unit was created. */
export const unitChanged = publicEvent<{ code: string; change: 'created' }>('unit.changed', READERS);

export const CATALOG_EVENTS = [
  barcodeRuleChanged,
  brandChanged,
  categoryChanged,
  priceListChanged,
  productChanged,
  taxClassChanged,
  unitChanged,
];
