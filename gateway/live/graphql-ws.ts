/** GraphQL subscriptions over WebSocket: the graphql-transport-ws protocol on `/graphql`. */
import { handleProtocols, makeServer } from 'graphql-ws';
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLFormattedError,
} from 'graphql';
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { WebSocketServer } from 'ws';
import { createContext, type RequestContext, type Services } from '../../kernel/context';
import { PosProError } from '../../kernel/errors';
import { readAccess } from '../access';
import type { GraphGateway } from '../executor';
import { publicError } from '../executor/mask';
import { admitOperation } from '../http/admission';
import { asPosProError, formatGraphQLError } from '../http/errors';
import { factsOf } from '../http/credentials';
import type { CostModel } from '../limits/cost';
import { staticLimitsRule } from '../limits/static';
import { CLOSE } from './close';
import { mentionsSince } from './resumes';
import type { SharedSubscriptions } from './shared';
import type { LiveSocket, LiveSockets } from './sockets';
import { takeOver } from './upgrade';

export interface GraphQLSocketOptions {
  readonly services: Services;
  readonly gateway: GraphGateway;
  readonly cost: CostModel;
  readonly sockets: LiveSockets;
  readonly shared: SharedSubscriptions;
}

/** A document of a subscription; more is an attack or a mistake. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** How long a client has for `connection_init`. */
const INIT_WITHIN_MS = 3_000;
const MAX_SUBSCRIPTIONS = 50;
const MAX_DOCUMENTS = 500;

interface Extra extends Record<PropertyKey, unknown> {
  readonly live: LiveSocket;
}

/** What is known about a document before it runs. */
interface Checked {
  readonly document: DocumentNode;
  readonly key: string;
  readonly errors: readonly GraphQLError[];
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
    onError: (_context, _id, _payload, errors) => errors.map((error) => formatted(error)),
  });
  const accept = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols,
  });
  return (request, reply) =>
    takeOver(accept, request, reply, (socket) => {
      const live = sockets.add(socket, factsOf(request));
      const closed = server.opened(
        {
          protocol: socket.protocol,
          send: (data) =>
            new Promise((resolve, reject) => {
              if (socket.readyState !== socket.OPEN) resolve();
              else socket.send(data, (error) => (error ? reject(error) : resolve()));
            }),
          close: (code, reason) => live.close(code ?? CLOSE.failed, reason ?? ''),
          onMessage: (receive) =>
            socket.on('message', (data) => {
              receive(textOf(data)).catch((error: unknown) => {
                if (socket.readyState === socket.OPEN) log.error({ err: error }, 'a message of a socket failed');
                live.close(CLOSE.failed, 'Something went wrong on our side.');
              });
            }),
        },
        { live },
      );
      socket.once('close', (code, reason) => {
        closed(code, reason.toString()).catch((error: unknown) => log.error({ err: error }, 'a socket did not end in order'));
      });
    });
}

/** Learns who the client is, from what came with `connection_init`. */
async function connect(
  { sockets }: GraphQLSocketOptions,
  live: LiveSocket,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<boolean> {
  try {
    const token = tokenIn(parameters);
    if (token === '') throw new PosProError('UNAUTHENTICATED', 'Send {"Authorization": "Bearer …"} with connection_init.');
    return sockets.hold(live, await sockets.holderOf(token));
  } catch (error) {
    const known = asPosProError(error);
    const code = known.code === 'RATE_LIMITED' ? CLOSE.tooMany : known.status === 401 ? CLOSE.forbidden : CLOSE.failed;
    live.close(code, `${known.code}: ${known.message}`);
    return false;
  }
}

/** The names under which clients send a token or an API key. Many send what would be the headers of a request, in any spelling. */
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
  /** How many subscriptions the socket has, this one included. */
  readonly open: number;
}

const documents = new WeakMap<GraphGateway, LRUCache<string, Checked>>();

async function prepare(
  options: GraphQLSocketOptions,
  live: LiveSocket,
  asked: Asked,
): Promise<PreparedArgs | readonly GraphQLError[]> {
  const { gateway, cost, services } = options;
  const context = createContext(services, live.holder!.actor, live.facts);
  try {
    if (asked.open > MAX_SUBSCRIPTIONS) {
      throw new PosProError('RATE_LIMITED', `A socket may have ${MAX_SUBSCRIPTIONS} subscriptions at a time.`);
    }
    const { document, key, errors } = checkedDocument(options, asked.query);
    if (errors.length > 0) return errors;
    const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    const operation = operations.find(({ name }) => asked.operationName === undefined || name?.value === asked.operationName);
    if (operation?.operation !== OperationTypeNode.SUBSCRIPTION || (asked.operationName === undefined && operations.length > 1)) {
      throw new PosProError('BAD_REQUEST', 'Only subscriptions are served over WebSocket; send queries and mutations by POST.');
    }
    await admitOperation(context, document, operation, readAccess(gateway.supergraph));
    const price = cost.estimate(document, operation, asked.variables);
    const { cost: limit } = services.config.limits;
    if (price > limit) {
      throw new PosProError('QUERY_TOO_COSTLY', `An event costs ${price}; ${limit} is permitted. Ask for fewer items at once.`);
    }
    return {
      schema: gateway.apiSchema,
      document,
      documentKey: key,
      operationName: asked.operationName ?? null,
      variableValues: asked.variables,
      contextValue: context,
      live,
    };
  } catch (error) {
    const known = asPosProError(error);
    if (known.code === 'INTERNAL') services.log.error({ err: error }, 'a subscription failed');
    return [publicError(known, context.request.requestId)];
  }
}

/** Parses and validates a document once. */
function checkedDocument({ gateway, services }: GraphQLSocketOptions, query: string): Checked {
  let known = documents.get(gateway);
  if (!known) documents.set(gateway, (known = new LRUCache({ max: MAX_DOCUMENTS })));
  const key = `ws:${createHash('sha256').update(query).digest('base64')}`;
  let checked = known.get(key);
  if (!checked) {
    const { limits } = services.config;
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: limits.tokens });
    } catch (error) {
      throw new PosProError('QUERY_INVALID', error instanceof Error ? error.message : 'The document cannot be read.', {
        cause: error,
      });
    }
    const rules = [...specifiedRules, staticLimitsRule(limits)];
    const errors = validate(gateway.apiSchema, document, rules, { maxErrors: 20 }).map(invalidDocument);
    checked = { document, key, errors };
    known.set(key, checked);
  }
  return checked;
}

async function open({ shared }: GraphQLSocketOptions, args: PreparedArgs): ReturnType<SharedSubscriptions['subscribe']> {
  const { document, documentKey, operationName, contextValue, live } = args;
  const variables = (args.variableValues ?? {}) as Record<string, unknown>;
  return shared.subscribe(
    { document, documentKey, variables, context: contextValue, ...(operationName ? { operationName } : {}) },
    {
      resumes: mentionsSince(document, variables),
      onOverflow: () =>
        live.close(CLOSE.tooSlow, 'Too slow: more was waiting than is kept. Connect again with your last cursor.'),
    },
  );
}

function invalidDocument({ message, nodes, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { nodes: nodes ?? null, extensions: { ...extensions, code: 'GRAPHQL_VALIDATION_FAILED' } });
}

function formatted(error: GraphQLError): GraphQLFormattedError {
  return formatGraphQLError(error.toJSON(), error);
}

function textOf(data: unknown): string {
  if (Array.isArray(data)) return Buffer.concat(data as Buffer[]).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data as ArrayBuffer).toString();
}
