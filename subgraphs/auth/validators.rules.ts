/** Pure checks of input fields: each adds its error by field, so that a caller can correct all of them at once. */
import { PASSWORD_LENGTH } from '#kernel/auth/passwords';
import {
  amountErrors,
  characters,
  isEmail,
  nameErrors,
  textErrors,
  type FieldErrors,
  type TextLimits,
} from '#kernel/validation';
import { emptyToNull } from '#kernel/clean-text.rules';
import { isCountry, NOT_A_COUNTRY } from '#kernel/countries.rules';
import type { Decimal } from '#kernel/decimal';
import { isCurrency } from '#kernel/iso-currencies';
import { canonicalLanguage, languageErrors } from '#kernel/messages/language-tags.rules';

/** A required text, trimmed. It is a name of one line, unless `lines` is true. */
export function checkedText(faults: FieldErrors, field: string, value: string, rule: TextLimits): string {
  const check = rule.lines === true ? textErrors : nameErrors;
  faults.take(check(field, value, { min: 1, ...rule }));
  return value.trim();
}

/** An optional text, trimmed; null for an empty one. */
export function optionalText(
  faults: FieldErrors,
  field: string,
  value: string | null | undefined,
  rule: TextLimits,
): string | null {
  const text = emptyToNull(value);
  return text === null ? null : checkedText(faults, field, text, rule);
}

/** A country as it is stored: in capitals; null for an empty text. */
export function checkedCountry(
  faults: FieldErrors,
  field: string,
  value: string | null | undefined,
): string | null {
  const country = emptyToNull(value)?.toUpperCase() ?? null;
  if (country !== null && !isCountry(country)) faults.add(field, NOT_A_COUNTRY);
  return country;
}

/** An e-mail address as it is stored: trimmed. */
export function checkedEmail(faults: FieldErrors, field: string, value: string): string {
  const email = value.trim();
  if (!isEmail(email)) faults.add(field, 'Is not an e-mail address.');
  return email;
}

/** The rules of NIST SP 800-63B: a minimum length and no required kinds of characters. The e-mail address itself is rejected. */
export function checkPassword(faults: FieldErrors, field: string, password: string, email: string): void {
  const { min, max } = PASSWORD_LENGTH;
  const length = characters(password);
  if (length < min || length > max) faults.add(field, `Must have ${min} to ${max} characters.`, 'LENGTH');
  else if (password.trim().toLowerCase() === email.trim().toLowerCase())
    faults.add(field, 'Must not be the e-mail address.', 'WEAK');
}

export function checkedCurrency(faults: FieldErrors, field: string, value: string): string {
  const currency = value.trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency) || !isCurrency(currency))
    faults.add(field, 'Is not a currency of ISO 4217, such as "EUR".');
  return currency;
}

export function checkTimeZone(faults: FieldErrors, field: string, value: string): void {
  if (!isTimeZone(value)) faults.add(field, 'Is not an IANA time zone, such as "Europe/Berlin".');
}

/** An offset such as "+02:00" is rejected although the runtime knows it: it has no summer time, so business days would shift. */
function isTimeZone(value: string): boolean {
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    // The runtime throws for an unknown zone, and offers no other check.
    return false;
  }
}

/** A language tag in its canonical form: "pt-br" becomes "pt-BR". */
export function checkedLanguage(faults: FieldErrors, field: string, value: string): string {
  const errors = languageErrors(field, value);
  faults.take(errors);
  return errors.length > 0 ? value : (canonicalLanguage(value) ?? value);
}

/** A language tag in its canonical form; null without one. */
export function optionalLanguage(
  faults: FieldErrors,
  field: string,
  value: string | null | undefined,
): string | null {
  const text = value?.trim() ?? '';
  return text === '' ? null : checkedLanguage(faults, field, text);
}

export function checkRoundingStep(faults: FieldErrors, field: string, step: Decimal, currency: string): void {
  if (step.greaterThan(1000)) faults.add(field, 'Must not be above 1000.');
  else if (isCurrency(currency)) faults.take(amountErrors(field, step, currency, 'not_negative'));
}

/** A branch's code as it is stored: capitals, digits, "-" and "_". */
export function checkedBranchCode(faults: FieldErrors, field: string, value: string): string {
  const code = value.trim().toUpperCase();
  if (!/^[A-Z0-9][A-Z0-9_-]{0,15}$/.test(code))
    faults.add(field, 'Must be 1 to 16 letters, digits, "-" or "_".');
  return code;
}
