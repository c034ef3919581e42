/** What a rule refuses, for exact comparison. */
import { PosProError, type FieldError } from '#kernel/errors';
import { requireValue, type Result, type Value } from '#subgraphs/orders/issues.rules';

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** Runs what must throw a PosProError. @throws whatever else it throws, and an Error where it throws nothing. */
export function refusalOf(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (!(error instanceof PosProError)) throw error;
    const { code, message, errors, details } = error;
    return { code, message, errors, details };
  }
  throw new Error('nothing was refused');
}

/** A rule as an operation uses it: answers the value, and throws the issues. */
export function required<Args extends unknown[], Of extends Result<unknown>>(
  rule: (...args: Args) => Of,
): (...args: Args) => Value<Of> {
  return (...args) => requireValue(rule(...args));
}

/** The code of the error that a rule throws, and that of its first field; "none" if it throws nothing. */
export function codesOf(work: () => unknown): [code: string, fieldCode: string | undefined] | 'none' {
  try {
    work();
  } catch (error) {
    if (error instanceof PosProError) return [error.code, error.errors?.[0]?.code];
    throw error;
  }
  return 'none';
}
