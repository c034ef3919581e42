/** Everything that other domains may call: zones and rates. */
export { SHIPPING_EVENTS } from './events';
export { shippingQuotes } from './rates/quotes';
export { createShippingRate } from './rates/table-rates';
export { createShippingZone } from './zones/shipping-zones';
