/**
 * Tries the statuses that openapi.json documents for operations: those that are alike for all of them are made up from one valid
 * request, and the answers of all requests are kept, so that a test can say which documented status it has not seen.
 */
import document from '../../openapi.json';
import { sql } from '#kernel/db/database';
import { explainFailure } from '#kernel/db/pg-errors';
import { TenantPool } from '#kernel/db/pool';
import { createColleagueOf, signedInOwner, signIn, type TestOwner } from './actors';
import { startTestPlatform, type RestAnswer, type RestRequest, type TestPlatform } from './platform';

/** An id that belongs to nothing. */
export const UNKNOWN_ID = '0190a000-0000-7000-8000-00000000ffff';

const BASE = '/api/v1';
const CODES: Readonly<Record<string, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  406: 'NOT_ACCEPTABLE',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'VALIDATION_FAILED',
  429: 'RATE_LIMITED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** PostgreSQL's errors of a bug and of a server that ends. */
const DATABASE_ERRORS: Readonly<Record<string, Error>> = {
  500: new Error('a bug'),
  503: Object.assign(new Error('the server ends'), { code: '57P01' }),
};

type Documented = Readonly<Record<string, Readonly<Record<string, { responses?: object }>>>>;
type Answered = readonly [status: number, code: string | undefined];
/** A path below /api/v1, and the body if there is one. */
export type ValidRequest = readonly [path: string, body?: unknown];

export interface StatusTrial {
  readonly platform: TestPlatform;
  readonly owner: TestOwner;
  /** The owner's token. */
  readonly token: string;
  /** The token of a colleague whose role permits none of the operations. */
  readonly powerless: string;
  /** The names of the operations: `PUT /campaigns/{id}`. */
  readonly operations: readonly string[];
  /** Sends a request as the owner, and keeps the status. @param operation for example `PUT /campaigns/{id}`. */
  send(operation: string, request: ValidRequest, more?: RestRequest): Promise<RestAnswer>;
  /** `send`, of which only the status and the error's code are of interest. */
  outcome(operation: string, request: ValidRequest, more?: RestRequest): Promise<Answered>;
  /**
   * Varies a valid request, so that it fails with each documented status that does not depend on the operation. Changes nothing.
   * @returns the answers by documented status; they must be those of `commonStatuses`.
   */
  vary(operation: string, request: ValidRequest): Promise<Record<string, Answered>>;
  /**
   * Sends requests with an Idempotency-Key while the first request with the same key runs, at most three at a time.
   * @returns the answers, which must be 409 IDEMPOTENCY_IN_PROGRESS.
   */
  repeat(requests: readonly (readonly [operation: string, request: ValidRequest])[]): Promise<Answered[]>;
  /** Documented statuses that no request was answered with. */
  missing(): Record<string, string[]>;
  stop(): Promise<void>;
}

/** All documented operations whose path matches, as `PUT /campaigns/{id}`. */
export function operationsAt(pattern: RegExp): string[] {
  return Object.entries(document.paths as Documented).flatMap(([path, methods]) =>
    Object.keys(methods).flatMap((method) =>
      pattern.test(path.slice(BASE.length)) && 'responses' in methods[method]!
        ? [`${method.toUpperCase()} ${path.slice(BASE.length)}`]
        : [],
    ),
  );
}

function documentedOf(operation: string): string[] {
  const [method, path] = operation.split(' ') as [string, string];
  const found = (document.paths as Documented)[BASE + path]?.[method.toLowerCase()];
  if (!found?.responses) throw new Error(`${operation} is not in openapi.json.`);
  return Object.keys(found.responses);
}

/** The answers that `vary` must have. */
export function commonStatuses(operation: string): Record<string, Answered> {
  const inCommon = documentedOf(operation).filter(
    (status) => status in CODES && (status !== '404' || operation.includes('{')),
  );
  return Object.fromEntries(inCommon.map((status) => [status, [Number(status), CODES[status]]]));
}

