/** The price of a rate for goods, or the reason why it is not offered. */
import { Decimal, ZERO, formatDecimal } from '#kernel/decimal';
import type { TableRateRow } from '../tables.generated';
import { billableWeight, litres, type Parcel } from './billable-weight.rules';

/** The goods to send. */
export interface Consignment {
  readonly parcels: readonly Parcel[];
  /** The value of the goods before discounts. */
  readonly value: Decimal;
  /** The value that has to reach the value from which the rate is free. */
  readonly freeShippingValue: Decimal;
}

/** The reason why a rate is not offered. */
export type UnavailableReason = 'above_limit' | 'weight_unknown' | 'dimensions_unknown';

/** A rate for goods. */
export interface TableOffer {
  /** Null if it is not offered. */
  readonly amount: Decimal | null;
  /** In the units of the rate; null where the weight does not decide. */
  readonly billableWeight: Decimal | null;
  readonly reason: UnavailableReason | null;
  /** The reason for people. */
  readonly message: string | null;
}

type Terms = Pick<
  TableRateRow,
  'basis' | 'bands' | 'freeFrom' | 'units' | 'divisor' | 'weightStep' | 'roundDimensions'
>;

/** The offer of a rate. */
export function tableOffer(rate: Terms, { parcels, value, freeShippingValue }: Consignment): TableOffer {
  const measure = measureOf(rate, parcels, value);
  if (typeof measure === 'string') return unavailable(`${measure}_unknown`, UNKNOWN[measure]);
  const weight = rate.basis === 'weight' ? measure : null;
  const band = rate.bands.find(({ upTo }) => upTo === null || measure.lessThanOrEqualTo(upTo));
  if (!band) {
    const limit = rate.bands.at(-1)!.upTo!;
    const message = `${formatDecimal(measure.toDecimalPlaces(3, Decimal.ROUND_UP))}${unitOf(rate)} is above the limit of ${limit}${unitOf(rate)}.`;
    return { ...unavailable('above_limit', message), billableWeight: weight };
  }
  const isFree = rate.freeFrom !== null && freeShippingValue.greaterThanOrEqualTo(rate.freeFrom);
  return {
    amount: isFree ? ZERO : new Decimal(band.price),
    billableWeight: weight,
    reason: null,
    message: null,
  };
}

const UNKNOWN = {
  weight: 'The weight of the goods is not known.',
  dimensions: 'The dimensions of the goods are not known.',
} as const;

function unavailable(reason: UnavailableReason, message: string): TableOffer {
  return { amount: null, billableWeight: null, reason, message };
}

function measureOf(
  rate: Terms,
  parcels: readonly Parcel[],
  value: Decimal,
): Decimal | 'weight' | 'dimensions' {
  if (rate.basis === 'value') return value;
  return rate.basis === 'weight' ? billableWeight(parcels, rate) : (litres(parcels) ?? 'dimensions');
}

function unitOf({ basis, units }: Pick<Terms, 'basis' | 'units'>): string {
  if (basis === 'volume') return ' l';
  if (basis === 'value') return '';
  return units === 'metric' ? ' kg' : ' lb';
}
