/** Postal addresses of orders and carts. The rules are those of the addresses of customers. */
import type { FieldError } from '#kernel/errors';
import { addressErrors, normalizeAddress } from '#subgraphs/customers/index';
import type { PostalAddressInput } from '../inputs.generated';

/** An address as stored: trimmed, the country in upper case. */
export interface PostalAddress {
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
export function postalAddressErrors(
  field: string,
  input: PostalAddressInput | null | undefined,
): FieldError[] {
  if (input == null) return [];
  return addressErrors(input).map((error) => ({ ...error, field: `${field}.${error.field}` }));
}

export function toPostalAddress(input: PostalAddressInput): PostalAddress {
  const { recipient, line1, line2, city, region, postalCode, country, phone } = normalizeAddress(input);
  return { recipient, line1, line2, city, region, postalCode, country, phone };
}
