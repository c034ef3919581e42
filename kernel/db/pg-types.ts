/** The conversion of values between the code and PostgreSQL. */
import { types, type CustomTypesConfig, type QueryArrayResult } from 'pg';
import { Decimal, storedDecimal } from '../decimal';
import { invariant } from '../errors';

type Parser = (text: string) => unknown;

function readInteger(text: string): number {
  const value = Number(text);
  invariant(Number.isSafeInteger(value), `${text} does not fit into a number`);
  return value;
}

const readText: Parser = (text) => text;
/** A timestamp without a zone is read as UTC, whatever the zone of the machine. */
const readUtc: Parser = (text) => new Date(`${text.replace(' ', 'T')}Z`);

const readAnyMoment = types.getTypeParser(1184, 'text') as Parser;
/** `2026-01-31 18:04:05.123+00`: connections have the time zone UTC. */
const UTC_MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?\+00$/;

/** Two digits at a place. */
function twoDigits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;
}

/** A timestamp with a zone. The driver's own parser, which knows every format, takes three times as long. */
function readMoment(text: string): unknown {
  if (!UTC_MOMENT.test(text)) return readAnyMoment(text);
  const milliseconds = text.length > 22 ? Number(text.slice(20, -3).padEnd(3, '0')) : 0;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  // Date.UTC takes a year below 100 for one of the twentieth century.
  if (year < 100) return readAnyMoment(text);
  return new Date(
    Date.UTC(
      year,
      twoDigits(text, 5) - 1,
      twoDigits(text, 8),
      twoDigits(text, 11),
      twoDigits(text, 14),
      twoDigits(text, 17),
      milliseconds,
    ),
  );
}

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
  [1700, storedDecimal], // numeric
  [1231, readArray(storedDecimal)],
  [1082, readText], // date
  [1182, readArray(readText)],
  [1114, readUtc], // timestamp without time zone
  [1184, readMoment], // timestamp with time zone
]);

/** The driver's parsers, except for the types above. */
export const ROW_TYPES: CustomTypesConfig = {
  getTypeParser: (oid: number) => PARSERS.get(oid) ?? (types.getTypeParser(oid, 'text') as Parser),
};

/** Makes the object of a row from its values. */
type RowReader = (values: readonly unknown[]) => object;

const MAX_READERS = 5_000;
const readersByShape = new Map<string, RowReader>();

function camelCase(column: string): string {
  return column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function readerOf(result: QueryArrayResult): RowReader {
  let shape = '';
  for (const field of result.fields) shape += `${field.name}\n`;
  let reader = readersByShape.get(shape);
  if (!reader) {
    reader = compileReader(result.fields.map((field) => camelCase(field.name)));
    // Only a flood of generated column names could fill it; clearing it is good enough then.
    if (readersByShape.size >= MAX_READERS) readersByShape.clear();
    readersByShape.set(shape, reader);
  }
  return reader;
}

/** An object literal has its shape at once: filling an empty object with forty columns takes thirty times as long. */
function compileReader(keys: readonly string[]): RowReader {
  const members = keys.map((key, index) => `${JSON.stringify(key)}: values[${index}]`);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the code has only the names of columns, as texts in JSON
  return new Function('values', `return { ${members.join(', ')} };`) as RowReader;
}

/** Turns rows that arrive as arrays into objects with camelCase keys. */
export function readRows<Row>(result: QueryArrayResult): Row[] {
  if (result.rows.length === 0) return [];
  const read = readerOf(result);
  return result.rows.map((values: unknown[]) => read(values) as Row);
}

/** A value that the driver can send: a Decimal would otherwise be sent as JSON. */
export function parameter(value: unknown): unknown {
  if (Decimal.isDecimal(value)) return value.toFixed();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(parameter);
  return value;
}
