/** Maps the database's unique violations to errors that name the field. */
import { PosProError, type FieldError } from '../errors';
import { isUniqueViolation } from './pg-errors';

/** The error of a value that is taken. */
export interface TakenError extends Omit<FieldError, 'code'> {
  /** Defaults to ALREADY_EXISTS. */
  code?: string;
}

/** The errors of taken values, by the unique constraint or index that guards them. */
export type TakenErrors = Readonly<Record<string, TakenError>>;

/** The error for the caller instead of the database's unique violation; any other error is returned unchanged. */
export function toAlreadyExists(error: unknown, taken: TakenErrors): unknown {
  const found = Object.entries(taken).find(([constraint]) => isUniqueViolation(error, constraint))?.[1];
  return found ? alreadyExists([found]) : error;
}

/** A 409 that names each field whose value is taken. */
export function alreadyExists(taken: readonly TakenError[]): PosProError {
  const errors = taken.map((error) => ({ code: 'ALREADY_EXISTS', ...error }));
  return new PosProError('ALREADY_EXISTS', errors.map(({ message }) => message).join(' '), { errors });
}

/** Runs work that writes unique values. @throws PosProError ALREADY_EXISTS instead of the database's unique violation. */
export async function mapUniqueViolations<Result>(
  taken: TakenErrors,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toAlreadyExists(error, taken);
  }
}
