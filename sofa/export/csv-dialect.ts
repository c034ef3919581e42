/** The CSV dialect of a request: `bom`, `separator` and `decimal` in the query string. */
import { InputError } from '../problem';

export interface CsvDialect {
  /** Whether a byte order mark comes first; Excel reads a file without one in the charset of its own country. */
  readonly bom: boolean;
  readonly separator: ',' | ';' | '\t';
  readonly decimal: 'point' | 'comma';
}

/** CSV by RFC 4180. */
export const PLAIN_CSV: CsvDialect = { bom: false, separator: ',', decimal: 'point' };

const SEPARATORS: Readonly<Record<string, CsvDialect['separator']>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  ',': ',',
  ';': ';',
  '\t': '\t',
};
const BOM: Readonly<Record<string, boolean>> = { true: true, false: false };
const DECIMALS: Readonly<Record<string, CsvDialect['decimal']>> = {
  point: 'point',
  comma: 'comma',
  '.': 'point',
  ',': 'comma',
};

/** The query names of the dialect, each with its documented values. */
export const CSV_PARAMETERS = {
  bom: ['true', 'false'],
  separator: ['comma', 'semicolon', 'tab'],
  decimal: ['point', 'comma'],
} as const;

/**
 * Reads the dialect of a request. With a decimal comma, the separator defaults to the semicolon.
 * @param own the query names of the REST layer on this route; the operation's own names are excluded.
 * @throws InputError 422 naming each parameter with an invalid value.
 */
export function readDialect(
  query: Readonly<Record<string, string | readonly string[]>>,
  own: ReadonlySet<string>,
): CsvDialect {
  const errors: { field: string; message: string; code: string }[] = [];
  const read = <Value>(
    field: keyof typeof CSV_PARAMETERS,
    known: Readonly<Record<string, Value>>,
  ): Value | undefined => {
    const given = own.has(field) ? query[field] : undefined;
    if (given === undefined || given === '') return undefined;
    if (typeof given === 'string' && Object.hasOwn(known, given)) return known[given];
    errors.push({
      field,
      message: `${field} must be one of ${CSV_PARAMETERS[field].join(', ')}.`,
      code: 'INVALID',
    });
    return undefined;
  };
  const bom = read('bom', BOM) ?? PLAIN_CSV.bom;
  const decimal = read('decimal', DECIMALS) ?? PLAIN_CSV.decimal;
  const separator = read('separator', SEPARATORS) ?? (decimal === 'comma' ? ';' : PLAIN_CSV.separator);
  if (errors.length > 0) {
    const message = errors.map((error) => `${error.field}: ${error.message}`).join(' ');
    throw new InputError('VALIDATION_FAILED', message, { errors });
  }
  return { bom, separator, decimal };
}
