/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { EntityReference as Order } from '#kernel/graph/entity-reference';
export type { ShownShipment as Shipment, PublicTracking } from './shipments/shipments';
export type { ShownRate as TableRate } from './rates/table-rates';
export type { ShippingZoneRow as ShippingZone } from './tables.generated';
export type { ShippingOffer, ShippingCalculation } from './rates/calculate';
export type { ShownBand as RateBand } from './rates/table-rates';
