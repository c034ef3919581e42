/** The systems whose product exports are taken as they come, a row for each variant, the first of a product before the others. */
import type { KnownSystems } from '#kernel/import/system-export';
import type { ImportColumn } from './product-columns.rules';
import { odoo } from './system-odoo.rules';
import { shopify } from './system-shopify.rules';
import { square } from './system-square.rules';
import { woocommerce } from './system-woocommerce.rules';

export const PRODUCT_SYSTEMS: KnownSystems<ImportColumn> = {
  noun: 'product',
  known: [shopify, woocommerce, square, odoo],
};
