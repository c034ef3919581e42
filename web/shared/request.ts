/** One request to the graph without a client: signing in comes before there is one. */
import { stringifyDocument, type TypedDocumentNode } from '@urql/core';

/** Where the graph is. The pages come from the same server. */
export const GRAPH_URL = '/graphql';

/** An answer of the graph that has errors: the first of them. */
export class GraphError extends Error {
  /** @param code see `extensions.code` in docs/API-CONVENTIONS.md; for example "INVALID_CREDENTIALS". */
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
    this.name = 'GraphError';
  }
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { message: string; extensions?: { code?: string } }[];
}

/**
 * Sends an operation.
 * @throws GraphError for an answer with errors; TypeError of `fetch` if the server cannot be reached.
 */
export async function request<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  accessToken?: string,
): Promise<Data> {
  const response = await fetch(GRAPH_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ query: stringifyDocument(document), variables }),
  });
  const { data, errors } = await readAnswer<Data>(response);
  const [error] = errors ?? [];
  if (error || data == null)
    throw new GraphError(error?.message ?? 'The answer is empty.', error?.extensions?.code ?? 'INTERNAL');
  return data;
}

/** A proxy whose server is away answers a page of its own. */
async function readAnswer<Data>(response: Response): Promise<Answer<Data>> {
  if (!(response.headers.get('content-type') ?? '').includes('json'))
    throw new GraphError(`The server answered ${response.status}.`, 'UNAVAILABLE');
  return (await response.json()) as Answer<Data>;
}
