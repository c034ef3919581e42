/** Converts Prisma's answers to those of statements by hand (pg-types.ts). */
import { Decimal } from '../decimal';
import { invariant } from '../errors';
import type { ConvertedModel, ConvertedType } from './converted-model';
import { MODELS } from './prisma-models.generated';

const CONVERSIONS: Readonly<Record<ConvertedType, (value: unknown) => unknown>> = {
  // Prisma has its own copy of decimal.js, so its numbers are not instances of the kernel's class.
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
 * Converts the result of an operation on a model in place, relations included. Counts stay as they are.
 *
 * @param result a row, rows, a number, `{ count }` or null.
 */
export function toRows(model: string, result: unknown): unknown {
  if (Array.isArray(result)) result.forEach((row) => toRows(model, row));
  else if (typeof result === 'object' && result !== null)
    toRow(MODELS[model]!, result as Record<string, unknown>);
  return result;
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
