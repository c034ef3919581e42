import type { Decimal } from '#kernel/decimal';
import type { ShippingReason } from '../inputs.generated';

/** A rate as callers see it. */
export interface ShippingOffer {
  readonly provider: string;
  readonly code: string;
  readonly name: string;
  readonly amount: Decimal | null;
  readonly currency: string;
  readonly billableWeight: Decimal | null;
  readonly weightUnit: 'kg' | 'lb' | null;
  readonly minDays: number | null;
  readonly maxDays: number | null;
  readonly reasonUnavailable: ShippingReason | null;
  readonly message: string | null;
}

/** The rates for goods. */
export interface ShippingCalculation {
  readonly zoneId: string | null;
  readonly rates: readonly ShippingOffer[];
  readonly reason: ShippingReason | null;
  readonly message: string | null;
}
