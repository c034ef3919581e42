/** Everything that other domains may call: vendors. */
export { VENDOR_EVENTS } from './events';
export { createVendor, moveVendor } from './vendors/vendors';
