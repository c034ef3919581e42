/**
 * Issues as values: a preview lists them, and an operation throws them. Rules return issues; only `throwIssues` and `requireValue`
 * turn an issue into an error.
 */
import { PosProError, type ErrorCode } from '#kernel/errors';

/** A reason why an operation cannot be done. */
export interface Issue {
  code: ErrorCode;
  message: string;
  /** Index of the item; null for the order as a whole. */
  item: number | null;
  /** The path in the input, in the graph's names; empty if no field is wrong. */
  field: string;
  /** The machine-readable reason within the code. */
  reason: string;
  /** The text of the error, if the message is clear only beside its field. */
  text?: string;
  details?: Record<string, unknown>;
}

/** The value that a rule computes, or the issues that prevent it. */
export type Result<Value> = { value: Value; issues?: undefined } | Failure;

/** At least one issue instead of a value. */
export interface Failure {
  value?: never;
  issues: Issue[];
}

/** An invalid field of the input. */
export function fieldIssue(
  field: string,
  message: string,
  reason: string,
  item: number | null = null,
): Issue {
  return { code: 'VALIDATION_FAILED', message, item, field, reason };
}

/** Issues of items in another field than `items`, such as the returned items of an exchange. */
export function itemIssuesIn(field: string, issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ ...issue, field: issue.field.replace(/^items(?=\.|$)/, field) }));
}

/** The type of a result's value. */
export type Value<Of extends Result<unknown>> = Exclude<Of['value'], undefined>;

/** The order in which issues become an error: a caller who lacks a permission learns that first. */
const GRAVITY: readonly ErrorCode[] = [
  'FORBIDDEN',
  'APPROVAL_REQUIRED',
  'PRODUCT_NOT_FOUND',
  'VALIDATION_FAILED',
  'DISCOUNT_INVALID',
  'DISCOUNT_EXHAUSTED',
];

/** @throws PosProError with the code of the gravest issue and all issues of that code. No issues, no error. */
export function throwIssues(issues: readonly Issue[]): void {
  if (issues.length > 0) throw toError(issues);
}

/** @throws PosProError as `throwIssues`, if the result has no value. */
export function requireValue<Of extends Result<unknown>>(result: Of): Value<Of> {
  if (result.issues) throw toError(result.issues);
  return result.value as Value<Of>;
}

function toError(issues: readonly Issue[]): PosProError {
  const code = GRAVITY.find((grave) => issues.some((issue) => issue.code === grave)) ?? issues[0]!.code;
  const gravest = issues.filter((issue) => issue.code === code);
  const errors = gravest.flatMap(({ field, message, reason }) =>
    field === '' ? [] : [{ field, message, code: reason }],
  );
  return new PosProError(
    code,
    gravest
      .slice(0, 5)
      .map(({ text, message }) => text ?? message)
      .join(' '),
    {
      // An unknown product inside a basket is an error in the basket, not in the path.
      ...(code === 'PRODUCT_NOT_FOUND' ? { status: 422 } : {}),
      ...(errors.length > 0 ? { errors } : {}),
      ...(gravest[0]!.details ? { details: gravest[0]!.details } : {}),
    },
  );
}
