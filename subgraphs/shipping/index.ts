/** Everything that other domains may call: zones, rates and labels. */
export { SHIPPING_EVENTS } from './events';
export { generateShippingLabel } from './labels/generate-label';
export { carrierSettings, isSandboxAvailable, updateShippingCarrier } from './providers/carrier-settings';
export { shippingQuotes } from './rates/cart-quotes';
export { createShippingRate } from './rates/table-rates';
export { createShippingZone } from './zones/shipping-zones';
