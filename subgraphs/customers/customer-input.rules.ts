/** Checks and normalization of the input of customers and addresses. */
import { amountErrors, isEmail, textErrors } from '#kernel/validation';
import { emptyToNull } from '#kernel/clean-text.rules';
import { ZERO } from '#kernel/decimal';
import { type FieldError } from '#kernel/errors';
import type { CreateCustomerInput, CustomerAddressInput } from './inputs.generated';
import { type AddressRow, type CustomerRow } from './model';
import { isPhone } from './search-keys.rules';

/** The fields of a customer that callers send. */
export type CustomerFields = Omit<CreateCustomerInput, 'approval'>;

const MAX_TAGS = 50;

/** Errors of a customer's fields. @param currency of the account. */
export function customerErrors(input: CustomerFields, currency: string): FieldError[] {
  const errors = [
    ...textErrors('name', input.name, { min: 1, max: 200 }),
    ...textErrors('taxNumber', input.taxNumber, { max: 50 }),
    ...textErrors('notes', input.notes, { max: 5000 }),
    ...amountErrors('creditLimit', input.creditLimit ?? ZERO, currency, 'not_negative'),
    ...(input.tags ?? []).flatMap((tag, index) => textErrors(`tags.${index}`, tag, { min: 1, max: 50 })),
  ];
  const email = emptyToNull(input.email);
  if (email !== null && !isEmail(email)) {
    errors.push({ field: 'email', message: 'Is not an e-mail address.', code: 'INVALID' });
  }
  errors.push(...phoneErrors('phone', input.phone));
  if ((input.tags ?? []).length > MAX_TAGS) {
    errors.push({ field: 'tags', message: `Must have at most ${MAX_TAGS} tags.`, code: 'TOO_MANY' });
  }
  return errors;
}

function phoneErrors(field: string, value: string | null | undefined): FieldError[] {
  const phone = emptyToNull(value);
  if (phone === null || (phone.length <= 40 && isPhone(phone))) return [];
  return [
    {
      field,
      message:
        'Is not a phone number: digits, with + ( ) / . - and blanks between, and an extension behind "ext.".',
      code: 'INVALID',
    },
  ];
}

/** A customer's fields as stored. */
export type CustomerValues = Pick<CustomerRow, keyof CustomerFields>;

/** A customer's fields as stored: trimmed, the e-mail address in lower case, each tag once. */
export function normalizeCustomer(input: CustomerFields): CustomerValues {
  return {
    name: input.name.trim(),
    email: emptyToNull(input.email)?.toLowerCase() ?? null,
    phone: emptyToNull(input.phone),
    taxNumber: emptyToNull(input.taxNumber),
    notes: emptyToNull(input.notes),
    tags: [...new Set((input.tags ?? []).map((tag) => tag.trim()))],
    creditLimit: input.creditLimit ?? ZERO,
    marketingConsent: input.marketingConsent ?? false,
  };
}

/** Errors of an address. */
export function addressErrors(input: CustomerAddressInput): FieldError[] {
  const errors = [
    ...textErrors('label', input.label, { max: 100 }),
    ...textErrors('recipient', input.recipient, { max: 200 }),
    ...textErrors('line1', input.line1, { min: 1, max: 200 }),
    ...textErrors('line2', input.line2, { max: 200 }),
    ...textErrors('city', input.city, { min: 1, max: 100 }),
    ...textErrors('region', input.region, { max: 100 }),
    ...textErrors('postalCode', input.postalCode, { max: 20 }),
    ...phoneErrors('phone', input.phone),
  ];
  if (!isCountry(input.country.trim())) {
    errors.push({
      field: 'country',
      message: 'Is not a country code of ISO 3166-1, such as "DE".',
      code: 'INVALID',
    });
  }
  return errors;
}

/** An address as stored: trimmed, the country in upper case. */
export function normalizeAddress(
  input: CustomerAddressInput,
): Omit<AddressRow, 'id' | 'organizationId' | 'customerId' | 'kind' | 'isDefault' | 'createdAt'> {
  return {
    label: emptyToNull(input.label),
    recipient: emptyToNull(input.recipient),
    line1: input.line1.trim(),
    line2: emptyToNull(input.line2),
    city: input.city.trim(),
    region: emptyToNull(input.region),
    postalCode: emptyToNull(input.postalCode),
    country: input.country.trim().toUpperCase(),
    phone: emptyToNull(input.phone),
  };
}

const countryNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

function isCountry(code: string): boolean {
  return /^[A-Za-z]{2}$/.test(code) && countryNames.of(code.toUpperCase()) !== undefined;
}
