/** Pure checks of input. Each returns its errors, so that a caller can correct all of them together. */
import { emptyToNull } from './clean-text.rules';
import { Decimal } from './decimal';
import { invalidFields, type FieldError } from './errors';
import { currencyExponent } from './money';

/** The digits of NUMERIC(19, 4) before the point. */
const MAX_AMOUNT = '999999999999999';

/** PostgreSQL's text cannot store NUL, and other control characters do not belong in a text. */
const CONTROL = /\p{Cc}/u;
const CONTROL_BUT_LINES = /[^\P{Cc}\n\r\t]/u;

/** Collects errors, and throws them together. */
export class FieldErrors {
  readonly errors: FieldError[] = [];

  add(field: string, message: string, code = 'INVALID'): void {
    this.errors.push({ field, message, code });
  }

  /** Adds the errors of one of the checks below. */
  take(errors: readonly FieldError[]): void {
    this.errors.push(...errors);
  }

  /** @throws PosProError VALIDATION_FAILED (422) with all collected errors, if any. */
  throwIfAny(): void {
    throwFieldErrors(this.errors);
  }
}

/** Whether an amount may be zero, or must be above. */
export type AmountRule = 'positive' | 'not_negative';

/**
 * The errors of an amount of money in the input.
 *
 * @example
 * throwFieldErrors(amountErrors('openingFloat', input.openingFloat, 'EUR', 'not_negative'));
 */
export function amountErrors(
  field: string,
  amount: Decimal,
  currency: string,
  rule: AmountRule,
): FieldError[] {
  if (rule === 'positive' && !amount.greaterThan(0))
    return [{ field, message: 'Must be above zero.', code: 'NOT_POSITIVE' }];
  if (amount.isNegative() && !amount.isZero())
    return [{ field, message: 'Must not be negative.', code: 'NEGATIVE' }];
  if (amount.greaterThan(MAX_AMOUNT))
    return [{ field, message: `Must not be above ${MAX_AMOUNT}.`, code: 'TOO_LARGE' }];
  const places = currencyExponent(currency);
  if (amount.decimalPlaces() > places)
    return [{ field, message: `${currency} has ${places} decimal places.`, code: 'PRECISION' }];
  return [];
}

/** The errors of a number outside of a range, both ends of which are permitted. */
export function rangeErrors(
  field: string,
  value: Decimal | number,
  min: Decimal.Value,
  max: Decimal.Value,
): FieldError[] {
  const number = new Decimal(value);
  if (number.greaterThanOrEqualTo(min) && number.lessThanOrEqualTo(max)) return [];
  return [{ field, message: `Must be from ${String(min)} to ${String(max)}.`, code: 'OUT_OF_RANGE' }];
}

/** The errors of an optional moment that must be in the future. */
export function futureErrors(field: string, at: Date | null | undefined, now: Date): FieldError[] {
  if (at == null || at > now) return [];
  return [{ field, message: 'Must be in the future.', code: 'IN_PAST' }];
}

/** The length limits of a text, in characters without the blanks at its ends. */
export interface TextLimits {
  readonly min?: number;
  readonly max: number;
  /** Whether line breaks and tabs are allowed, as in an address. Optional; defaults to true. */
  readonly lines?: boolean;
}

/** The length of a text in characters, not in UTF-16 units. */
export function characters(text: string): number {
  return [...text].length;
}

/** The errors of a text in the input. A missing text is the same as an empty one. */
export function textErrors(
  field: string,
  text: string | null | undefined,
  { min = 0, max, lines = true }: TextLimits,
): FieldError[] {
  const kept = text?.trim() ?? '';
  const length = characters(kept);
  if (length === 0 && min > 0) return [{ field, message: 'Must not be empty.', code: 'REQUIRED' }];
  if (length < min || length > max)
    return [{ field, message: `Must have ${min} to ${max} characters.`, code: 'LENGTH' }];
  if ((lines ? CONTROL_BUT_LINES : CONTROL).test(kept))
    return [{ field, message: 'Must not have control characters.', code: 'INVALID' }];
  return [];
}

/**
 * Invisible characters: control and format characters, fillers, line separators. Two names that differ in one
 * look the same.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/u;
/** The visible uses of such characters: joiners between letters of joining scripts, and the parts of an emoji. */
const SHAPING = new RegExp(
  '(?<=[\\p{Script=Arabic}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}' +
    '\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}])[\\u200c\\u200d](?=\\p{L})' +
    '|(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})' +
    '|(?<=\\p{Emoji})\\ufe0f',
  'gu',
);

/** The errors of a text that must not contain invisible characters. */
export function invisibleCharacterErrors(field: string, text: string): FieldError[] {
  if (!INVISIBLE.test(text) || !INVISIBLE.test(text.replace(SHAPING, ''))) return [];
  const message = 'Must not have characters that cannot be seen, such as a zero-width space.';
  return [{ field, message, code: 'INVISIBLE' }];
}

/**
 * The errors of a name: a text of one line without invisible characters.
 *
 * @example
 * nameErrors('name', 'Admin\u200b', { min: 1, max: 100 }); // [{ field: 'name', code: 'INVISIBLE', … }]
 */
export function nameErrors(field: string, name: string, limits: TextLimits): FieldError[] {
  const errors = textErrors(field, name, { ...limits, lines: false });
  return errors.length > 0 ? errors : invisibleCharacterErrors(field, name.trim());
}

/** RFC 5321 limits an address to 254 characters. Only an e-mail shows whether it exists, so the form is checked loosely. */
const EMAIL = /^[^\s@<>()",;:\\]+@[^\s@<>()",;:\\.]+(\.[^\s@<>()",;:\\.]+)+$/u;

/** Whether a text has the form of an e-mail address. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && !/\p{Cc}/u.test(text) && EMAIL.test(text);
}

/** The errors of an optional e-mail address. */
export function emailErrors(field: string, text: string | null | undefined): FieldError[] {
  const email = emptyToNull(text);
  if (email === null || isEmail(email)) return [];
  return [{ field, message: 'Is not an e-mail address.', code: 'INVALID' }];
}

/** @throws PosProError VALIDATION_FAILED (422) if there is any error. */
export function throwFieldErrors(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidFields([...errors]);
}
