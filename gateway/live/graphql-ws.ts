/** GraphQL subscriptions over WebSocket: the graphql-transport-ws protocol on `/graphql`. */
import { handleProtocols, makeServer } from 'graphql-ws';
import {
  OperationTypeNode,
  type ExecutionArgs,
  type GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WebSocketServer } from 'ws';
import { createContext, type RequestContext, type Services } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import { DocumentError, type DocumentDoor } from '../documents/admit-document';
import type { GraphGateway } from '../executor';
import { publicError } from '../executor/mask-errors';
import { countOperations } from '../http/admission';
import { asPosProError, formatGraphQLError } from '../http/errors';
import { requestMeta } from '../http/credentials';
import { CLOSE } from './close-codes';
import { mentionsSince } from './since-argument';
import type { SharedSubscriptions } from './shared-subscriptions';
import type { LiveSocket, LiveSockets } from './sockets';
import { takeOver } from './upgrade';

export interface GraphQLSocketOptions {
  readonly services: Services;
  readonly gateway: GraphGateway;
  readonly door: DocumentDoor;
  readonly sockets: LiveSockets;
  readonly shared: SharedSubscriptions;
}

/** Maximum size of a message; more is an attack or a mistake. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Time limit for `connection_init`. */
const INIT_WITHIN_MS = 3_000;
const MAX_SUBSCRIPTIONS = 50;
/** Maximum unsent bytes for a client; a client that does not read is disconnected. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
/** Messages of the protocol that only a server sends. */
const SERVER_MESSAGES: readonly unknown[] = ['connection_ack', 'next', 'error'];

interface Extra extends Record<PropertyKey, unknown> {
  readonly live: LiveSocket;
}

/** Makes the function that answers upgrade requests to `/graphql`. */
export function createGraphQLSockets(
  options: GraphQLSocketOptions,
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const { services, sockets } = options;
  const { log } = services;
  const server = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: INIT_WITHIN_MS,
    onConnect: ({ connectionParams, extra }) => connect(options, extra.live, connectionParams),
    onSubscribe: ({ extra, subscriptions }, _id, { query, operationName, variables }) =>
      prepare(options, extra.live, {
        query,
        operationName: operationName ?? undefined,
        variables: variables ?? {},
        open: Object.keys(subscriptions).length,
      }),
    subscribe: (args) => open(options, args as PreparedArgs),
    onError: ({ extra }, _id, _payload, errors) => errors.map((error) => formatted(error, extra.live)),
  });
  const accept = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols,
  });
  return (request, reply) =>
    takeOver(accept, request, reply, (socket) => {
      const live = sockets.add(socket, requestMeta(request));
      const closed = server.opened(
        {
          protocol: socket.protocol,
          send: (data) =>
            new Promise((resolve, reject) => {
              if (socket.readyState !== socket.OPEN) resolve();
              else socket.send(data, (error) => (error ? reject(error) : resolve()));
              if (socket.bufferedAmount > MAX_UNSENT_BYTES)
                live.close(CLOSE.tooSlow, 'Too slow: too much waits to be read.');
            }),
          close: (code, reason) => live.close(code ?? CLOSE.failed, reason ?? ''),
          onMessage: (receive) =>
            socket.on('message', (data) => {
              const text = textOf(data);
              if (isServerMessage(text)) {
                live.close(CLOSE.badMessage, 'Only a server sends messages of this type.');
                return;
              }
              receive(text).catch((error: unknown) => {
                if (socket.readyState === socket.OPEN)
                  log.error({ err: error }, 'a message of a socket failed');
                live.close(CLOSE.failed, 'Internal error.');
              });
            }),
        },
        { live },
      );
      socket.once('close', (code, reason) => {
        closed(code, reason.toString()).catch((error: unknown) =>
          log.error({ err: error }, 'a socket did not end in order'),
        );
      });
    });
}

