/** Everything that other domains may call: vendors, their commission and their ledgers. */
export { createCommissionRule } from './commission/commission-rules';
export { VENDOR_EVENTS } from './events';
export { postVendorReturn } from './ledger/post-vendor-return';
export { deliverVendorOrders, postVendorSale } from './ledger/post-vendor-sale';
export { createVendor, moveVendor } from './vendors/vendors';
