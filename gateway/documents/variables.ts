/** Limits of variables, checked before their types: deep nesting would exhaust recursive code. */
import { invalid } from '#kernel/errors';
import { isUploadedFile } from '#kernel/graph/upload';

/** Inputs of the schema nest six levels deep. */
const MAX_DEPTH = 32;
/** A sale of 2,500 lines has some 20,000 values. */
const MAX_VALUES = 100_000;
const TOO_MANY = `brings the variables above ${MAX_VALUES} values.`;

/** @throws PosProError 422 naming the variable. */
export function checkVariables(variables: Readonly<Record<string, unknown>>): void {
  let values = 0;
  for (const [name, value] of Object.entries(variables)) {
    const open: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
    for (let next = open.pop(); next; next = open.pop()) {
      values += 1;
      if (next.depth > MAX_DEPTH) throw refused(name, `nests deeper than ${MAX_DEPTH} levels.`, 'TOO_DEEP');
      if (typeof next.value !== 'object' || next.value === null || isUploadedFile(next.value)) continue;
      const inside: unknown[] = Object.values(next.value);
      if (values + open.length + inside.length > MAX_VALUES) throw refused(name, TOO_MANY, 'TOO_MANY');
      for (const inner of inside) open.push({ value: inner, depth: next.depth + 1 });
    }
  }
}

function refused(name: string, what: string, code: string): Error {
  const field = name.slice(0, 100);
  return invalid(field, `The variable "${field}" ${what}`, code);
}
