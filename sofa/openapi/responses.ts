/** The responses of a route: its success, and all its errors. */
import { getNamedType, isNonNullType, isObjectType, type GraphQLOutputType } from 'graphql';
import { ERRORS, PosProError, type ErrorCode } from '#kernel/errors';
import { csvHeader } from '../export/csv';
import { PLAIN_CSV } from '../export/csv-dialect';
import { TABLE_TYPES } from '../export/formats';
import type { TablePlan } from '../export/table-plan';
import { PROBLEM_TYPE } from '#kernel/problem-details';
import { problemOf } from '../problem';
import { PERSONS_ONLY, SIGNED_IN_TOO } from './info';
import { outputExample } from './examples';
import { isRevalidated, type RequestPlan } from './requests';
import { presentSchema } from './schemas';
import { refTo, type Header, type MediaType, type Reference, type Response, type Schema } from './types';

/** The error for each status in the document, with its name. */
const ERROR_RESPONSES: readonly { status: number; name: string; code: ErrorCode; detail: string }[] = [
  { status: 400, name: 'BadRequest', code: 'BAD_REQUEST', detail: 'The body is not valid JSON in UTF-8.' },
  { status: 401, name: 'Unauthenticated', code: 'UNAUTHENTICATED', detail: 'Sign in with POST /auth/login.' },
  {
    status: 402,
    name: 'PaymentDeclined',
    code: 'PAYMENT_DECLINED',
    detail: 'The payment was declined: insufficient_funds.',
  },
  { status: 403, name: 'Forbidden', code: 'FORBIDDEN', detail: 'This needs the permission "catalog:write".' },
  {
    status: 404,
    name: 'NotFound',
    code: 'NOT_FOUND',
    detail: 'There is no product with the id "0190a000-0000-7000-8000-0000000000ff".',
  },
  { status: 406, name: 'NotAcceptable', code: 'NOT_ACCEPTABLE', detail: 'This answers application/json.' },
  { status: 409, name: 'Conflict', code: 'ILLEGAL_STATE', detail: 'The order is cancelled already.' },
  {
    status: 410,
    name: 'Gone',
    code: 'CURSOR_EXPIRED',
    detail: 'Events are kept for seven days; read the present state and start again.',
  },
  {
    status: 412,
    name: 'PreconditionFailed',
    code: 'PRECONDITION_FAILED',
    detail: 'The current version of the product is 4. Read it again and repeat the change with that version.',
  },
  {
    status: 413,
    name: 'PayloadTooLarge',
    code: 'PAYLOAD_TOO_LARGE',
    detail: 'The body may have at most 1048576 bytes.',
  },
  {
    status: 414,
    name: 'PathTooLong',
    code: 'URI_TOO_LONG',
    detail: 'A segment of the path may have at most 300 characters.',
  },
  {
    status: 415,
    name: 'UnsupportedMediaType',
    code: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'text/xml is not supported; send application/json.',
  },
  {
    status: 422,
    name: 'ValidationFailed',
    code: 'VALIDATION_FAILED',
    detail: 'items.0.quantity: The quantity must be above zero.',
  },
  {
    status: 429,
    name: 'RateLimited',
    code: 'RATE_LIMITED',
    detail: 'A hundred requests a minute are allowed.',
  },
  { status: 500, name: 'InternalError', code: 'INTERNAL', detail: '' },
  {
    status: 503,
    name: 'Unavailable',
    code: 'UNAVAILABLE',
    detail: 'The database is temporarily unreachable.',
  },
];

export function problemSchema(): Schema {
  return {
    type: 'object',
    description: 'An error (RFC 9457).',
    properties: {
      type: { type: 'string', format: 'uri', description: 'Names the kind of error.' },
      title: { type: 'string', description: 'The kind of error, in words.' },
      status: { type: 'integer', description: 'The HTTP status.' },
      detail: { type: 'string', description: 'The error in this request.' },
      code: {
        type: 'string',
        description: 'The kind of error, for programs; GraphQL says the same in `extensions.code`.',
        enum: Object.keys(ERRORS),
      },
      request_id: { type: 'string', description: 'Names the request in the log.' },
      retry: { type: 'boolean', description: 'Whether the same request may succeed later.' },
      errors: {
        type: 'array',
        description: 'The errors by field.',
        items: refTo('schemas', 'ProblemField'),
      },
      details: { type: 'object', description: 'Data of the error, such as the available quantity.' },
    },
    required: ['type', 'title', 'status', 'detail', 'code', 'request_id', 'retry'],
  };
}