/** Starts a platform, and a second one that answers one request a minute. */
export async function startStatusTrial(operations: readonly string[]): Promise<StatusTrial> {
  const platform = await startTestPlatform();
  const { owner, token } = await signedInOwner(platform.services);
  const colleague = await createColleagueOf(platform, owner, 'warehouse');
  const powerless = (await signIn(platform, colleague.email)).accessToken;
  const limited = await startTestPlatform({ env: { RATE_LIMIT_PER_MINUTE: '1' } });
  const busy = (await signedInOwner(limited.services)).token;
  await limited.rest('GET', `${BASE}/auth/me`, { token: busy });
  const answered = new Map(operations.map((name) => [name, new Set<string>()]));

  async function send(operation: string, [path, body]: ValidRequest, more: RestRequest = {}, on = platform) {
    const [method] = operation.split(' ') as [string];
    const answer = await on.rest(method, BASE + path, { token, body, ...more });
    answered.get(operation)!.add(String(answer.status));
    return answer;
  }
  const outcome = async (...request: Parameters<typeof send>): Promise<Answered> =>
    outcomeOf(await send(...request));

  /** @returns the answer with the status that a variation of the request is to fail with. */
  function varied(operation: string, request: ValidRequest, status: string): Promise<Answered> {
    const [path, body] = request;
    const xml = { accept: 'application/xml' };
    const variations: Record<string, () => Promise<Answered>> = {
      400: () =>
        body === undefined
          ? outcome(operation, request, { headers: { 'idempotency-key': 'é' } })
          : outcome(operation, [path, '{"a":']),
      401: () => outcome(operation, request, { token: undefined }),
      403: () => outcome(operation, request, { token: powerless }),
      404: () => outcome(operation, [withFirst(operation, path, unknownFor), body]),
      406: () => outcome(operation, request, { headers: xml }),
      412: () => outcome(operation, request, { headers: { 'if-match': '"7777"' } }),
      413: () => outcome(operation, [path, { note: 'x'.repeat(1_100_000) }]),
      414: () => outcome(operation, [withFirst(operation, path, () => 'x'.repeat(400)), body]),
      415: () => outcome(operation, [path, '<a/>'], { headers: { 'content-type': 'application/xml' } }),
      422: () =>
        outcome(
          operation,
          body === undefined
            ? [`${path}${path.includes('?') ? '&' : '?'}colour=red`]
            : [path, { ...(body as object), colour: 'red' }],
        ),
      429: () => outcome(operation, request, { token: busy }, limited),
      500: () => withFailingDatabase('500', () => outcome(operation, request)),
      503: () => withFailingDatabase('503', () => outcome(operation, request)),
    };
    return variations[status]!();
  }

  return {
    ...{ platform, owner, token, powerless, operations, send, outcome },
    async vary(operation, request) {
      const answers: Record<string, Answered> = {};
      for (const status of Object.keys(commonStatuses(operation)))
        answers[status] = await varied(operation, request, status);
      return answers;
    },
    repeat: (requests) => {
      const key = 'a key that is in use';
      const { organizationId, user } = owner;
      // The lock that a transaction takes of its key.
      const lock = sql`select pg_advisory_xact_lock(hashtextextended(${`${organizationId} ${user.id} ${key}`}::text, 0))`;
      return platform.services.database.begin({ organizationId }, async (client) => {
        await client.run(lock);
        const sent = requests.map(([operation, request]) =>
          outcome(operation, request, { headers: { 'idempotency-key': key } }),
        );
        return Promise.all(sent);
      });
    },
    missing() {
      const left = operations.map((name) => {
        const unseen = documentedOf(name).filter((status) => !answered.get(name)!.has(status));
        return [name, unseen] as const;
      });
      return Object.fromEntries(left.filter(([, unseen]) => unseen.length > 0));
    },
    async stop() {
      await platform.stop();
      await limited.stop();
    },
  };
}

/** The status and the error's code of an answer. */
export function outcomeOf({ status, body }: RestAnswer): Answered {
  return [status, (body as { code?: string } | undefined)?.code];
}

/** The fields of a 422 with their codes: `name REQUIRED`. */
export function fieldsOf({ body }: RestAnswer): string[] {
  const { errors = [] } = body as { errors?: { field: string; code: string }[] };
  return errors.map(({ field, code }) => `${field} ${code}`);
}

/** Another value in place of the path's first parameter. */
function withFirst(operation: string, path: string, change: (value: string) => string): string {
  const segment = operation
    .split(' ')[1]!
    .split('/')
    .findIndex((part) => part.startsWith('{'));
  const [whole, query] = path.split('?') as [string, string?];
  const segments = whole.split('/').map((part, at) => (at === segment ? change(part) : part));
  return segments.join('/') + (query === undefined ? '' : `?${query}`);
}

const unknownFor = (value: string) => (value.length === 36 ? UNKNOWN_ID : 'ZZZ');

/** Runs work while each statement fails as PostgreSQL's own error does. */
async function withFailingDatabase<Result>(status: string, work: () => Promise<Result>): Promise<Result> {
  const fail = jest.fn().mockRejectedValue(explainFailure(DATABASE_ERRORS[status]));
  const spies = [
    jest.spyOn(TenantPool.prototype, 'runFor').mockImplementation(fail),
    jest.spyOn(TenantPool.prototype, 'openTransaction').mockImplementation(fail),
  ];
  try {
    return await work();
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}
