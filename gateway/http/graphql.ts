/** GraphQL over HTTP: reads the request, admits its document, executes it, and answers. */
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  OperationTypeNode,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import type { Config } from '#kernel/config';
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { Logger } from '#kernel/log';
import { problemHeaders } from '#kernel/problem-details';
import { printApiSchema } from '../api-schema';
import { DocumentError, type AdmittedOperation, type DocumentDoor } from '../documents/admit-document';
import { IntrospectionAnswers } from '../documents/introspection';
import { PersistedQueries } from '../documents/persisted-queries';
import type { TrustedDocuments } from '../documents/trusted-documents';
import type { GraphGateway } from '../executor';
import { publicError } from '../executor/mask-errors';
import type { Live } from '../live';
import { startApollo, type CarryOut, type Outcome } from './apollo';
import { asPosProError, formatGraphQLError } from './errors';
import { mountGraphiQL } from './graphiql/mount';
import {
  answerTypeOf,
  readGraphQLRequest,
  assertNotForged,
  type AnswerType,
  type GraphQLRequest,
} from './graphql-request';
import type { Metrics } from './metrics';
import { readMultipartOperation } from './multipart-operation';

export interface GraphQLOptions {
  readonly gateway: GraphGateway;
  readonly door: DocumentDoor;
  readonly trusted: TrustedDocuments;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly contextFor: (request: FastifyRequest) => Promise<RequestContext>;
  /** Takes over requests that want to become a WebSocket. */
  readonly live: Live;
}

/** The state between requests. */
interface Kept {
  readonly carryOut: CarryOut;
  readonly persisted: PersistedQueries;
  readonly introspection: IntrospectionAnswers;
}

/** An answer and its status; `admitted` is missing if nothing was executed. */
interface Answer {
  readonly status: number;
  readonly result: {
    readonly data?: ExecutionResult['data'];
    readonly errors?: readonly GraphQLFormattedError[];
    readonly extensions?: { readonly replayed: true };
  };
  readonly admitted?: AdmittedOperation;
  /** Those of the error if nothing was executed: when to retry, how to sign in. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Mounts `/graphql`, GraphiQL for browsers, and `/schema.graphql`. Started and stopped with the web server. */
export async function mountGraphQL(app: FastifyInstance, options: GraphQLOptions): Promise<void> {
  const { config, contextFor, live, metrics } = options;
  const showGraphiQL = config.introspection ? mountGraphiQL(app) : undefined;
  if (config.introspection) mountSchema(app, options.gateway.apiSchema);
  const apollo = await startApollo(options);
  app.addHook('onClose', () => apollo.stop());
  const introspection = new IntrospectionAnswers(options.gateway.apiSchema);
  const kept: Kept = {
    carryOut: apollo.carryOut,
    persisted: new PersistedQueries(options.trusted),
    introspection,
  };
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    const taken = live.upgrade(request, reply);
    if (taken) return taken;
    if (showGraphiQL && wantsPage(request)) return showGraphiQL(reply);
    const start = performance.now();
    assertNotForged(request);
    const asked = readGraphQLRequest(
      request,
      request.isMultipart() ? await readMultipartOperation(request, config) : request.body,
    );
    const type = answerTypeOf(request);
    const context = await contextFor(request);
    const answer = await answerTo(asked, request.method, context, options.door, kept);
    const operation = answer.admitted?.operation;
    const failed = (answer.result.errors?.length ?? 0) > 0;
    metrics.operation(
      operation?.operation ?? 'refused',
      operation?.name?.value,
      failed,
      (performance.now() - start) / 1000,
    );
    return send(reply, answer, type, context);
  };
  await app.register(async (scope) => {
    await scope.register(multipart);
    scope.setErrorHandler((error, request, reply) => {
      const known = asPosProError(error);
      if (known.code === 'INTERNAL') request.log.error({ err: error }, 'a GraphQL request failed');
      if (known.status === 405) reply.header('allow', 'GET, POST');
      const body = { errors: [publicError(known, request.id)] };
      return reply
        .code(known.status)
        .headers(problemHeaders(known))
        .type('application/json; charset=utf-8')
        .send(body);
    });
    scope.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url: '/graphql',
      handler: serve,
    });
  });
}

