/** Live events by GraphQL subscriptions over a WebSocket, without a gap: https://github.com/enisdenjo/graphql-ws is the protocol. */
import { createClient, type Client as Socket } from 'graphql-ws';
import { ResumingSubscription, type Subscription } from './resuming-subscription.ts';
import { currentToken, TokenRejectedError, type TokenSource } from './token.ts';

/** The close code of a token that the server does not accept any more. */
const TOKEN_REJECTED = 4403;
/** A half-open connection is noticed after this time, in milliseconds. */
const PING_EVERY_MS = 10_000;
const MAX_WAIT_MS = 30_000;

/** Whether events arrive: `away` means that the server cannot be reached, and the client tries again. */
export type Connection = 'connecting' | 'live' | 'away';

export interface LiveOptions {
  /** Address of the server without a path, for example `https://pos.example.com`. */
  readonly url: string;
  readonly token: TokenSource;
  /** Optional; defaults to the global WebSocket. Node before 22 has none: pass that of the package `ws`. */
  readonly WebSocket?: unknown;
  /** Optional. Called with each change of the connection. */
  readonly onConnection?: ((connection: Connection) => void) | undefined;
}

export interface LiveClient {
  /**
   * Subscribes, and goes on after interruptions: a restart of the server, a lost network, a new token. An operation that declares `$since`
   * and selects `cursor` gets each event once, in order, also those that happened meanwhile.
   * @returns a function that ends the subscription.
   */
  subscribe<Data extends object>(subscription: Subscription<Data>): () => void;
  /** Ends all subscriptions and closes the socket. */
  close(): Promise<void>;
}

/** Creates a client. It connects with the first subscription and closes the socket after the last one. */
export function createLiveClient(options: LiveOptions): LiveClient {
  const { url, token: source, WebSocket, onConnection } = options;
  const subscriptions = new Set<() => void>();
  let token: string | undefined;
  let rejected: string | undefined;
  const socket: Socket = createClient({
    url: new URL('/graphql', url.replace(/^http/, 'ws')).href,
    ...(WebSocket !== undefined && { webSocketImpl: WebSocket }),
    connectionParams: async () => {
      token = await currentToken(source, rejected);
      if (token === undefined || token === rejected)
        throw new TokenRejectedError('The server does not accept the token, and there is no other.');
      return { authorization: `Bearer ${token}` };
    },
    keepAlive: PING_EVERY_MS,
    retryAttempts: Infinity,
    retryWait: (retries) => wait(retries),
    shouldRetry: (error) => !(error instanceof TokenRejectedError),
    on: {
      connecting: () => onConnection?.('connecting'),
      connected: () => onConnection?.('live'),
      closed: (event) => {
        if ((event as { code?: unknown }).code === TOKEN_REJECTED) rejected = token;
        onConnection?.('away');
      },
    },
  });
  return {
    subscribe: (subscription) => {
      const running = new ResumingSubscription(socket, subscription);
      const stop = () => {
        subscriptions.delete(stop);
        running.stop();
      };
      subscriptions.add(stop);
      running.start();
      return stop;
    },
    close: async () => {
      for (const stop of subscriptions) stop();
      await socket.dispose();
    },
  };
}

/** Doubles up to half a minute; by chance a half more, so that the clients of a shop do not all come back at once. */
async function wait(retries: number): Promise<void> {
  const most = Math.min(500 * 2 ** Math.min(retries, 10), MAX_WAIT_MS);
  await new Promise((resolve) => setTimeout(resolve, most * (1 + Math.random() / 2)));
}
