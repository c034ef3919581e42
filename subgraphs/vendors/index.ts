/** Everything that other domains may call: vendors, their commission and their ledgers. */
export { createCommissionRule } from './commission/commission-rules';
export { VENDOR_EVENTS } from './events';
export { postVendorReturn } from './ledger/post-vendor-return';
export { deliverVendorOrders, postVendorSale } from './ledger/post-vendor-sale';
export { payoutVendor } from './payouts/pay-vendors';
export {
  VENDOR_DEFAULTS,
  shownVendorSettings,
  updateVendorSettings,
  vendorSettings,
} from './settings/vendor-settings';
export { createVendor, moveVendor } from './vendors/vendors';
