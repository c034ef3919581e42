/**
 * What a text from outside must be, whatever it is for: storable, and no longer than its kind. The operations check closer; this is
 * what holds for every text before any of them, or the database, sees it. Pure.
 */
import { maskCardNumbers } from './card-numbers.rules';

/** The longest texts by what they are for, in characters (code points). */
const MAX_LENGTHS = {
  /** What somebody looks for. */
  search: 200,
  /** Ids and codes: SKUs, what a client calls its sale. */
  code: 300,
  /** What a scanner sends: as much as the largest QR code holds (docs/BARCODES.md). */
  scan: 4_296,
  /** Names, labels, references, lines of an address, addresses of mail. */
  name: 1_000,
  /** Tokens, cursors, passwords, addresses of the web. */
  token: 8_192,
  /** Notes, reasons, descriptions, texts of receipts, and every text that is none of the others. */
  prose: 10_000,
  /** Pictures in Base64: the limit of the body holds them. */
  bytes: Number.MAX_SAFE_INTEGER,
} as const;

type TextKind = keyof typeof MAX_LENGTHS;

/** The kind of a text by the name of its field, with underscores or without. The first that fits counts. */
const KINDS: readonly (readonly [TextKind, RegExp])[] = [
  ['bytes', /^(data|image)$/],
  ['search', /^(q|search)$/],
  ['token', /^(tokens?|refreshtoken|approvaltokens|cursor|since|url|imageurl|\w*password)$/],
  ['scan', /^(barcodes?|gtin)$/],
  ['code', /^(id|\w+id|ids|\w+ids|sku|skus|parentsku|prefix|clientreference|sort|otp|method|paymentmethod|refundmethod)$/],
  ['name', /(name|label|reference|tag|recipient|line\d|city|region|postalcode|country|email|phone|number|code|currency|zone|entity|operation)s?$/],
]; // prettier-ignore

function kindOf(field: string): TextKind {
  const plain = field.replaceAll('_', '').toLowerCase();
  return KINDS.find(([, names]) => names.test(plain))?.[0] ?? 'prose';
}

const kinds = new Map<string, TextKind>();

/** The same for every request, and there are some hundred names; those that a caller makes up are not remembered. */
function knownKindOf(field: string): TextKind {
  let kind = kinds.get(field);
  if (kind === undefined) {
    kind = kindOf(field);
    if (kinds.size < 1_000) kinds.set(field, kind);
  }
  return kind;
}

/** Half of a pair of UTF-16 units, which is no character, and which UTF-8 cannot write. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What is wrong with a text. */
export interface TextFault {
  readonly message: string;
  readonly code: 'INVALID' | 'TOO_LONG' | 'REQUIRED';
}

/** What a client calls its request is an id, which the client has made itself. */
function isReference(field: string): boolean {
  return field === 'clientReference' || field === 'client_reference';
}

/**
 * What is wrong with a text from outside; undefined where nothing is.
 *
 * @param field the name of the field that it stands in, without the way to it.
 * @param isId whether it names something: then it cannot be empty.
 */
export function textFault(field: string, text: string, isId = false): TextFault | undefined {
  if ((isId || isReference(field)) && text.trim() === '')
    return { message: 'An id must not be empty.', code: 'REQUIRED' };
  const kind = knownKindOf(field);
  const max = MAX_LENGTHS[isId && kind !== 'scan' ? 'code' : kind];
  // UTF-16 counts at most two units for a character, so most texts need no second look.
  if (text.length > max && (text.length > 2 * max || [...text].length > max)) {
    return { message: `The text may have at most ${max} characters.`, code: 'TOO_LONG' };
  }
  if (text.includes('\0'))
    return {
      message: 'The text contains a NUL character (U+0000), which cannot be stored.',
      code: 'INVALID',
    };
  if (LONE_SURROGATE.test(text))
    return { message: 'The text contains half of a character (a lone surrogate).', code: 'INVALID' };
  return undefined;
}

/** Fields that hold codes, addresses or secrets, in which a number is no card's and must stay as it is. */
const CODES =
  /^(\w*skus?|\w*barcodes?|gtins?|\w*ids?|prefix|clientreference|\w*phone|mobile|fax|email|\w*url|\w*password|otp|\w*tokens?|cursor|since|sort|codes?|discountcodes|batch|batchnumber|serialnumber|receiptnumber|ordernumber|taxnumber|iban|data|image|reservations)$/;

/** A text of a field as it may be stored: numbers of payment cards are masked, unless the field is one of codes. */
export function storableText(field: string, text: string): string {
  return CODES.test(field.replaceAll('_', '').toLowerCase()) ? text : maskCardNumbers(text);
}

/** JSON of a field as it may be stored: card numbers are masked in all of its texts, names included. */
export function storableJson(value: unknown, field: string): unknown {
  if (typeof value === 'string') return storableText(field, value);
  if (Array.isArray(value)) return value.map((item) => storableJson(item, field));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [maskCardNumbers(name), storableJson(member, name)]),
  );
}
