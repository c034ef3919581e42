/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { ShownRate as TableRate } from './rates/table-rates';
export type { ShippingZoneRow as ShippingZone } from './tables.generated';
export type { ShippingOffer, ShippingCalculation } from './rates/calculate';
export type { ShownBand as RateBand } from './rates/table-rates';
