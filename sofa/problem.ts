/**
 * The errors of REST: those of the graph's answer and of the request, as one problem of
 * kernel/problem-details.ts.
 */
import type { FastifyReply } from 'fastify';
import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { ERRORS, PosProError, type ErrorCode, type FieldError } from '#kernel/errors';
import { restPath } from '#kernel/casing';
import { isHiddenField } from '#kernel/graph/guards';
import { mustBe } from '#kernel/graph/input-errors';
import { rejectedVariable, withoutValue } from '#kernel/graph/value-messages.rules';
import {
  codeOfServerError,
  problemHeaders,
  problemOf as toProblem,
  type ProblemSource,
  type Problem,
} from '#kernel/problem-details';

/** The errors of a graph's answer. SOFA's handlers reject with it. */
export class GraphAnswerError extends Error {
  constructor(readonly errors: readonly (GraphQLError | GraphQLFormattedError)[]) {
    super(errors[0]?.message ?? 'The graph failed without saying why.');
    this.name = 'GraphAnswerError';
  }
}

/**
 * The value of one operation in the graph's answer. A field that is hidden from the caller (`@auth` below the
 * root) does not fail the route: it is null, as documented. Most such fields are not even selected
 * (`VisibleParts`); this covers those whose row decides whether the caller may see them.
 * @throws GraphAnswerError for any other error, and if nothing is left of the answer.
 */
export function answerOf(result: ExecutionResult, name: string): unknown {
  const value = result.data?.[name];
  const { errors = [] } = result;
  const faults = value == null ? errors : errors.filter((error) => !isHiddenField(error));
  if (faults.length > 0) throw new GraphAnswerError(faults);
  return value;
}

/** The errors of the request itself. Its fields already have the caller's names. */
export class InputError extends PosProError {}

/** Whether an error is a bug, which is logged completely. */
export function isInternal(error: unknown): boolean {
  return faultOf(error).status === 500;
}

/** REST names by the argument's name in snake_case, where a route has another one: `id` for `product_id`, `q` for `search`. */
export type CallerNames = ReadonlyMap<string, string>;

const NO_NAMES: CallerNames = new Map();

/** The body of an error's answer. */
export function problemOf(error: unknown, requestId: string, names = NO_NAMES): Problem {
  const fault = faultOf(error);
  if (error instanceof InputError) return toProblem(fault, requestId, (field) => field);
  return toProblem(fault, requestId, (field) => {
    const [first, ...rest] = restPath(field).split('.');
    return [names.get(first!) ?? first, ...rest].join('.');
  });
}

/** Answers a request with an error: status, headers and body. */
export function sendProblem(
  reply: FastifyReply,
  error: unknown,
  requestId: string,
  names?: CallerNames,
): FastifyReply {
  const problem = problemOf(error, requestId, names);
  return reply
    .code(problem.status)
    .headers(problemHeaders(faultOf(error)))
    .send(JSON.stringify(problem));
}

function faultOf(error: unknown): ProblemSource {
  if (error instanceof PosProError) return error;
  if (error instanceof GraphAnswerError) return graphFault(error.errors[0]);
  const code = codeOfServerError(error);
  const message = code && error instanceof Error ? error.message : '';
  return fault(code ?? 'INTERNAL', message);
}

function fault(code: ErrorCode, message: string): ProblemSource {
  return {
    code,
    status: ERRORS[code].status,
    message,
    errors: undefined,
    retryAfter: undefined,
    details: undefined,
  };
}

/** GraphQL's own messages, for errors without a code. */
const CODE_OF_GRAPHQL: Readonly<Record<string, ErrorCode>> = {
  BAD_USER_INPUT: 'VALIDATION_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'QUERY_INVALID',
};

function graphFault(error: GraphQLError | GraphQLFormattedError | undefined): ProblemSource {
  const { message = '', extensions = {} } = error ?? {};
  const named = typeof extensions.code === 'string' ? extensions.code : '';
  if (!Object.hasOwn(ERRORS, named)) return foreignFault(named, message);
  const code = named as ErrorCode;
  return {
    code,
    status: typeof extensions.status === 'number' ? extensions.status : ERRORS[code].status,
    message,
    errors: extensions.errors as FieldError[] | undefined,
    retryAfter: extensions.retryAfter as number | undefined,
    details: extensions.details as Record<string, unknown> | undefined,
  };
}

/** An error of graphql-js. Its message may quote the rejected value, so only the place and the expected type are answered. */
function foreignFault(named: string, graphMessage: string): ProblemSource {
  const rejected = rejectedVariable(graphMessage);
  if (!rejected) return fault(CODE_OF_GRAPHQL[named] ?? 'INTERNAL', withoutValue(graphMessage));
  const { field, type } = rejected;
  const message = `"${restPath(field)}" ${type === undefined ? 'is not valid.' : mustBe(type)}`;
  return { ...fault('VALIDATION_FAILED', message), errors: [{ field, message, code: 'INVALID' }] };
}
