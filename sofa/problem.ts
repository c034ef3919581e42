/** Errors as REST sends them: `application/problem+json` (RFC 9457), made from the one table in kernel/errors.ts. */
import type { FastifyReply } from 'fastify';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { ERRORS, PosProError, type ErrorCode, type FieldError } from '../kernel/errors';
import { restPath, snake } from './names';

export const PROBLEM_TYPE = 'application/problem+json';

/** The body of every error. */
export interface Problem {
  /** Names the kind of fault, one address for each code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly request_id: string;
  /** Whether the same request may succeed later without being changed. */
  readonly retry: boolean;
  /** Faults by field, in the names of the request. */
  readonly errors?: readonly FieldError[];
  /** Facts for the caller's program, such as what is available. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** What a graph's answer says went wrong. The handlers of SOFA reject with it. */
export class GraphFault extends Error {
  constructor(readonly errors: readonly (GraphQLError | GraphQLFormattedError)[]) {
    super(errors[0]?.message ?? 'The graph failed without saying why.');
    this.name = 'GraphFault';
  }
}

/** What is wrong with the request itself. Its fields are named as the caller named them, and stay so. */
export class InputError extends PosProError {}

interface Fault {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfter: number | undefined;
  readonly facts: Readonly<Record<string, unknown>> | undefined;
}

const MASKED = 'The request was all right; something failed here. It is in the log under the request id.';
/** How long to wait where the fault itself does not know, in seconds. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 1, 503: 5 };

/** Whether an error is one of ours to mend, and therefore belongs into the log whole. */
export function isInternal(error: unknown): boolean {
  return faultOf(error).status === 500;
}

export function problemOf(error: unknown, requestId: string): Problem {
  const fault = faultOf(error);
  const { title, retry } = ERRORS[fault.code];
  const named = error instanceof InputError ? (field: string) => field : restPath;
  return {
    type: `https://pospro.dev/errors/${fault.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status: fault.status,
    detail: fault.code === 'INTERNAL' ? MASKED : fault.message,
    code: fault.code,
    request_id: requestId,
    retry,
    ...(fault.errors?.length ? { errors: fault.errors.map((one) => ({ ...one, field: named(one.field) })) } : {}),
    ...(fault.facts ? { facts: snakeKeys(fault.facts) as Record<string, unknown> } : {}),
  };
}

/** Answers a request with an error: status, headers and body. */
export function sendProblem(reply: FastifyReply, error: unknown, requestId: string): FastifyReply {
  const fault = faultOf(error);
  const problem = problemOf(error, requestId);
  const retryAfter = fault.retryAfter ?? RETRY_AFTER[fault.status];
  if (retryAfter !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfter))));
  if (fault.status === 401) reply.header('www-authenticate', challenge(fault.code));
  // What is left of a body that was refused unread is not worth waiting for.
  if (fault.status === 413 || fault.status === 415) reply.header('connection', 'close');
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .header('content-type', `${PROBLEM_TYPE}; charset=utf-8`)
    .send(JSON.stringify(problem));
}

function challenge(code: ErrorCode): string {
  return code.startsWith('TOKEN_') ? 'Bearer realm="pospro", error="invalid_token"' : 'Bearer realm="pospro"';
}

function faultOf(error: unknown): Fault {
  if (error instanceof PosProError) return error;
  if (error instanceof GraphFault) return graphFault(error.errors[0]);
  const status = statusOf(error);
  const code = status === undefined ? undefined : CODE_OF_STATUS[status];
  const message = code && error instanceof Error ? error.message : '';
  return fault(code ?? 'INTERNAL', message);
}

/** What the web server and its plug-ins say in `statusCode`. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  411: 'BAD_REQUEST',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
};

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function fault(code: ErrorCode, message: string): Fault {
  return { code, status: ERRORS[code].status, message, errors: undefined, retryAfter: undefined, facts: undefined };
}

/** What GraphQL itself says where no code of ours stands. */
const CODE_OF_GRAPHQL: Readonly<Record<string, ErrorCode>> = {
  BAD_USER_INPUT: 'VALIDATION_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'QUERY_INVALID',
};

function graphFault(error: GraphQLError | GraphQLFormattedError | undefined): Fault {
  const extensions = error?.extensions ?? {};
  const named = typeof extensions.code === 'string' ? extensions.code : '';
  const coercion = /^Variable "\$(\w+)" got invalid value .*?(?: at "([^"]+)")?; (.*)$/s.exec(error?.message ?? '');
  if (error && coercion && !Object.hasOwn(ERRORS, named)) {
    const field = coercion[2] ?? coercion[1]!;
    return { ...fault('VALIDATION_FAILED', coercion[3]!), errors: [{ field, message: coercion[3]!, code: 'INVALID' }] };
  }
  const code = Object.hasOwn(ERRORS, named) ? (named as ErrorCode) : (CODE_OF_GRAPHQL[named] ?? 'INTERNAL');
  return {
    code,
    status: typeof extensions.status === 'number' ? extensions.status : ERRORS[code].status,
    message: error?.message ?? '',
    errors: extensions.errors as FieldError[] | undefined,
    retryAfter: extensions.retryAfter as number | undefined,
    facts: extensions.facts as Record<string, unknown> | undefined,
  };
}

function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snake(key), snakeKeys(inner)]));
}
