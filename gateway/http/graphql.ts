/** GraphQL over HTTP: Apollo Server behind Fastify. */
import { ApolloServer, HeaderMap, type ApolloServerPlugin, type HTTPGraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Config } from '../../kernel/config';
import type { RequestContext } from '../../kernel/context';
import type { Logger } from '../../kernel/log';
import { readAccess } from '../access';
import { publicError } from '../executor/mask';
import type { GraphGateway } from '../executor';
import type { CostModel } from '../limits/cost';
import type { Live } from '../live';
import { staticLimitsRule } from '../limits/static';
import { admitOperation } from './admission';
import { asPosProError, formatGraphQLError } from './errors';
import { mountGraphiQL } from './graphiql/mount';
import type { Metrics } from './metrics';

export interface GraphQLOptions {
  readonly gateway: GraphGateway;
  readonly cost: CostModel;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly contextFor: (request: FastifyRequest) => Promise<RequestContext>;
  /** Takes over requests that want to become a WebSocket. */
  readonly live: Live;
}

/** A document that expands to more selections than this through its fragments is refused before it is planned. */
const MAX_EXPANDED_SELECTIONS = 10_000;

/** Mounts `/graphql`, and GraphiQL for browsers. Started and stopped with the web server. */
export async function mountGraphQL(app: FastifyInstance, options: GraphQLOptions): Promise<void> {
  const { config, contextFor, live } = options;
  const server = createApollo(options);
  await server.start();
  app.addHook('onClose', () => server.stop());
  const showGraphiQL = config.introspection ? mountGraphiQL(app) : undefined;
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    const taken = live.upgrade(request, reply);
    if (taken) return taken;
    if (showGraphiQL && wantsPage(request)) return showGraphiQL(reply);
    const context = await contextFor(request);
    const answer = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersOf(request),
        search: request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '',
        body: request.body,
      },
      context: () => Promise.resolve(context),
    });
    if (context.reply.replayed) reply.header('idempotency-replayed', 'true');
    if (context.reply.headers) reply.headers(context.reply.headers);
    return send(reply, answer);
  };
  await app.register((scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const known = asPosProError(error);
      if (known.code === 'INTERNAL') request.log.error({ err: error }, 'a GraphQL request failed');
      const body = { errors: [publicError(known, request.id)] };
      return reply.code(known.status).type('application/json; charset=utf-8').send(body);
    });
    scope.get('/graphql', serve);
    scope.post('/graphql', serve);
    return Promise.resolve();
  });
}

function createApollo({ gateway, cost, config, log, metrics }: GraphQLOptions): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    gateway,
    introspection: config.introspection,
    hideSchemaDetailsFromClientErrors: !config.introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    maxRecursiveSelections: MAX_EXPANDED_SELECTIONS,
    parseOptions: { maxTokens: config.limits.tokens, noLocation: false },
    validationRules: [staticLimitsRule(config.limits)],
    formatError: formatGraphQLError,
    stopOnTerminationSignals: false,
    logger: log,
    plugins: [
      admissionPlugin(readAccess(gateway.supergraph)),
      costPlugin(cost, config.limits.cost),
      observePlugin(metrics),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

/** Refuses a bad token where one is needed, and whoever has reached the rate limit. */
function admissionPlugin(access: ReturnType<typeof readAccess>): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        async didResolveOperation({ document, operation, contextValue }) {
          if (!operation) return;
          try {
            await admitOperation(contextValue, document, operation, access);
          } catch (error) {
            const known = asPosProError(error);
            const { message, extensions } = publicError(known, contextValue.request.requestId);
            throw new GraphQLError(message, { extensions: { ...extensions, http: { status: known.status } } });
          }
        },
      }),
  };
}

/** Refuses what would cost too much, before anything of it runs. */
function costPlugin(model: CostModel, limit: number): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ document, operation, request }) {
          const cost = operation ? model.estimate(document, operation, request.variables ?? {}) : 0;
          if (cost <= limit) return Promise.resolve();
          throw new GraphQLError(`The operation costs ${cost}; ${limit} is permitted. Ask for fewer items at once.`, {
            extensions: { code: 'QUERY_TOO_COSTLY', limit: 'cost', http: { status: 400 } },
          });
        },
      }),
  };
}

/** Measures every operation, and gives every error the request's id. */
function observePlugin(metrics: Metrics): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart() {
      const start = performance.now();
      return Promise.resolve({
        willSendResponse({ operation, operationName, response, contextValue }) {
          const { body } = response;
          const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
          for (const { extensions } of errors) if (extensions) extensions.requestId = contextValue.request.requestId;
          if (wasRefused(contextValue, errors)) response.http.status = 401;
          const type = operation?.operation ?? 'refused';
          metrics.operation(type, operationName ?? undefined, errors.length > 0, (performance.now() - start) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
}

/**
 * Whether something failed because the caller's token is no good. Public operations are served with such a token, or nobody could
 * sign in anew; for all others the HTTP status says it too, as REST's does, so that clients see when to refresh.
 */
function wasRefused({ actor }: RequestContext, errors: readonly GraphQLFormattedError[]): boolean {
  const refusal = actor.kind === 'anonymous' ? actor.refusal : undefined;
  return refusal !== undefined && errors.some(({ extensions }) => extensions?.code === refusal.code);
}

/** A browser that goes to the address. GraphiQL itself writes the document into the query string, so that a page can be reloaded and sent on. */
function wantsPage({ method, headers }: FastifyRequest): boolean {
  const accept = headers.accept ?? '';
  return method === 'GET' && accept.includes('text/html') && !accept.includes('json');
}

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function send(reply: FastifyReply, { status, headers, body }: HTTPGraphQLResponse): FastifyReply {
  for (const [name, value] of headers) reply.header(name, value);
  reply.code(status ?? 200);
  // Chunks come only for @defer, which this graph does not offer.
  return body.kind === 'complete' ? reply.send(body.string) : reply.send('');
}
