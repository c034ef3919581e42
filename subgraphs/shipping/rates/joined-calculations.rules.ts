/** The rates of an organization for several shipments of one basket, each the sum of its prices. Pure. */
import { sum, type Decimal } from '#kernel/decimal';
import type { ShippingCalculation, ShippingOffer } from './shipping-offer';

/** The calculations of shipments to one address, joined: they have the same rates, in any order. */
export function joinedCalculations(parts: readonly ShippingCalculation[]): ShippingCalculation {
  const [first, ...others] = parts;
  if (others.length === 0) return first!;
  const rates = first!.rates
    .map((rate) => joinedOffer(parts.map(({ rates: own }) => own.find(({ code }) => code === rate.code)!)))
    .sort(byPrice);
  const isOffered = rates.some(({ amount }) => amount !== null);
  const { reasonUnavailable: reason, message } = rates[0] ?? {
    reasonUnavailable: first!.reason,
    message: first!.message,
  };
  return { ...first!, rates, reason: isOffered ? null : reason, message: isOffered ? null : message };
}

/** A rate that does not fit one shipment is not offered, for the reason of that one. */
function joinedOffer(parts: readonly ShippingOffer[]): ShippingOffer {
  const missing = parts.find(({ amount }) => amount === null);
  return {
    ...(missing ?? parts[0]!),
    amount: missing ? null : total(parts.map(({ amount }) => amount)),
    billableWeight: total(parts.map(({ billableWeight }) => billableWeight)),
  };
}

function total(values: readonly (Decimal | null)[]): Decimal | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : sum(known);
}

function byPrice({ amount: one }: ShippingOffer, { amount: other }: ShippingOffer): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one.comparedTo(other);
}
