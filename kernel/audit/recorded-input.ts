/**
 * The part of an operation's input that the audit trail stores: enough to describe the request, and nothing
 * that must not be in a table from which nothing is ever removed: no secrets, and no personal data of
 * customers, who may ask to be forgotten.
 */
import { Decimal } from '../decimal';
import { Unreadable } from '../graph/deferred-input';

const SECRET = '[secret]';
const PERSONAL = '[personal]';
/** The longest text, in characters, and the longest list that is stored whole. */
const MAX_TEXT = 200;
const MAX_ITEMS = 20;
const MAX_DEPTH = 8;
const MAX_LENGTH = 8_000;
/** Number of fields that are named of a longer input, on each of two levels. */
const MAX_OUTLINED = 40;

/** Names of fields that contain a secret, at any depth. */
const SECRET_NAME =
  /password|passphrase|secret|token|credential|recoveryCode|giftCardCode|cvc|cvv|cardNumber|^otp$|^pin$|Otp$|Pin$/i;
/** A field named "code" is a secret if the operation is about one. */
const SECRET_CODE = /twoFactor|otp|recovery|verify|reset|giftCard/i;
/** Names of fields that identify a person, at any depth. */
const PERSONAL_NAME =
  /^(phone|mobile|fax|recipient|line1|line2|street|postalCode|zip|city|region|birthDate|dateOfBirth|birthday|firstName|lastName|iban)$/;
/** Names of fields that do so only in operations or objects about a customer. */
const PERSONAL_OF_CUSTOMER =
  /^(name|code|number|email|notes?|tags|label|company|taxNumber|address|subject|message|body|q)$/;
/** Operations, and objects within an input, that are about a customer. */
const OF_CUSTOMER =
  /customer|consent|address|recipient|contact|shopper|guest|subscri|newsletter|ticket|cart/i;

/**
 * The input of an operation as the audit trail stores it: plain JSON.
 *
 * @example
 * recordedInput('login', { input: { email: 'ann@shop.test', password: 'hunter2' } });
 * // { input: { email: 'ann@shop.test', password: '[secret]' } }
 */
export function recordedInput(operation: string, input: Readonly<Record<string, unknown>>): unknown {
  const recorded = shown(input, { operation, key: '', ofCustomer: OF_CUSTOMER.test(operation), depth: 0 });
  const length = JSON.stringify(recorded).length;
  if (length <= MAX_LENGTH) return recorded;
  // Many short values: their names say more than a truncated text.
  const members = Object.entries(recorded as Record<string, unknown>).slice(0, MAX_OUTLINED);
  return Object.fromEntries(members.map(([key, value]) => [key, outline(value)]));
}

interface Place {
  operation: string;
  /** The name of the field. */
  key: string;
  ofCustomer: boolean;
  depth: number;
}

function shown(value: unknown, place: Place): unknown {
  if (value === undefined || value === null) return null;
  const hidden = hiddenAs(place);
  if (hidden !== undefined && !(isPlain(value) && hidden === PERSONAL)) return hidden;
  if (typeof value !== 'object') return shownScalar(value);
  if (Decimal.isDecimal(value)) return value.toFixed();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Unreadable) return '[unreadable]';
  if (place.depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return shownList(value, place);
  return isPlain(value) ? shownObject(value, place) : fileName(value);
}

function shownScalar(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? value : cut(String(value));
}

function hiddenAs({ operation, key, ofCustomer }: Place): string | undefined {
  if (SECRET_NAME.test(key) || (/^codes?$/i.test(key) && SECRET_CODE.test(operation))) return SECRET;
  if (PERSONAL_NAME.test(key) || (ofCustomer && PERSONAL_OF_CUSTOMER.test(key))) return PERSONAL;
  return undefined;
}

function shownList(list: readonly unknown[], place: Place): unknown[] {
  const items = list.slice(0, MAX_ITEMS).map((item) => shown(item, { ...place, depth: place.depth + 1 }));
  return list.length > MAX_ITEMS ? [...items, `… ${list.length - MAX_ITEMS} more`] : items;
}

function shownObject(object: Readonly<Record<string, unknown>>, place: Place): Record<string, unknown> {
  const members = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    members.map(([key, value]) => {
      const ofCustomer = place.ofCustomer || (isPlain(value) && OF_CUSTOMER.test(key));
      return [
        cut(key),
        shown(value, { operation: place.operation, key, ofCustomer, depth: place.depth + 1 }),
      ];
    }),
  );
}

/** Objects of the data, not of a class: inputs of the graph have no prototype. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** An uploaded file is recorded by name, without its content. */
function fileName(value: unknown): string {
  const { filename, fileName = filename } = Object(value) as { filename?: unknown; fileName?: unknown };
  return typeof fileName === 'string' ? `[file ${cut(fileName)}]` : '[file]';
}

/** PostgreSQL's jsonb cannot store NUL or lone surrogates. */
const UNSTORABLE = /\0|\p{Cs}/gu;

function cut(text: string): string {
  const kept = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  return kept.replace(UNSTORABLE, '');
}

/** The members of an object, without deeper levels. */
function outline(value: unknown): unknown {
  if (Array.isArray(value)) return `[${value.length} items]`;
  if (!isPlain(value)) return value;
  const members = Object.entries(value).slice(0, MAX_OUTLINED);
  return Object.fromEntries(
    members.map(([key, member]) => [key, isPlain(member) || Array.isArray(member) ? '[…]' : member]),
  );
}
