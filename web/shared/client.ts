/** The client of a page: urql for queries and mutations over HTTP, graphql-ws for subscriptions, both with the session's token. */
import { cacheExchange, Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { createClient as createSocket } from 'graphql-ws';
import { GRAPH_URL } from './request';
import { resumingSubscriptions } from './resume';
import type { Session } from './session';

/** Codes of answers after which a new access token helps, or the session is over. */
const TOKEN_CODES: readonly unknown[] = ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'];
/** The close code of a token that the server does not accept any more (docs/LIVE.md). */
const TOKEN_REJECTED = 4403;
/** A half-open connection is noticed after this time, in milliseconds. */
const PING_EVERY_MS = 10_000;
const MAX_WAIT_MS = 30_000;

/** Whether live events arrive: `away` means that the server cannot be reached, and the page tries again. */
export type Connection = 'connecting' | 'live' | 'away';

export interface PageClient {
  readonly graph: Client;
  /** The state of the socket, and a function that is called with each change. */
  connection(): Connection;
  onConnection(listener: () => void): () => void;
  /** Calls the listener where events were lost, so that what they had led to must be read again. */
  onGap(listener: () => void): () => void;
  close(): void;
}

export function createPageClient(session: Session): PageClient {
  let connection: Connection = 'connecting';
  const connections = new Set<() => void>();
  const gaps = new Set<() => void>();
  const becomes = (state: Connection) => {
    connection = state;
    for (const listener of connections) listener();
  };
  let token: string | undefined;
  let rejected: string | undefined;
  const socket = createSocket({
    url: new URL(GRAPH_URL, location.href.replace(/^http/, 'ws')).href,
    connectionParams: async () => {
      token = await session.accessToken(rejected);
      return { authorization: `Bearer ${token ?? ''}` };
    },
    keepAlive: PING_EVERY_MS,
    retryAttempts: Infinity,
    retryWait: (retries) => wait(retries),
    shouldRetry: () => true,
    on: {
      connected: () => becomes('live'),
      closed: (event) => {
        if ((event as CloseEvent).code === TOKEN_REJECTED) rejected = token;
        if (connection === 'live') becomes('away');
      },
    },
  });
  const graph = new Client({
    url: GRAPH_URL,
    preferGetMethod: false,
    exchanges: [
      cacheExchange,
      withSession(session),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: resumingSubscriptions(socket, () => gaps.forEach((listener) => listener())),
      }),
    ],
  });
  return {
    graph,
    connection: () => connection,
    onConnection: (listener) => listen(connections, listener),
    onGap: (listener) => listen(gaps, listener),
    close: () => void socket.dispose(),
  };
}

/** Sends the token with each operation, and once more with a new one where the server does not accept it. */
function withSession(session: Session) {
  return authExchange(async (auth) => {
    let token = await session.accessToken().catch(() => undefined);
    return {
      addAuthToOperation: (operation) =>
        token === undefined ? operation : auth.appendHeaders(operation, { authorization: `Bearer ${token}` }),
      willAuthError: () => !session.isFresh(token),
      didAuthError: ({ graphQLErrors }) =>
        graphQLErrors.some(({ extensions }) => TOKEN_CODES.includes(extensions.code)),
      refreshAuth: async () => {
        const rejected = session.isFresh(token) ? token : undefined;
        // Without the server there is no new token; the operation then answers its own error.
        token = await session.accessToken(rejected).catch(() => token);
      },
    };
  });
}

/** Doubles up to half a minute; by chance a half more, so that the screens of a shop do not all come back at once. */
async function wait(retries: number): Promise<void> {
  const most = Math.min(500 * 2 ** Math.min(retries, 10), MAX_WAIT_MS);
  await new Promise((resolve) => setTimeout(resolve, most * (1 + Math.random() / 2)));
}

function listen(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
