/** Checks and normalization of the input of customers and addresses. */
import { amountErrors, emailErrors, textErrors } from '#kernel/validation';
import { emptyToNull } from '#kernel/clean-text.rules';
import { isCountry, NOT_A_COUNTRY } from '#kernel/countries.rules';
import { ZERO } from '#kernel/decimal';
import { canonicalLanguage, languageErrors } from '#kernel/messages/language-tags.rules';
import { type FieldError } from '#kernel/errors';
import { numberErrors, scannedNumber } from './cards/scanned-numbers.rules';
import type { CreateCustomerInput, CustomerAddressInput } from './inputs.generated';
import { type AddressRow, type CustomerRow } from './model';
import { e164 } from './phone-numbers.rules';
import { isPhone } from './search-keys.rules';

/** The fields of a customer that callers send. */
export type CustomerFields = Omit<CreateCustomerInput, 'approval'>;

const MAX_TAGS = 50;
const DEFAULT_PAYMENT_DAYS = 30;
const MAX_PAYMENT_DAYS = 365;

/** Errors of a customer's fields. @param currency of the account. */
export function customerErrors(input: CustomerFields, currency: string): FieldError[] {
  const errors = [
    ...textErrors('name', input.name, { min: 1, max: 200 }),
    ...numberErrors('code', input.code),
    ...textErrors('taxNumber', input.taxNumber, { max: 50 }),
    ...(emptyToNull(input.language) === null ? [] : languageErrors('language', input.language!)),
    ...textErrors('notes', input.notes, { max: 5000 }),
    ...amountErrors('creditLimit', input.creditLimit ?? ZERO, currency, 'not_negative'),
    ...(input.tags ?? []).flatMap((tag, index) => textErrors(`tags.${index}`, tag, { min: 1, max: 50 })),
    ...emailErrors('email', input.email),
  ];
  const days = input.paymentDays ?? DEFAULT_PAYMENT_DAYS;
  if (days < 0 || days > MAX_PAYMENT_DAYS)
    errors.push({ field: 'paymentDays', message: `Must be 0 to ${MAX_PAYMENT_DAYS}.`, code: 'INVALID' });
  errors.push(...phoneErrors('phone', input.phone));
  if ((input.tags ?? []).length > MAX_TAGS) {
    errors.push({ field: 'tags', message: `Must have at most ${MAX_TAGS} tags.`, code: 'TOO_MANY' });
  }
  return errors;
}

/** Errors of a phone number as it was typed. */
export function phoneErrors(field: string, value: string | null | undefined): FieldError[] {
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
export type CustomerValues = Pick<CustomerRow, keyof CustomerFields | 'phoneE164'>;

/**
 * A customer's fields as stored: trimmed, the e-mail address in lower case, each tag once. A phone number that stays as it was typed keeps
 * its E.164, whatever the country.
 *
 * @param country of phone numbers without a country code, ISO 3166-1 alpha-2.
 * @param before the present customer; undefined for a new one.
 */
export function normalizeCustomer(
  input: CustomerFields,
  country: string | undefined,
  before?: Pick<CustomerRow, 'phone' | 'phoneE164'>,
): CustomerValues {
  const phone = emptyToNull(input.phone);
  return {
    code: scannedNumber(input.code),
    name: input.name.trim(),
    email: emptyToNull(input.email)?.toLowerCase() ?? null,
    phone,
    phoneE164: before?.phone === phone ? before.phoneE164 : phone === null ? null : e164(phone, country),
    taxNumber: emptyToNull(input.taxNumber),
    language: canonicalLanguage(input.language ?? '') ?? null,
    notes: emptyToNull(input.notes),
    tags: [...new Set((input.tags ?? []).map((tag) => tag.trim()))],
    creditLimit: input.creditLimit ?? ZERO,
    paymentDays: input.paymentDays ?? DEFAULT_PAYMENT_DAYS,
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
  if (!isCountry(input.country.trim()))
    errors.push({ field: 'country', message: NOT_A_COUNTRY, code: 'INVALID' });
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
