/** The conversion of values between the code and PostgreSQL. */
import { types, type CustomTypesConfig, type QueryArrayResult } from 'pg';
import { Decimal } from '../decimal';
import { invariant } from '../errors';

type Parser = (text: string) => unknown;

function readInteger(text: string): number {
  const value = Number(text);
  invariant(Number.isSafeInteger(value), `${text} does not fit into a number`);
  return value;
}

const readDecimal: Parser = (text) => new Decimal(text);
const readText: Parser = (text) => text;
/** A timestamp without a zone is read as UTC, whatever the zone of the machine. */
const readUtc: Parser = (text) => new Date(`${text.replace(' ', 'T')}Z`);

/** A flat array of a type whose values need no quotes. */
function readArray(element: Parser): Parser {
  return (text) => {
    const inner = text.slice(1, -1);
    return inner === '' ? [] : inner.split(',').map((item) => (item === 'NULL' ? null : element(item)));
  };
}

/** PostgreSQL's type numbers: pg_type.oid. */
const PARSERS = new Map<number, Parser>([
  [20, readInteger], // bigint
  [1016, readArray(readInteger)],
  [1700, readDecimal], // numeric
  [1231, readArray(readDecimal)],
  [1082, readText], // date
  [1182, readArray(readText)],
  [1114, readUtc], // timestamp without time zone
]);

/** The driver's parsers, except for the types above. */
export const ROW_TYPES: CustomTypesConfig = {
  getTypeParser: (oid: number) => PARSERS.get(oid) ?? (types.getTypeParser(oid, 'text') as Parser),
};

const KEY_CACHE_SIZE = 5_000;
const keysByShape = new Map<string, readonly string[]>();

function camelCase(column: string): string {
  return column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function keysOf(result: QueryArrayResult): readonly string[] {
  let shape = '';
  for (const field of result.fields) shape += `${field.name}\n`;
  let keys = keysByShape.get(shape);
  if (!keys) {
    keys = result.fields.map((field) => camelCase(field.name));
    // Only a flood of generated column names could fill it; clearing it is good enough then.
    if (keysByShape.size >= KEY_CACHE_SIZE) keysByShape.clear();
    keysByShape.set(shape, keys);
  }
  return keys;
}

/** Turns rows that arrive as arrays into objects with camelCase keys. */
export function readRows<Row>(result: QueryArrayResult): Row[] {
  if (result.rows.length === 0) return [];
  const keys = keysOf(result);
  return result.rows.map((values: unknown[]) => {
    const row: Record<string, unknown> = {};
    for (let index = 0; index < keys.length; index += 1) row[keys[index]!] = values[index];
    return row as Row;
  });
}

/** A value that the driver can send: a Decimal would otherwise be sent as JSON. */
export function parameter(value: unknown): unknown {
  if (Decimal.isDecimal(value)) return value.toFixed();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(parameter);
  return value;
}
