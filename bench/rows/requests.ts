/** Requests to both servers. */
import type { LoadRequest } from '../load';
import type { Bench } from '../row';

const JSON_TYPE = { 'content-type': 'application/json' };

export function restGet({ token }: Bench, path: string): LoadRequest {
  return { method: 'GET', path: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } };
}

export function restPost({ token }: Bench, path: string, input: object): LoadRequest {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
  return { method: 'POST', path: `/api/v1${path}`, headers, body: JSON.stringify(input) };
}

export function graphql({ token }: Bench, query: string, variables: object = {}): LoadRequest {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
  return { method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query, variables }) };
}

export function bareGet(path: string): LoadRequest {
  return { method: 'GET', path };
}

export function barePost(path: string, input: object): LoadRequest {
  return { method: 'POST', path, headers: JSON_TYPE, body: JSON.stringify(input) };
}

/** Another value for each client and round; two clients never walk in step. */
export function pick(values: readonly string[], client: number, round: number): string {
  return values[(client * 127 + round) % values.length]!;
}