export function problemFieldSchema(): Schema {
  return {
    type: 'object',
    description: 'The error of one field.',
    properties: {
      field: { type: 'string', description: 'The field, from the top of the request: `items.0.quantity`.' },
      message: { type: 'string', description: 'The error, for people.' },
      code: {
        type: 'string',
        description: 'The kind of error, for programs: `REQUIRED`, `INVALID`, `UNKNOWN_FIELD` and others.',
      },
    },
    required: ['field', 'message', 'code'],
  };
}

/** The shared responses: one for each status. */
export function errorComponents(): Record<string, Response> {
  const entries = ERROR_RESPONSES.map(({ status, name, code, detail }): [string, Response] => {
    const errors =
      status === 422
        ? [{ field: 'items.0.quantity', message: 'The quantity must be above zero.', code: 'INVALID' }]
        : undefined;
    const example = problemOf(
      new PosProError(code, detail, errors && { errors }),
      '0190a000-0000-7000-8000-00000000abcd',
    );
    const headers: Record<string, Reference> = { 'X-Request-Id': refTo('headers', 'RequestId') };
    if (status === 429 || status === 503) headers['Retry-After'] = refTo('headers', 'RetryAfter');
    if (status === 401) headers['WWW-Authenticate'] = refTo('headers', 'Challenge');
    const schema = refTo('schemas', 'Problem');
    return [
      name,
      { description: `${ERRORS[code].title}.`, headers, content: { [PROBLEM_TYPE]: { schema, example } } },
    ];
  });
  return Object.fromEntries(entries);
}

export function headerComponents(): Record<string, Header> {
  const text: Schema = { type: 'string' };
  return {
    RequestId: {
      description: 'Names the request in the log; what the request sent under this name comes back.',
      schema: text,
    },
    RetryAfter: {
      description: 'Seconds after which a retry makes sense.',
      schema: { type: 'integer', minimum: 1 },
    },
    Challenge: { description: 'The authentication scheme: a bearer token.', schema: text },
    EntityTag: { description: 'Names this state of the answer, for `If-None-Match`.', schema: text },
    Version: { description: 'The `version` in quotation marks, for `If-Match`.', schema: text },
    Link: {
      description:
        'The addresses of the next, previous, first and last page, or of the continuation of a feed (RFC 8288). The last one is omitted if the total is an estimate.',
      schema: text,
    },
    TotalCount: {
      description: 'Number of items on all pages: exact up to 10,000, an estimate beyond.',
      schema: { type: 'integer', minimum: 0 },
    },
    IdempotencyReplayed: {
      description: '`true` if the answer is that of the first request with this key.',
      schema: text,
    },
    ContentDisposition: { description: 'The name under which to save the file.', schema: text },
  };
}

/** Every response of a route, by status. */
export function responsesOf(
  plan: RequestPlan,
  table: TablePlan | undefined,
  hasBody: boolean,
): Record<string, Response | Reference> {
  const { route } = plan.operation;
  const responses: Record<string, Response | Reference> = { [route.status]: success(plan, table) };
  if (isRevalidated(plan.operation)) {
    responses[304] = {
      description: 'Unchanged since the answer that `If-None-Match` names.',
      headers: { ETag: refTo('headers', 'EntityTag') },
    };
  }
  const happens = statuses(plan, hasBody);
  for (const { status, name } of ERROR_RESPONSES)
    if (happens.has(status)) responses[status] = refTo('responses', name);
  return responses;
}

function statuses(plan: RequestPlan, hasBody: boolean): ReadonlySet<number> {
  const { route, nullable } = plan.operation;
  const { public: open } = route.operation;
  const takesValues = plan.input.slots.size > 0;
  // Every route rejects unknown names in the query string.
  const happens = new Set([400, 406, 422, 429, 500, 503, ...refusals(plan)]);
  if (route.pathParameters.length > 0) happens.add(414);
  // Anonymous callers cannot name anything that may not exist.
  if (route.pathParameters.length > 0 || nullable || (takesValues && !open)) happens.add(404);
  // A cursor of the events is valid only for some days.
  const resumes = plan.input.slots.get('since')?.declared.type.toString() === 'String';
  if (resumes || endsByTime(plan)) happens.add(410);
  if (!resumes && mayConflict(plan)) happens.add(409);
  if (plan.operation.versioned) happens.add(412);
  if (takesMoney(plan)) happens.add(402);
  if (hasBody) [413, 415].forEach((status) => happens.add(status));
  return happens;
}

/** Checkouts of carts, which are paid with them. */
const CHECKOUTS: ReadonlySet<string> = new Set(['checkoutCart', 'confirmCheckout']);

/** Whether a provider is asked for a payment, and may decline it. */
function takesMoney({ operation: { route, answer } }: RequestPlan): boolean {
  const { root, field } = route.operation;
  return CHECKOUTS.has(field) || (root === 'Mutation' && getNamedType(answer).toString() === 'Payment');
}

