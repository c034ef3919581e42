/** Checks of payment cards by their number and expiry. Pure; nothing here keeps or answers a number. */
import { passesLuhn } from '#kernel/card-numbers.rules';
import { asciiDigits } from '#kernel/digits.rules';
import type { CardReason, CardScheme } from './inputs.generated';

/** First digits of a network's numbers, from and to, and the lengths of these numbers. */
type Range = readonly [scheme: CardScheme, from: string, to: string, shortest: number, longest: number];

/** Ranges as the networks publish them; the first that matches applies, so that narrow ones come before wide ones. */
const RANGES: readonly Range[] = [
  ['american_express', '34', '34', 15, 15],
  ['american_express', '37', '37', 15, 15],
  ['diners_club', '300', '305', 14, 19],
  ['diners_club', '3095', '3095', 14, 19],
  ['diners_club', '36', '36', 14, 19],
  ['diners_club', '38', '39', 14, 19],
  ['jcb', '3528', '3589', 16, 19],
  ['visa', '4', '4', 16, 16],
  ['mastercard', '51', '55', 16, 16],
  ['mastercard', '2221', '2720', 16, 16],
  ['mir', '2200', '2204', 16, 19],
  ['discover', '6011', '6011', 16, 19],
  ['discover', '644', '649', 16, 19],
  ['discover', '65', '65', 16, 19],
  ['unionpay', '62', '62', 16, 19],
  ['unionpay', '81', '81', 16, 19],
  ['rupay', '60', '60', 16, 16],
  ['rupay', '82', '82', 16, 16],
  ['troy', '9792', '9792', 16, 16],
  ['maestro', '50', '50', 12, 19],
  ['maestro', '56', '58', 12, 19],
  ['maestro', '63', '63', 12, 19],
  ['maestro', '67', '67', 12, 19],
];

/** Visa also has numbers of 13 digits, no longer issued, and of 19. */
const VISA_LENGTHS: ReadonlySet<number> = new Set([13, 16, 19]);

/** With fewer digits, the last four would be a large part of what was typed. */
const SHORTEST_NUMBER = 12;
const SHOWN_DIGITS = 4;

/** The result of a check. */
export interface CardCheck {
  readonly valid: boolean;
  readonly scheme: CardScheme | null;
  readonly lastFour: string | null;
  /** The last day on which the card is valid, "YYYY-MM-DD". */
  readonly validThrough: string | null;
  readonly reasons: readonly CardReason[];
}

/**
 * Checks a card.
 * @param number digits, with blanks or dashes between them.
 * @param expiry "MM/YY" or "MM/YYYY"; undefined to check the number alone.
 * @param today the branch's present business day, "YYYY-MM-DD"; needed with an expiry.
 *
 * @example
 * checkCard({ number: '4242 4242 4242 4242', expiry: '11/26', today: '2026-11-30' }).valid // true
 */
export function checkCard({
  number,
  expiry,
  today,
}: {
  number: string;
  expiry?: string | undefined;
  today?: string | undefined;
}): CardCheck {
  const digits = digitsOf(number);
  const range = digits === undefined ? undefined : rangeOf(digits);
  const validThrough = expiry === undefined ? null : lastDayOf(expiry);
  const reasons = [
    ...(digits === undefined ? (['not_a_number'] as const) : numberReasons(digits, range)),
    ...(expiry === undefined ? [] : expiryReasons(validThrough, today!)),
  ];
  return {
    valid: reasons.length === 0,
    scheme: range?.[0] ?? null,
    lastFour: digits !== undefined && digits.length >= SHORTEST_NUMBER ? digits.slice(-SHOWN_DIGITS) : null,
    validThrough,
    reasons,
  };
}

function digitsOf(number: string): string | undefined {
  const digits = asciiDigits(number).replace(/[\s-]/g, '');
  return /^\d+$/.test(digits) ? digits : undefined;
}

function rangeOf(digits: string): Range | undefined {
  return RANGES.find(([, from, to]) => {
    const head = digits.slice(0, from.length);
    return head >= from && head <= to;
  });
}

function numberReasons(digits: string, range: Range | undefined): CardReason[] {
  const checkDigit: CardReason[] = passesLuhn(digits) ? [] : ['wrong_check_digit'];
  if (!range) return ['unknown_scheme', ...checkDigit];
  return hasLength(digits, range) ? checkDigit : ['wrong_length', ...checkDigit];
}

function hasLength({ length }: string, [scheme, , , shortest, longest]: Range): boolean {
  return scheme === 'visa' ? VISA_LENGTHS.has(length) : length >= shortest && length <= longest;
}

function expiryReasons(validThrough: string | null, today: string): CardReason[] {
  if (validThrough === null) return ['malformed_expiry'];
  return validThrough < today ? ['expired'] : [];
}

/** The last day of the month on a card. */
function lastDayOf(expiry: string): string | null {
  const [, month, year] = /^\s*(0?[1-9]|1[0-2])\s*\/\s*(\d{2}|\d{4})\s*$/.exec(asciiDigits(expiry)) ?? [];
  if (month === undefined || year === undefined) return null;
  const fullYear = year.length === 2 ? 2000 + Number(year) : Number(year);
  return new Date(Date.UTC(fullYear, Number(month), 0)).toISOString().slice(0, 10);
}