/** Authenticates the client by the payload of `connection_init`. */
async function connect(
  { sockets }: GraphQLSocketOptions,
  live: LiveSocket,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<boolean> {
  try {
    const token = tokenIn(parameters);
    if (token === '')
      throw new PosProError('UNAUTHENTICATED', 'Send {"Authorization": "Bearer …"} with connection_init.');
    sockets.hold(live, await sockets.holderOf(token));
    return true;
  } catch (error) {
    const known = asPosProError(error);
    const code =
      known.code === 'RATE_LIMITED'
        ? CLOSE.tryAgainLater
        : known.status === 401
          ? CLOSE.forbidden
          : CLOSE.failed;
    live.close(code, `${known.code}: ${known.message}`);
    return false;
  }
}

/** The names under which clients send a token or an API key. Many send the headers of a request, in any spelling. */
const TOKEN_NAMES = ['authorization', 'x-api-key', 'token'];

function tokenIn(parameters: Readonly<Record<string, unknown>>): string {
  const named = new Map(Object.entries(parameters).map(([name, value]) => [name.toLowerCase(), value]));
  const given = TOKEN_NAMES.map((name) => named.get(name)).find((value) => typeof value === 'string');
  return typeof given === 'string' ? given.replace(/^Bearer +/i, '').trim() : '';
}

interface PreparedArgs extends ExecutionArgs {
  readonly contextValue: RequestContext;
  readonly documentKey: string;
  readonly live: LiveSocket;
}

interface Asked {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
  /** Number of subscriptions of the socket, including this one. */
  readonly open: number;
}

async function prepare(
  { gateway, door, services }: GraphQLSocketOptions,
  live: LiveSocket,
  asked: Asked,
): Promise<PreparedArgs | readonly GraphQLError[]> {
  const { actor, token } = live.holder!;
  const context = createContext(services, actor, { ...live.meta, token });
  try {
    await countOperations(context, 1);
    if (asked.open > MAX_SUBSCRIPTIONS) {
      throw new PosProError(
        'RATE_LIMITED',
        `A socket may have at most ${MAX_SUBSCRIPTIONS} subscriptions at a time.`,
      );
    }
    const { document, documentKey, operation, operationName, variables } = await door.admit(context, asked);
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
      throw new PosProError(
        'BAD_REQUEST',
        'Only subscriptions are served over WebSocket; send queries and mutations by POST.',
      );
    }
    return {
      schema: gateway.apiSchema,
      document,
      documentKey,
      operationName: operationName ?? null,
      variableValues: variables,
      contextValue: context,
      live,
    };
  } catch (error) {
    if (error instanceof DocumentError) return error.errors;
    const known = asPosProError(error);
    if (known.code === 'INTERNAL') services.log.error({ err: error }, 'a subscription failed');
    return [publicError(known, context.request.requestId)];
  }
}

async function open(
  { shared }: GraphQLSocketOptions,
  args: PreparedArgs,
): ReturnType<SharedSubscriptions['subscribe']> {
  const { document, documentKey, operationName, contextValue, live } = args;
  const variables = (args.variableValues ?? {}) as Record<string, unknown>;
  return shared.subscribe(
    { document, documentKey, variables, context: contextValue, ...(operationName ? { operationName } : {}) },
    {
      resumes: mentionsSince(document, variables),
      onOverflow: () =>
        live.close(
          CLOSE.tooSlow,
          'Too slow: more was waiting than is kept. Connect again with your last cursor.',
        ),
    },
  );
}

function formatted(error: GraphQLError, { meta }: LiveSocket): GraphQLFormattedError {
  return formatGraphQLError(error, meta.requestId);
}

function isServerMessage(text: string): boolean {
  try {
    return SERVER_MESSAGES.includes((JSON.parse(text) as { type?: unknown } | null)?.type);
  } catch {
    // graphql-ws rejects invalid JSON itself.
    return false;
  }
}

function textOf(data: unknown): string {
  if (Array.isArray(data)) return Buffer.concat(data as Buffer[]).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data as ArrayBuffer).toString();
}
