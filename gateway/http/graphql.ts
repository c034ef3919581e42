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
import { GraphQLError } from 'graphql';
import type { Config } from '../../kernel/config';
import type { RequestContext } from '../../kernel/context';
import type { Logger } from '../../kernel/log';
import { publicError } from '../executor/mask';
import type { GraphGateway } from '../executor';
import type { CostModel } from '../limits/cost';
import { staticLimitsRule } from '../limits/static';
import { asPosProError, formatGraphQLError } from './errors';
import { createGraphiQL, GRAPHIQL_POLICY } from './graphiql';
import type { Metrics } from './metrics';

export interface GraphQLOptions {
  readonly gateway: GraphGateway;
  readonly cost: CostModel;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly contextFor: (request: FastifyRequest) => Promise<RequestContext>;
}

/** A document that expands to more selections than this through its fragments is refused before it is planned. */
const MAX_EXPANDED_SELECTIONS = 10_000;

/** Mounts `/graphql`, and GraphiQL for browsers. Started and stopped with the web server. */
export async function mountGraphQL(app: FastifyInstance, options: GraphQLOptions): Promise<void> {
  const { config, contextFor } = options;
  const server = createApollo(options);
  await server.start();
  app.addHook('onClose', () => server.stop());
  const graphiql = createGraphiQL();
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    if (config.introspection && wantsPage(request)) {
      return reply.header('content-security-policy', GRAPHIQL_POLICY).type('text/html; charset=utf-8').send(graphiql());
    }
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
          const type = operation?.operation ?? 'refused';
          metrics.operation(type, operationName ?? undefined, errors.length > 0, (performance.now() - start) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
}

function wantsPage({ method, headers, query }: FastifyRequest): boolean {
  const asks = query as Record<string, unknown>;
  return (
    method === 'GET' && asks.query === undefined && asks.extensions === undefined && (headers.accept ?? '').includes('text/html')
  );
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
