import type { SoldTaxClass } from './pricing.rules';

/** A part of an order's shipping at one tax rate, as the order stores it: JSON has decimals as texts. */
export interface ShippingTax extends SoldTaxClass {
  /** In percent. */
  readonly rate: string;
  /** With tax; negative on a return. */
  readonly total: string;
  readonly tax: string;
}

/** The price of the shipment of a vendor's goods, as the order stores it: JSON has decimals as texts. */
export interface VendorShipping {
  /** Null for goods of the shop. */
  readonly vendorId: string | null;
  /** With tax, taxed by itself: the parts may differ from the shipping by a minor unit. */
  readonly total: string;
}
