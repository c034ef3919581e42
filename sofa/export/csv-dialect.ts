/** How a caller wants a CSV answer written: what `bom`, `separator` and `decimal` in the query string mean. */
import { InputError } from '../problem';

export interface CsvDialect {
  /** Whether a byte order mark goes first; Excel takes a file without one for the charset of its own country. */
  readonly bom: boolean;
  readonly separator: ',' | ';' | '\t';
  readonly decimal: 'point' | 'comma';
}

/** CSV as RFC 4180 has it. */
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

/** The query names of the dialect, each with the values that the documentation names. */
export const CSV_PARAMETERS = {
  bom: ['true', 'false'],
  separator: ['comma', 'semicolon', 'tab'],
  decimal: ['point', 'comma'],
} as const;

/**
 * Reads the dialect of a request. Where the decimal mark is the comma, the separator is the semicolon unless the request names one.
 * @param own the query names that belong to the REST layer on this route; one that the operation itself takes is left to it.
 * @throws InputError 422 that names each parameter with a value that it cannot have.
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
