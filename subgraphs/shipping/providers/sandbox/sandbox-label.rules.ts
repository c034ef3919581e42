/** The answers of the sandbox carrier: they follow from the request alone, so that the same request has the same answer. */
import { createHash } from 'node:crypto';
import { Decimal } from '#kernel/decimal';
import type { CarrierEvent, LabelRequest, RateRequest } from '../carrier';

/** A service of the sandbox. */
export interface SandboxService {
  readonly code: string;
  readonly name: string;
  readonly basePrice: string;
  readonly pricePerKg: string;
  readonly days: number;
}

/** The cheapest first. */
export const SANDBOX_SERVICES: readonly [SandboxService, ...SandboxService[]] = [
  { code: 'standard', name: 'Standard', basePrice: '3.90', pricePerKg: '0.50', days: 2 },
  { code: 'express', name: 'Express', basePrice: '9.90', pricePerKg: '1.00', days: 1 },
];

export const SANDBOX_CARRIER = 'Sandbox';
export const SANDBOX_CURRENCY = 'EUR';
/** A postal code that the sandbox does not know. */
const UNKNOWN_POSTAL_CODE = '00000';
const MAX_WEIGHT_KG = 31.5;

/** A request that the sandbox rejects, with its reason. */
export interface SandboxRejection {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

/** The service of a request, or the reason of its rejection. */
export function sandboxService({
  to,
  weight,
  service,
}: Pick<RateRequest, 'to' | 'weight'> & Pick<LabelRequest, 'service'>): SandboxService | SandboxRejection {
  if (to.postalCode === UNKNOWN_POSTAL_CODE)
    return {
      code: 'address_unknown',
      message: `The sandbox does not know the postal code "${UNKNOWN_POSTAL_CODE}".`,
      field: 'shippingAddress.postalCode',
    };
  if (weight.greaterThan(MAX_WEIGHT_KG))
    return {
      code: 'too_heavy',
      message: `The sandbox takes parcels of up to ${MAX_WEIGHT_KG} kg.`,
      field: 'parcels',
    };
  const [cheapest] = SANDBOX_SERVICES;
  const found =
    service === null ? cheapest : SANDBOX_SERVICES.find(({ code }) => code === service.toLowerCase());
  return (
    found ?? {
      code: 'service_unknown',
      message: `The sandbox has no service "${service}".`,
      field: 'service',
    }
  );
}

/** The price: each kilogram that has begun counts. */
export function sandboxPrice({ basePrice, pricePerKg }: SandboxService, weight: Decimal): Decimal {
  return new Decimal(pricePerKg).times(weight.ceil()).plus(basePrice);
}

/** The number of a label, of 16 characters. */
export function sandboxNumber(labelId: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(labelId).digest('hex').slice(0, 14)}`).toString();
  return `SBX${digits.padStart(13, '0').slice(-13)}`;
}

const HOUR_MS = 3_600_000;
const JOURNEY = [
  ['pre_transit', 0, 'The label was made.'],
  ['in_transit', 1, 'The parcel is on its way.'],
  ['out_for_delivery', 24, 'The parcel is on the vehicle.'],
  ['delivered', 30, 'The parcel was delivered.'],
] as const;

/** The journey of a parcel until now: collected after an hour, and delivered after 30. */
export function sandboxJourney(boughtAt: Date, now: Date): CarrierEvent[] {
  return JOURNEY.flatMap(([status, hours, message]): CarrierEvent[] => {
    const at = new Date(boughtAt.getTime() + hours * HOUR_MS);
    return at > now ? [] : [{ status, at, place: null, message }];
  });
}
