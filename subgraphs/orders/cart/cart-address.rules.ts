/** Addresses of carts and their orders. */
import type { FieldError } from '#kernel/errors';
import { addressErrors, normalizeAddress } from '#subgraphs/customers/index';
import type { CartAddressInput } from '../inputs.generated';

/** An address as stored: trimmed, the country in upper case. */
export interface CartAddress {
  recipient: string | null;
  line1: string;
  line2: string | null;
  city: string;
  region: string | null;
  postalCode: string | null;
  country: string;
  phone: string | null;
}

/** The errors of an address in a field of the input. */
export function cartAddressErrors(field: string, input: CartAddressInput | null | undefined): FieldError[] {
  if (input == null) return [];
  return addressErrors(input).map((error) => ({ ...error, field: `${field}.${error.field}` }));
}

export function toCartAddress(input: CartAddressInput): CartAddress {
  const { recipient, line1, line2, city, region, postalCode, country, phone } = normalizeAddress(input);
  return { recipient, line1, line2, city, region, postalCode, country, phone };
}
