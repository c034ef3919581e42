/** The systems whose product exports are taken as they come, a row for each variant, the first of a product before the others. */
import { odoo } from './system-odoo';
import { shopify } from './system-shopify';
import { square } from './system-square';
import type { ProductSystem } from './system-rows';
import { woocommerce } from './system-woocommerce';

export const PRODUCT_SYSTEMS: readonly ProductSystem[] = [shopify, woocommerce, square, odoo];
