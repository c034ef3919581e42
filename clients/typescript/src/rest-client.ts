/** The REST API, typed by its OpenAPI document. */
import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './schema.generated.ts';
import type { Problem } from './schema-types.ts';
import { currentToken, isTokenRejected, type TokenSource } from './token.ts';

export interface RestOptions {
  /** Address of the server without a path, for example `https://pos.example.com`. */
  readonly url: string;
  /** Optional: few operations need none. */
  readonly token?: TokenSource | undefined;
  /** Optional; defaults to the global fetch. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** A function for each method: `GET`, `POST`, `PUT`, `PATCH`, `DELETE`. Each takes a path of the document and what that path needs. */
export type RestClient = Client<paths>;

/**
 * Creates a client of the REST API. Each method resolves to `{ data, error, response }`: `data` is the answer's JSON, `error` a problem
 * document. It rejects only if the server cannot be reached.
 *
 * A request whose token has expired is sent once more if `token` returns a new one.
 *
 * @example
 * const { data, error } = await rest.GET('/api/v1/products', { params: { query: { search: 'tea' } } });
 */
export function createRestClient({ url, token, fetch = globalThis.fetch }: RestOptions): RestClient {
  return createClient<paths>({
    baseUrl: url,
    fetch: (request) => sendWithToken(request, token, fetch),
    // The API separates the values of a list by commas.
    querySerializer: { array: { style: 'form', explode: false } },
  });
}

async function sendWithToken(
  request: Request,
  source: TokenSource | undefined,
  fetch: (request: Request) => Promise<Response>,
): Promise<Response> {
  const token = await currentToken(source);
  if (token === undefined || request.headers.has('authorization')) return fetch(request);
  // A body can be sent once, so the second attempt needs a copy.
  const copy = request.clone();
  const response = await fetch(withToken(request, token));
  if (response.status !== 401 || !(await isForToken(response))) return response;
  const next = await currentToken(source, token);
  return next === undefined || next === token ? response : fetch(withToken(copy, next));
}

function withToken(request: Request, token: string): Request {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

async function isForToken(response: Response): Promise<boolean> {
  if (!(response.headers.get('content-type') ?? '').includes('json')) return false;
  const problem = (await response.clone().json()) as Problem;
  return isTokenRejected(problem.code);
}
