import { GraphQLScalarType, Kind, valueFromASTUntyped, type ValueNode } from 'graphql';
import { Decimal, formatDecimal, parseDecimal } from '../decimal';
import { invalid, invariant } from '../errors';
import { isUploadedFile, type UploadedFile } from './upload';

const ISO_MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/i;
const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The maximum of NUMERIC(19, 4); a larger number is a mistake, and products of two of these still fit a
 * calculation.
 */
const MAX_DECIMAL = new Decimal('999999999999999');
const MAX_PLACES = 15;
/** Years that PostgreSQL and JavaScript can write with four digits, in every time zone. */
const FIRST_YEAR = 1000;
const LAST_YEAR = 9999;

/** The lexical form of decimals: digits, a point, no exponent. */
const DECIMAL_FORMAT = 'https://www.w3.org/TR/xmlschema-2/#decimal';
/** Moments are its `date-time`, days its `full-date`. */
const DATE_FORMAT = 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6';

/** A value in the text of an error, shortened. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function isInRange(moment: Date): boolean {
  const year = moment.getUTCFullYear();
  return year >= FIRST_YEAR && year <= LAST_YEAR;
}

/** Reads the literal of a scalar in the same way as its variable. */
function literal<Value>(parse: (value: unknown) => Value): (node: ValueNode) => Value {
  return (node) => {
    // The text of a number literal is read directly: a binary float would lose digits.
    if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return parse(node.value);
    return parse(valueFromASTUntyped(node));
  };
}

function readDecimal(kind: string): (value: unknown) => Decimal {
  return (value) => {
    const decimal = parseDecimal(value);
    if (!decimal) throw invalid('', `${shown(value)} is not ${kind}; send a decimal such as "12.50".`);
    if (decimal.abs().greaterThan(MAX_DECIMAL) || decimal.decimalPlaces() > MAX_PLACES) {
      throw invalid(
        '',
        `The number may have at most 15 digits before the point and ${MAX_PLACES} after it.`,
        'TOO_LARGE',
      );
    }
    return decimal;
  };
}

const readMoney = readDecimal('an amount of money');
const readQuantity = readDecimal('a decimal');

const MoneyScalar = new GraphQLScalarType<Decimal, string>({
  name: 'Money',
  specifiedByURL: DECIMAL_FORMAT,
  serialize(value) {
    // Only formatMoney knows the currency's decimal places, so a bare Decimal here is a forgotten conversion.
    invariant(
      typeof value === 'string',
      'a Money field must be resolved with formatMoney or formatUnitPrice',
    );
    return value;
  },
  parseValue: readMoney,
  parseLiteral: literal(readMoney),
});

const DecimalScalar = new GraphQLScalarType<Decimal, string>({
  name: 'Decimal',
  specifiedByURL: DECIMAL_FORMAT,
  serialize(value) {
    const decimal = parseDecimal(value);
    invariant(decimal, `${String(value)} is not a decimal`);
    return formatDecimal(decimal);
  },
  parseValue: readQuantity,
  parseLiteral: literal(readQuantity),
});

function readMoment(value: unknown): Date {
  const moment = typeof value === 'string' && ISO_MOMENT.test(value) ? new Date(value) : undefined;
  if (!moment || Number.isNaN(moment.getTime())) {
    throw invalid(
      '',
      `${shown(value)} is not a moment; send ISO 8601 with an offset, such as "2026-01-31T18:04:05Z".`,
    );
  }
  if (!isInRange(moment))
    throw invalid('', `The year must be from ${FIRST_YEAR} to ${LAST_YEAR}.`, 'OUT_OF_RANGE');
  return moment;
}

const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  specifiedByURL: DATE_FORMAT,
  serialize(value) {
    if (value instanceof Date) return value.toISOString();
    invariant(typeof value === 'string', 'a DateTime field must be a Date or an ISO string');
    return value;
  },
  parseValue: readMoment,
  parseLiteral: literal(readMoment),
});

function readDay(value: unknown): string {
  const valid =
    typeof value === 'string' &&
    ISO_DAY.test(value) &&
    new Date(`${value}T00:00:00Z`).toJSON()?.startsWith(value);
  if (!valid) throw invalid('', `${shown(value)} is not a day; send "YYYY-MM-DD".`);
  if (!isInRange(new Date(value)))
    throw invalid('', `The year must be from ${FIRST_YEAR} to ${LAST_YEAR}.`, 'OUT_OF_RANGE');
  return value;
}

const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  specifiedByURL: DATE_FORMAT,
  serialize: (value) => String(value),
  parseValue: readDay,
  parseLiteral: literal(readDay),
});

const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

function readUpload(value: unknown): UploadedFile {
  if (!isUploadedFile(value))
    throw invalid(
      '',
      'Send the file as multipart/form-data: over REST, or by the GraphQL multipart request specification.',
    );
  return value;
}

const UploadScalar = new GraphQLScalarType<UploadedFile, never>({
  name: 'Upload',
  serialize() {
    throw new Error('An Upload is input only.');
  },
  parseValue: readUpload,
  parseLiteral: () => readUpload(undefined),
});

/** The resolvers of kernel/graph/scalars.graphql; every subgraph has them. */
export const scalarResolvers = {
  Money: MoneyScalar,
  Decimal: DecimalScalar,
  DateTime: DateTimeScalar,
  Date: DateScalar,
  JSON: JsonScalar,
  Upload: UploadScalar,
};