/** Whether the caller names a cart, which ends some time after its last change. */
function endsByTime({ input, operation: { route, answer } }: RequestPlan): boolean {
  const { field } = route.operation;
  return CHECKOUTS.has(field) || input.slots.has('cart_id') || getNamedType(answer).toString() === 'Cart';
}

/** Documents of a row, which some of its states do not have. */
const DOCUMENTS_OF_A_STATE: ReadonlySet<string> = new Set(['packingSlip']);

/** Whether the present state may cause an error. */
function mayConflict({ operation: { route, kind } }: RequestPlan): boolean {
  const { root, scopes, field } = route.operation;
  if (root === 'Mutation' || route.method !== 'GET' || DOCUMENTS_OF_A_STATE.has(field)) return true;
  // An answer without a name in the path depends on the caller: on the open register, for example.
  return kind === 'object' && route.pathParameters.length === 0 && scopes.length > 0;
}

/** The authentication and permission errors of a route. */
function refusals({ operation: { route, answer } }: RequestPlan): number[] {
  const { public: open, scopes, field } = route.operation;
  const named = getNamedType(answer);
  // Signing in is public and may still fail with 401.
  const signsIn = isObjectType(named) && 'access_token' in named.getFields();
  if (SIGNED_IN_TOO.has(field)) return [401, 403];
  if (open) return signsIn ? [401] : [];
  return scopes.length > 0 || PERSONS_ONLY.has(field) ? [401, 403] : [401];
}

function success(plan: RequestPlan, table: TablePlan | undefined): Response {
  const { route, kind, feed, tagged, answer } = plan.operation;
  const headers: Record<string, Reference> = { 'X-Request-Id': refTo('headers', 'RequestId') };
  if (tagged) headers.ETag = refTo('headers', 'Version');
  else if (isRevalidated(plan.operation)) headers.ETag = refTo('headers', 'EntityTag');
  if (kind === 'page' || feed) headers.Link = refTo('headers', 'Link');
  if (kind === 'page' || kind === 'list') headers['X-Total-Count'] = refTo('headers', 'TotalCount');
  if (route.operation.root === 'Mutation')
    headers['Idempotency-Replayed'] = refTo('headers', 'IdempotencyReplayed');
  if (table) headers['Content-Disposition'] = refTo('headers', 'ContentDisposition');
  const content: Record<string, MediaType> = {
    'application/json': kind === 'list' ? list(plan, answer) : single(plan, answer),
  };
  const named = getNamedType(answer);
  const description = (isObjectType(named) ? named.description : undefined) ?? 'The answer.';
  if (!table) return { description, headers, content };
  const alternatives = { 'x-alternative-content': tableContent(table) };
  return { description: `${description}\n\n${ALSO_TABLES}`, headers, content, ...alternatives };
}

const ALSO_TABLES =
  'Comes as CSV (`text/csv`) or as a workbook (XLSX) instead, if `format` or the `Accept` header asks for it.';

/**
 * The tables of a list. They stand beside `content`: generators of clients type an answer as the union of all its media types, and in a
 * page or text no client could read a field. A client asks for a table on purpose and then expects one.
 */
function tableContent(table: TablePlan): Record<string, MediaType> {
  return {
    [TABLE_TYPES.csv]: { schema: { type: 'string' }, example: csvHeader(table, PLAIN_CSV) },
    [TABLE_TYPES.xlsx]: { schema: { type: 'string', contentMediaType: TABLE_TYPES.xlsx } },
  };
}

function single({ supergraph }: RequestPlan, answer: GraphQLOutputType): MediaType {
  return { schema: presentSchema(answer, 'out'), example: outputExample(answer, supergraph) };
}

/** A plain list has the envelope of a page. */
function list({ supergraph }: RequestPlan, answer: GraphQLOutputType): MediaType {
  const whole: Schema = { type: 'integer', minimum: 0 };
  const properties: Record<string, Schema> = {
    items: presentSchema(isNonNullType(answer) ? (answer.ofType as GraphQLOutputType) : answer, 'out'),
    total: { ...whole, description: 'Number of items.' },
    total_is_estimate: { type: 'boolean', description: 'Always false.' },
    page: { ...whole, description: 'Always 1: the answer has the whole list.' },
    size: { ...whole, description: 'Number of items.' },
    pages: { ...whole, description: 'Always 1.' },
    has_next_page: { type: 'boolean', description: 'Always false.' },
    next_cursor: { type: ['string', 'null'], description: 'Always null.' },
  };
  const example = {
    items: outputExample(answer, supergraph),
    total: 1,
    total_is_estimate: false,
    page: 1,
    size: 1,
    pages: 1,
    has_next_page: false,
    next_cursor: null,
  };
  return { schema: { type: 'object', properties, required: Object.keys(properties) }, example };
}
