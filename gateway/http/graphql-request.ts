/** Reads GraphQL requests, by the GraphQL-over-HTTP specification. */
import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { PosProError } from '#kernel/errors';

/** The parameters of a request; `query` is missing for a persisted document. */
export interface GraphQLRequest {
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
  readonly persisted: string | undefined;
}

/**
 * @param body of a POST. Optional; defaults to the parsed body of the request.
 * @throws PosProError 400 for an invalid GraphQL request, 405 for methods other than GET and POST.
 */
export function readGraphQLRequest(request: FastifyRequest, body: unknown = request.body): GraphQLRequest {
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new PosProError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here; use GET or POST.`);
  }
  const given = request.method === 'GET' ? searchOf(request) : body;
  if (!isObject(given))
    throw malformed('The body must be a JSON object with a "query"; batches are not served.');
  const query = textIn(given, 'query');
  const persisted = persistedIn(objectIn(given, 'extensions') ?? {});
  if (!query && !persisted)
    throw malformed('The request has neither a "query" nor a "persistedQuery" extension.');
  return {
    query: query ?? undefined,
    operationName: textIn(given, 'operationName') ?? undefined,
    variables: objectIn(given, 'variables') ?? {},
    persisted,
  };
}

/** The query string with JSON in `variables` and `extensions`. */
function searchOf({ url }: FastifyRequest): Record<string, unknown> {
  const search = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');
  const found: Record<string, unknown> = {};
  for (const name of ['query', 'operationName', 'variables', 'extensions']) {
    const values = search.getAll(name);
    if (values.length > 1) throw malformed(`The parameter "${name}" may be given once only.`);
    if (values.length === 0) continue;
    const isJson = name === 'variables' || name === 'extensions';
    found[name] = isJson ? jsonIn(name, values[0]!) : values[0];
  }
  return found;
}

function jsonIn(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw malformed(`The parameter "${name}" must be JSON.`, error);
  }
}

/** The hash of an automatic persisted query. */
function persistedIn({ persistedQuery }: Record<string, unknown>): string | undefined {
  if (persistedQuery === undefined || persistedQuery === null) return undefined;
  if (
    !isObject(persistedQuery) ||
    persistedQuery.version !== 1 ||
    typeof persistedQuery.sha256Hash !== 'string'
  ) {
    throw malformed('The extension "persistedQuery" must be {"version": 1, "sha256Hash": "…"}.');
  }
  return persistedQuery.sha256Hash;
}

function textIn(given: Record<string, unknown>, name: string): string | undefined {
  const value = given[name];
  if (value === undefined || value === null || (value === '' && name === 'operationName')) return undefined;
  if (typeof value !== 'string') throw malformed(`"${name}" must be a text.`);
  return value;
}

function objectIn(given: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  const value = given[name];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw malformed(`"${name}" must be an object.`);
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(message: string, cause?: unknown): PosProError {
  return new PosProError('BAD_REQUEST', message, { cause });
}

/**
 * Rejects requests that a page of another origin could make a browser send without a preflight. A POST must be
 * JSON, for which browsers send a preflight, or a form with a header that needs one (multipart-operation.ts); a
 * GET can only read, and a browser sends its origin.
 * @throws PosProError 400
 */
export function assertNotForged({ method, headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  if (method === 'GET' && (site === 'cross-site' || site === 'same-site')) {
    throw malformed('A page of another origin must send its queries by POST, as JSON.');
  }
}

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

/** The format of the answer. */
export interface AnswerType {
  readonly contentType: string;
  /**
   * Whether the client accepts only `application/json`: for it the status only shows whether there is a GraphQL
   * answer, and `errors` has the rest.
   */
  readonly legacy: boolean;
}

/** @throws PosProError 406 */
export function answerTypeOf({ headers: { accept } }: FastifyRequest): AnswerType {
  if (!accept) return { contentType: `${JSON_TYPE}; charset=utf-8`, legacy: false };
  const accepted = new Negotiator({ headers: { accept } }).mediaTypes([JSON_TYPE, GRAPHQL_TYPE]);
  const [preferred] = accepted;
  if (preferred === undefined) {
    throw new PosProError(
      'NOT_ACCEPTABLE',
      `Answers have the type ${GRAPHQL_TYPE} or ${JSON_TYPE}; accept one of them.`,
    );
  }
  return { contentType: `${preferred}; charset=utf-8`, legacy: !accepted.includes(GRAPHQL_TYPE) };
}
