/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { EntityReference as Branch, EntityReference as Order } from '#kernel/graph/entity-reference';
export type { ShippingDocument } from './documents/pdf-document';
export type { LabelRow as ShippingLabel } from './labels/labels.queries';
export type { LabelFile, ShipmentLabels } from './labels/generate-label';
export type { ShippingCarrierSettings } from './providers/carrier-settings';
export type { SenderAddress } from './providers/sender';
export type { ShipmentUpdate as ShipmentChange } from './shipments/shipment-events';
export type { PublicTracking } from './shipments/shipments';
export type { ShownShipment as Shipment } from './shipments/shown-shipments';
export type { ShownRate as TableRate } from './rates/table-rates';
export type { ShippingZoneRow as ShippingZone } from './tables.generated';
export type { ShippingCalculation } from './rates/shipping-offer';
export type { ShippingOffer } from './rates/shipping-offer';
export type { ShownBand as RateBand } from './rates/table-rates';