/** Mounts the schema as text, for code generators and editors. Printed on the first request: it takes a moment, and few processes are asked. */
function mountSchema(app: FastifyInstance, api: GraphQLSchema): void {
  let text: string | undefined;
  app.get('/schema.graphql', (_request, reply) => {
    text ??= printApiSchema(api);
    return reply
      .headers({ 'access-control-allow-origin': '*', 'cache-control': 'no-cache' })
      .type('text/plain; charset=utf-8')
      .send(text);
  });
}

async function answerTo(
  asked: GraphQLRequest,
  method: string,
  context: RequestContext,
  door: DocumentDoor,
  kept: Kept,
): Promise<Answer> {
  try {
    const { persisted: hash, operationName, variables } = asked;
    const query = hash === undefined ? asked.query! : kept.persisted.textOf(hash, asked.query);
    const admitted = await door.admit(context, { query, operationName, variables });
    if (method === 'GET' && admitted.operation.operation !== OperationTypeNode.QUERY) {
      throw new PosProError('METHOD_NOT_ALLOWED', 'GET serves queries only; send mutations by POST.');
    }
    if (hash !== undefined) kept.persisted.keep(hash, query);
    const known = kept.introspection.to(admitted);
    const outcome = known ? { ...known, status: 200 } : await kept.carryOut(admitted, query, context);
    return { ...carriedOut(outcome, context), admitted };
  } catch (error) {
    return refusal(error, context);
  }
}

function carriedOut({ data, errors, status }: Outcome, context: RequestContext): Answer {
  // Clients of GraphQL rarely see headers, so the answer itself has this fact as well.
  const extensions = context.reply.replayed && { extensions: { replayed: true as const } };
  if (!errors?.length) return { status: 200, result: { data: data ?? null, ...extensions } };
  const formatted = errors.map((error) => formatGraphQLError(error, context.request.requestId));
  // If nothing was executed, the HTTP status shows it, too.
  if (data === undefined) return { status, result: { errors: formatted } };
  return { status: wasRefused(context, formatted) ? 401 : 200, result: { errors: formatted, data } };
}

function refusal(error: unknown, context: RequestContext): Answer {
  const { requestId } = context.request;
  if (error instanceof DocumentError) {
    return { status: 400, result: { errors: error.errors.map((one) => formatGraphQLError(one, requestId)) } };
  }
  const known = asPosProError(error);
  if (known.code === 'INTERNAL') context.log.error({ err: error, requestId }, 'a GraphQL request failed');
  // Not an error for clients of persisted queries: it requests the text.
  const status = known.code === 'PERSISTED_QUERY_NOT_FOUND' ? 200 : known.status;
  const errors = [formatGraphQLError(publicError(known, requestId), requestId)];
  return { status, result: { errors }, headers: problemHeaders(known) };
}

/**
 * Whether something failed because of an invalid token. Public operations accept such a token, or no one could
 * sign in again; for all others the HTTP status shows it, too, as in REST, so that clients know when to
 * refresh.
 */
function wasRefused({ actor }: RequestContext, errors: readonly GraphQLFormattedError[]): boolean {
  const refusal = actor.kind === 'anonymous' ? actor.refusal : undefined;
  return refusal !== undefined && errors.some(({ extensions }) => extensions?.code === refusal.code);
}

/**
 * A browser that opens the address. GraphiQL itself writes the document into the query string, so that a page
 * can be reloaded and shared.
 */
function wantsPage({ method, headers }: FastifyRequest): boolean {
  const accept = headers.accept ?? '';
  return method === 'GET' && accept.includes('text/html') && !accept.includes('json');
}

/**
 * Errors of the document or its variables, which the specification requires to be answered with 200 if the
 * client accepts only plain JSON.
 */
const SAID_IN_THE_ANSWER = new Set([400, 422]);

function send(
  reply: FastifyReply,
  { status, result, headers }: Answer,
  type: AnswerType,
  context: RequestContext,
): FastifyReply {
  if (headers) reply.headers(headers);
  if (context.reply.replayed) reply.header('idempotency-replayed', 'true');
  if (context.reply.headers) reply.headers(context.reply.headers);
  if (status === 405) reply.header('allow', 'POST');
  reply.code(type.legacy && SAID_IN_THE_ANSWER.has(status) ? 200 : status);
  return reply
    .header('cache-control', 'no-store')
    .header('content-type', type.contentType)
    .send(`${JSON.stringify(result)}\n`);
}
