/** Clients that listen over real sockets. */
import { createClient, type Client, type ExecutionResult } from 'graphql-ws';
import { WebSocket, type RawData } from 'ws';
import { eventually } from '#test/harness/patience';
import type { LivePlatform } from './live-shop';

/** The messages that a client has received. */
export interface Heard<Item> {
  readonly items: Item[];
  readonly errors: unknown[];
  completed: boolean;
  /** Waits for this number of messages. @throws Error after ten seconds. */
  until(count: number): Promise<Item[]>;
  stop(): void;
}

const clients = new Set<Pick<Client, 'dispose'>>();

/** Closes the clients that a test has left open. */
export async function disposeClients(): Promise<void> {
  for (const client of clients) await client.dispose();
  clients.clear();
}

/** A graphql-ws client on `/graphql` that does not reconnect when it is closed. */
export function graphqlClient(
  url: string,
  token: string | undefined,
  onClosed: (event: { code: number; reason: string }) => void = () => undefined,
): Client {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(token === undefined ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
    on: { closed: (event) => onClosed(event as { code: number; reason: string }) },
  });
  clients.add(client);
  return client;
}

/** Subscribes, and waits until the server listens. */
export function listen<Data>(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Heard<ExecutionResult<Data>> {
  const items: ExecutionResult<Data>[] = [];
  const heard = heardOf(items);
  const stop = client.subscribe<Data>(
    { query, variables },
    {
      next: (result) => items.push(result as ExecutionResult<Data>),
      error: (error) => heard.errors.push(error),
      complete: () => (heard.completed = true),
    },
  );
  return Object.assign(heard, { stop });
}

/** A plain WebSocket whose messages are JSON. */
export function plainSocket(
  url: string,
  headers: Record<string, string> = {},
): Heard<Record<string, unknown>> & {
  socket: WebSocket;
  closed: Promise<{ code: number; reason: string }>;
  refused: Promise<{ status: number; body: string }>;
} {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers });
  clients.add({ dispose: () => socket.terminate() });
  const items: Record<string, unknown>[] = [];
  socket.on('message', (data: RawData) =>
    items.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>),
  );
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const refused = new Promise<{ status: number; body: string }>((resolve) =>
    socket.on('unexpected-response', (_request, response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
      );
    }),
  );
  const heard = heardOf(items);
  socket.on('error', (error) => heard.errors.push(error));
  return Object.assign(heard, { socket, closed, refused, stop: () => socket.close() });
}

function heardOf<Item>(items: Item[]): Heard<Item> {
  const errors: unknown[] = [];
  return {
    items,
    errors,
    completed: false,
    async until(count) {
      await eventually(
        () => items.length >= count,
        () => `heard ${items.length} of ${count}, errors ${JSON.stringify(errors)}`,
      );
      return items;
    },
    stop: () => undefined,
  };
}

/** Closes all clients of a test, and waits until the server has no socket, no subscriber and no upstream any more. */
export async function everythingClosed({ platform }: LivePlatform): Promise<void> {
  await disposeClients();
  const left = () => platform.live.counts();
  await eventually(
    () => left().subscribers === 0 && left().upstreams === 0 && left().sockets === 0,
    () => JSON.stringify(left()),
  );
}
