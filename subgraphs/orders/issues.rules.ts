/**
 * Issues that a rule found, as values: a preview lists them, and an operation throws them. Rules return; `throwIssues` and
 * `requireValue` are the only places that make an error of an issue.
 */
import { PosProError, type ErrorCode } from '#kernel/errors';

/** A reason why an operation cannot be done. */
export interface Issue {
  code: ErrorCode;
  message: string;
  /** Index of the item; null for the order as a whole. */
  item: number | null;
  /** The path in the input, in the graph's names; empty where no field is at fault. */
  field: string;
  /** The machine-readable reason within the code. */
  reason: string;
  /** The text of the error, where the message needs its field to be understood. */
  text?: string;
  facts?: Record<string, unknown>;
}

/** The value that a rule computes, or why there is none. */
export type Result<Value> = { value: Value; issues?: undefined } | Failure;

/** At least one issue in the place of a value. */
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

/** The issues of an input that names its items otherwise than `items`, as an exchange names those that come back. */
export function itemIssuesIn(field: string, issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ ...issue, field: issue.field.replace(/^items(?=\.|$)/, field) }));
}

/** The value of a result that has one. */
export type Value<Of extends Result<unknown>> = Exclude<Of['value'], undefined>;

/** The order in which issues become an error: a caller who lacks a permission learns that first. */
const GRAVITY: readonly ErrorCode[] = [
  'FORBIDDEN',
  'APPROVAL_REQUIRED',
  'PRODUCT_NOT_FOUND',
  'VALIDATION_FAILED',
  'DISCOUNT_INVALID',
];

/** @throws PosProError for the gravest issue, naming all of its code; nothing where there is none. */
export function throwIssues(issues: readonly Issue[]): void {
  if (issues.length > 0) throw toError(issues);
}

/** @throws PosProError as `throwIssues`, where the rule found no value. */
export function requireValue<Of extends Result<unknown>>(result: Of): Value<Of> {
  if (result.issues) throw toError(result.issues);
  return result.value as Value<Of>;
}

function toError(issues: readonly Issue[]): PosProError {
  const code = GRAVITY.find((grave) => issues.some((known) => known.code === grave)) ?? issues[0]!.code;
  const same = issues.filter((known) => known.code === code);
  const errors = same.flatMap(({ field, message, reason }) =>
    field === '' ? [] : [{ field, message, code: reason }],
  );
  return new PosProError(
    code,
    same
      .slice(0, 5)
      .map(({ text, message }) => text ?? message)
      .join(' '),
    {
      // An unknown product inside a basket is a fault of the basket, not of the path.
      ...(code === 'PRODUCT_NOT_FOUND' ? { status: 422 } : {}),
      ...(errors.length > 0 ? { errors } : {}),
      ...(same[0]!.facts ? { facts: same[0]!.facts } : {}),
    },
  );
}
