/**
 * Numbers of payment cards in texts. They must never be stored in clear (PCI DSS 3.5.1), so they are masked
 * when texts arrive: by the issuer's prefix (ISO/IEC 7812), the length, and Luhn's check digit. Pure.
 */
import { asciiDigits } from './digits.rules';

/** A network's first digits, from and to, and the lengths of its numbers. */
interface Issuer {
  readonly from: string;
  readonly to: string;
  readonly lengths: readonly number[];
}

const issuer = (from: string, to: string, ...lengths: number[]): Issuer => ({ from, to, lengths });

/** Ranges as the networks publish them. */
const ISSUERS: readonly Issuer[] = [
  issuer('4', '4', 13, 16, 19), // Visa
  issuer('51', '55', 16), issuer('2221', '2720', 16), // Mastercard
  issuer('34', '34', 15), issuer('37', '37', 15), // American Express
  issuer('300', '305', 14, 16, 19), issuer('3095', '3095', 14, 16, 19), issuer('36', '36', 14, 16, 19), issuer('38', '39', 14, 16, 19), // Diners Club
  issuer('3528', '3589', 16, 17, 18, 19), // JCB
  issuer('81', '81', 16, 17, 18, 19), // UnionPay and RuPay; Discover and the rest of UnionPay begin with 6
  issuer('5018', '5018', 12, 13, 14, 15), issuer('5020', '5020', 12, 13, 14, 15), issuer('5038', '5038', 12, 13, 14, 15), // Maestro
  issuer('5893', '5893', 12, 13, 14, 15), issuer('6304', '6304', 12, 13, 14, 15), issuer('6759', '6763', 12, 13, 14, 15), // Maestro
  issuer('50', '50', 16, 17, 18, 19), issuer('56', '58', 16, 17, 18, 19), issuer('60', '69', 16, 17, 18, 19), // Maestro, Discover, UnionPay, RuPay, Elo
  issuer('2200', '2204', 16, 17, 18, 19), // Mir
  issuer('82', '82', 16), // RuPay
  issuer('9792', '9792', 16), // Troy
  issuer('1', '1', 15), // UATP
]; // prettier-ignore

const SHORTEST = 12;
const LONGEST = 19;

/** Digits of any script, with at most three blanks, dashes, dots and the like between two of them. */
const DIGIT_RUN = /\p{Nd}(?:[\p{Zs}\p{Pd}\p{Cf}\u2212\t\r\n._·•/,*]{0,3}\p{Nd}){11,}/gu;
const GROUP = /\p{Nd}+/gu;
/** Ids keep their digits: those of a UUID belong to it. */
const UUID = /([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})/i;
/**
 * Phone numbers with a plus, and the numbers of French businesses, phones and SIM cards: all of these may pass
 * Luhn's check.
 */
const OTHER_NUMBER = /(\+|\b(siret|siren|imei|iccid)\P{L}{0,3})$/iu;

/** One group of digits in a run, and the separator before the next one. */
interface Group {
  readonly at: number;
  readonly end: number;
  /** As ASCII digits. */
  readonly digits: string;
}

/**
 * Masks the card numbers in a text: the first six and the last four digits stay, and so does everything between
 * the digits.
 *
 * @example
 * maskCardNumbers('paid with 4111 1111 1111 1111'); // 'paid with 4111 11** **** 1111'
 */
export function maskCardNumbers(text: string): string {
  // Most texts have too few digits for a card number; nothing needs to be taken apart then.
  if (text.length < SHORTEST || text.search(DIGIT_RUN) < 0) return text;
  // The parts with an odd index are the UUIDs.
  return text
    .split(UUID)
    .map((part, index) => (index % 2 === 0 ? maskPart(part) : part))
    .join('');
}

function maskPart(text: string): string {
  return text.replace(DIGIT_RUN, (run, at: number) =>
    maskRun(run, OTHER_NUMBER.test(text.slice(Math.max(0, at - 20), at))),
  );
}

/** @param isOther whether the text before the run marks the number as another kind than a card's. */
function maskRun(run: string, isOther: boolean): string {
  const groups = Array.from(run.matchAll(GROUP), (match): Group => {
    return { at: match.index, end: match.index + match[0].length, digits: asciiDigits(match[0]) };
  });
  let result = '';
  let written = 0;
  for (let first = isOther ? 1 : 0; first < groups.length; first += 1) {
    const last = endOfCard(run, groups, first);
    if (last === undefined) continue;
    const [from, to] = [groups[first]!.at, groups[last]!.end];
    result += run.slice(written, from) + maskDigits(run.slice(from, to));
    written = to;
    first = last;
  }
  return result + run.slice(written);
}

/** The last group of the longest card number that starts with a group; undefined without one. */
function endOfCard(run: string, groups: readonly Group[], first: number): number | undefined {
  const isDotBehind = (index: number) => run.slice(groups[index]!.end, groups[index + 1]?.at) === '.';
  // Digits after a bare dot are a fraction, and digits before one have a fraction.
  if (first > 0 && isDotBehind(first - 1)) return undefined;
  const dotted = isDotBehind(first);
  let digits = '';
  let found: number | undefined;
  for (let last = first; last < groups.length && digits.length < LONGEST; last += 1) {
    // A list of prices has dots and blanks; a card number is written in one way.
    if (last > first && isDotBehind(last - 1) !== dotted) break;
    digits += groups[last]!.digits;
    if (!isDotBehind(last) && isCardNumber(digits)) found = last;
  }
  return found;
}

/**
 * Whether digits are the number of a card. A number of 13 digits that is also an EAN counts as an EAN: such
 * cards are no longer issued.
 */
function isCardNumber(digits: string): boolean {
  if (!ISSUERS.some((known) => known.lengths.includes(digits.length) && begins(digits, known))) return false;
  return passesLuhn(digits) && !(digits.length === 13 && passesGs1(digits));
}

function begins(digits: string, { from, to }: Issuer): boolean {
  const head = digits.slice(0, from.length);
  return head >= from && head <= to;
}

/** Luhn's check (ISO/IEC 7812-1, annex B): every second digit from the right is doubled. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, double = false; at >= 0; at -= 1, double = !double) {
    const value = Number(digits[at]) * (double ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** The check digit of an EAN-13: weights 1 and 3 in turn, from either end. */
function passesGs1(digits: string): boolean {
  const sum = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return sum % 10 === 0;
}

/** Keeps six digits at the beginning and four at the end. */
function maskDigits(text: string): string {
  const count = text.match(/\p{Nd}/gu)!.length;
  let index = 0;
  return text.replace(/\p{Nd}/gu, (digit) => {
    index += 1;
    return index <= 6 || index > count - 4 ? digit : '*';
  });
}
