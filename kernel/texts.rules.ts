/**
 * The rules for every text from outside: storable, and not longer than its kind permits. Operations check
 * further; these rules apply to every text before an operation, or the database, sees it. Pure.
 */
import { maskCardNumbers } from './card-numbers.rules';

/** Maximum lengths by kind, in characters (code points). */
const MAX_LENGTHS = {
  /** Search terms. */
  search: 200,
  /** Ids and codes: SKUs, client references. */
  code: 300,
  /** Scans: the capacity of the largest QR code (docs/BARCODES.md). */
  scan: 4_296,
  /** Names, labels, references, lines of an address, addresses of mail. */
  name: 1_000,
  /** Tokens, cursors, passwords, addresses of the web. */
  token: 8_192,
  /** Notes, reasons, descriptions, texts of receipts, and all other texts. */
  prose: 10_000,
  /** Images in Base64: limited by the size of the body. */
  bytes: Number.MAX_SAFE_INTEGER,
} as const;

type TextKind = keyof typeof MAX_LENGTHS;

/** The kind of a text by the name of its field, with underscores or without. The first match counts. */
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

/** The same for every request, and there are some hundred names; invented names are not cached. */
function knownKindOf(field: string): TextKind {
  let kind = kinds.get(field);
  if (kind === undefined) {
    kind = kindOf(field);
    if (kinds.size < 1_000) kinds.set(field, kind);
  }
  return kind;
}

/** Half of a pair of UTF-16 units, which is not a character, and which UTF-8 cannot encode. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The error of a text. */
export interface TextError {
  readonly message: string;
  readonly code: 'INVALID' | 'TOO_LONG' | 'REQUIRED';
}

/** A client's reference is an id, made by the client. */
function isReference(field: string): boolean {
  return field === 'clientReference' || field === 'client_reference';
}

/**
 * The error of a text from outside; undefined for a valid text.
 *
 * @param field the name of its field, without the path.
 * @param isId whether it is an id: then it must not be empty.
 */
export function textError(field: string, text: string, isId = false): TextError | undefined {
  if ((isId || isReference(field)) && text.trim() === '')
    return { message: 'An id must not be empty.', code: 'REQUIRED' };
  const kind = knownKindOf(field);
  const max = MAX_LENGTHS[isId && kind !== 'scan' ? 'code' : kind];
  // UTF-16 has at most two units per character, so most texts need no full count.
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

/** Fields with codes, addresses or secrets, in which a number is not a card number and must not change. */
const CODES =
  /^(\w*skus?|\w*barcodes?|gtins?|\w*ids?|prefix|clientreference|\w*phone|mobile|fax|email|\w*url|\w*password|otp|\w*tokens?|cursor|since|sort|codes?|discountcodes|batch|batchnumber|serialnumber|receiptnumber|ordernumber|taxnumber|iban|data|image|reservations)$/;

/** A text of a field for storage: card numbers are masked, except in fields of codes. */
export function storableText(field: string, text: string): string {
  return CODES.test(field.replaceAll('_', '').toLowerCase()) ? text : maskCardNumbers(text);
}

/** JSON of a field for storage: card numbers are masked in all of its texts, names included. */
export function storableJson(value: unknown, field: string): unknown {
  if (typeof value === 'string') return storableText(field, value);
  if (Array.isArray(value)) return value.map((item) => storableJson(item, field));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [maskCardNumbers(name), storableJson(member, name)]),
  );
}
