/**
 * Serves one subgraph over HTTP, by Apollo Server: queries, mutations and entities as JSON, subscriptions as server-sent events. It answers
 * its gateway, and a router that has ROUTER_TOKEN, verifies the caller's token itself, and asks for the same permissions as within one
 * process.
 */
import { once } from 'node:events';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { getOperationAST, OperationTypeNode, parse } from 'graphql';
import { createContext, type RequestContext, type Services } from '#kernel/context';
import type { Stream } from '#kernel/graph/event-stream';
import { PosProError } from '#kernel/errors';
import { buildSubgraph, type SubgraphModule } from '#kernel/graph/subgraph';
import { InProcessDataSource, type SourceEvent } from '../executor/data-source';
import { maskError } from '../executor/mask-errors';
import { APOLLO_DEFAULTS, disabledPlugins } from '../http/apollo-defaults';
import { readGraphQLRequest } from '../http/graphql-request';
import { actorOf, actorOfToken, requestMeta, type Authenticate } from '../http/credentials';
import { patientAnswer } from '../live/patient-answer';
import { ENVELOPE_HEADER, openEnvelope } from './caller-envelope';
import { readMultipart, type WireOperation } from './multipart-request';
import { isRouter, ROUTER_HEADER } from './router-token';
import { NOTES, type WireNotes, type WireResult } from './wire';

/** Lists of entities of a large page are longer than any caller's body. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** A comment line at this interval shows that a silent stream is alive. */
const SIGN_OF_LIFE_MS = 15_000;
const EVENT_STREAM = 'text/event-stream';
const STREAM_HEADERS = {
  'content-type': `${EVENT_STREAM}; charset=utf-8`,
  'cache-control': 'no-store',
  // An nginx on the way would collect events before it passes them on.
  'x-accel-buffering': 'no',
};

export interface ServedSubgraph {
  readonly services: Services;
  readonly module: SubgraphModule;
  readonly authenticate: Authenticate;
}

/** Mounts the subgraph at `/<name>`. */
export async function mountSubgraph(app: FastifyInstance, served: ServedSubgraph): Promise<void> {
  const { services, module } = served;
  const schema = buildSubgraph(module);
  const server = new ApolloServer<RequestContext>({
    schema,
    ...APOLLO_DEFAULTS,
    introspection: false,
    logger: services.log,
    plugins: [completeAnswers(module.name), ...disabledPlugins()],
  });
  await server.start();
  app.addHook('onClose', () => server.stop());
  const source = new InProcessDataSource(module.name, schema);
  app.post(`/${module.name}`, { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
    const context = await contextOf(served, request);
    const operation = await operationOf(request);
    if (wantsEvents(request, operation)) return stream(source, operation, context, reply);
    const { body } = await server.executeOperation(operation, { contextValue: context });
    const answer = body.kind === 'single' ? body.singleResult : body.initialResult;
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
  });
  // GraphQL over SSE lets a client open a subscription by GET, and some routers do.
  app.get(`/${module.name}`, async (request, reply) => {
    const context = await contextOf(served, request);
    const { query = '', ...rest } = readGraphQLRequest(request);
    const operation = { query, ...rest };
    if (isSubscription(operation)) return stream(source, operation, context, reply);
    throw new PosProError(
      'METHOD_NOT_ALLOWED',
      'A GET opens a subscription; send queries and mutations by POST.',
    );
  });
}

/** @throws PosProError UNAUTHENTICATED for a request that is neither the gateway's nor a router's. */
async function contextOf(
  { services, module, authenticate }: ServedSubgraph,
  request: FastifyRequest,
): Promise<RequestContext> {
  const { headers } = request;
  if (isRouter(services.config, headers[ROUTER_HEADER]))
    return createContext(services, await actorOf(request, authenticate), requestMeta(request));
  const {
    actor,
    request: facts,
    posted,
  } = openEnvelope(services.config, module.name, headers[ENVELOPE_HEADER]);
  const token = headers.authorization?.replace(/^Bearer /, '');
  const verified = token === undefined ? actor : await actorOfToken(token, authenticate);
  const context = createContext(services, verified, facts);
  context.reply.posted = posted;
  return context;
}

/** Routers accept several types for each operation, so their subscriptions show in the document alone. */
function wantsEvents({ headers }: FastifyRequest, operation: WireOperation): boolean {
  if (headers.accept === EVENT_STREAM) return true;
  return (headers.accept?.includes(EVENT_STREAM) ?? false) && isSubscription(operation);
}

function isSubscription({ query, operationName }: WireOperation): boolean {
  return getOperationAST(parse(query), operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
}

function operationOf(request: FastifyRequest): Promise<WireOperation> | WireOperation {
  return request.isMultipart() ? readMultipart(request.parts()) : (request.body as WireOperation);
}

/** Masks the errors of an answer, and adds the notes of its operation. */
function completeAnswers(subgraph: string): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ response: { body }, errors, contextValue }) {
          if (body.kind !== 'single') return Promise.resolve();
          const { singleResult } = body;
          if (errors)
            singleResult.errors = errors.map((error) => maskError(error, contextValue, subgraph).toJSON());
          singleResult.extensions = { [NOTES]: contextValue.reply };
          return Promise.resolve();
        },
      }),
  };
}

/** Answers a subscription with its events, or with the reason why there are none. */
async function stream(
  source: InProcessDataSource,
  { query, operationName, variables }: WireOperation,
  context: RequestContext,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const opened = await source.subscribe({ query, operationName, variables, context });
  if (!(Symbol.asyncIterator in opened))
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(opened));
  reply.hijack();
  await sendEvents(opened, context, reply);
  return reply;
}

/** Sends each event with its answer. The next event is read once the last one is on its way. */
async function sendEvents(
  events: Stream<SourceEvent>,
  context: RequestContext,
  { raw }: FastifyReply,
): Promise<void> {
  raw.writeHead(200, STREAM_HEADERS);
  raw.flushHeaders();
  const life = setInterval(() => raw.write(':\n\n'), SIGN_OF_LIFE_MS);
  raw.once('close', () => {
    clearInterval(life);
    void events.return();
  });
  try {
    for (let next = await events.next(); !next.done; next = await events.next()) {
      const { latestKey, lasting } = next.value;
      const result = await patientAnswer(next.value, context, { isNeeded: () => !raw.destroyed });
      const notes: WireNotes = { latestKey, lasting };
      await send(raw, 'next', { ...result, extensions: { [NOTES]: notes } });
    }
    raw.end('event: complete\ndata:\n\n');
  } catch (error) {
    await send(raw, 'failed', { errors: [maskError(error, context, 'subscription')] });
    raw.end();
  }
}

async function send(raw: FastifyReply['raw'], event: string, answer: WireResult): Promise<void> {
  if (raw.write(`event: ${event}\ndata: ${JSON.stringify(answer)}\n\n`) || raw.destroyed) return;
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(raw, 'drain', { signal }), once(raw, 'close', { signal })]);
  settled.abort();
}
