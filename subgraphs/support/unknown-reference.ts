import type { FieldError } from '#kernel/errors';

/** The error for a reference to a row that is not there. */
export function unknownReference(field: string, noun: string): FieldError {
  return { field, message: `There is no such ${noun}.`, code: 'NOT_FOUND' };
}
