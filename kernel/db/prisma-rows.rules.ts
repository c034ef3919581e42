/** What Prisma answers, made the same as what a statement by hand answers (pg-types.ts). */
import { Decimal } from '../decimal';
import { invariant } from '../errors';
import { MODELS } from './prisma-models.generated';

/** Types of columns that Prisma reads as something else. */
export type ConvertedType = 'numeric' | 'bigint' | 'date' | 'bytea';

/** What has to be known of a model to make rows of what Prisma answers. */
export interface ConvertedModel {
  /** Its fields of such types. */
  readonly fields: Readonly<Record<string, ConvertedType>>;
  /** The models that its relations lead to. */
  readonly relations: Readonly<Record<string, string>>;
}

const CONVERSIONS: Readonly<Record<ConvertedType, (value: unknown) => unknown>> = {
  // Prisma brings a decimal.js of its own, whose numbers are none of ours.
  numeric: (value) => new Decimal(value as Decimal),
  bigint: (value) => {
    const number = Number(value);
    invariant(Number.isSafeInteger(number), `${String(value)} does not fit into a number`);
    return number;
  },
  date: (value) => (value as Date).toISOString().slice(0, 'YYYY-MM-DD'.length),
  bytea: ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength),
} as Record<ConvertedType, (value: unknown) => unknown>;

/**
 * Makes rows of what an operation on a model answered, in place, with what it answered of the relations. Counts stay as they are.
 *
 * @param answer a row, rows, a number, `{ count }` or null.
 */
export function toRows(model: string, answer: unknown): unknown {
  if (Array.isArray(answer)) answer.forEach((row) => toRows(model, row));
  else if (typeof answer === 'object' && answer !== null)
    toRow(MODELS[model]!, answer as Record<string, unknown>);
  return answer;
}

function toRow({ fields, relations }: ConvertedModel, row: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(row)) {
    if (value === null) continue;
    const type = fields[name];
    const related = relations[name];
    if (type) row[name] = Array.isArray(value) ? value.map(CONVERSIONS[type]) : CONVERSIONS[type](value);
    else if (related) toRows(related, value);
  }
}
