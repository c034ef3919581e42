/**
 * Mounts the routes in the web server. Fastify's router is a radix tree: finding one of two hundred costs as
 * much as one of two.
 */
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { RequestContext, RequestMeta } from '#kernel/context';
import type { Versioned } from '#kernel/db/versions';
import { entityTag, isHeld } from '#kernel/entity-tag';
import { PosProError } from '#kernel/errors';
import { requireAccess } from '#kernel/auth/access';
import type { GraphExecutor } from '#kernel/graph/executor';
import {
  cacheControl,
  chooseRepresentation,
  feedHeaders,
  listEnvelope,
  pageHeaders,
  type RestPage,
} from './response';
import type { BoundOperation, Engine } from './sofa-handlers';
import { readDialect } from './export/csv-dialect';
import { planExport, sendExport } from './export/send-export';
import { readBody } from './input/body';
import { readIfMatch } from './input/if-match';
import { Readers } from './input/readers';
import { planInput, readVariables } from './input/variables';
import { GraphAnswerError, isInternal, sendProblem, type CallerNames } from './problem';
import { callerNamesOf, type RestMethod, type RestRoute } from './routes';

export const BASE_PATH = '/api/v1';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The caller's names of a REST route's values, for its errors. */
    callerNames?: CallerNames;
  }
}

/** Data of a request that only REST has. */
export type RestMeta = Pick<RequestMeta, 'names' | 'ifMatch'>;

export interface MountOptions {
  readonly execute: GraphExecutor;
  /** The caller. @throws PosProError 401 for an invalid token. */
  readonly contextFor: (request: FastifyRequest, meta: RestMeta) => Promise<RequestContext>;
  /**
   * Called when the caller is known, before permissions are checked and anything is read: the place for rate
   * limits, which may set headers.
   * @throws PosProError 429
   */
  readonly admit?: (context: RequestContext, route: RestRoute, reply: FastifyReply) => Promise<void>;
}

/** The headers on which an answer depends. */
const VARY = 'Authorization, Accept, Accept-Language';
const METHODS: readonly RestMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** The characters of an idempotency key: visible ASCII and blanks. */
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** Registers every route, the errors for wrong methods and paths, and the error handler, all below `/api/v1`. */
export async function mountRoutes(
  app: FastifyInstance,
  engine: Engine,
  options: MountOptions,
): Promise<void> {
  await app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      await scope.register(multipart);
      // The handler reads bodies, once the caller is known: `readBody`.
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      scope.setErrorHandler((error, request, reply) => {
        // The graph has logged its own errors.
        if (isInternal(error) && !(error instanceof GraphAnswerError))
          request.log.error({ err: error }, 'a REST request failed');
        return sendProblem(reply, error, request.id, request.routeOptions.config.callerNames);
      });
      scope.setNotFoundHandler((request, reply) =>
        sendProblem(
          reply,
          new PosProError('NOT_FOUND', `There is no ${request.url.split('?')[0]} here; see /docs.`),
          request.id,
        ),
      );
      scope.addHook('onRequest', (request, reply, done) => {
        if (!reply.hasHeader('x-request-id')) reply.header('x-request-id', request.id);
        const vary = reply.getHeader('vary');
        reply.header('vary', vary === undefined ? VARY : `${String(vary)}, ${VARY}`);
        reply.header('cache-control', 'no-store');
        done();
      });
      const readers = new Readers();
      for (const operation of engine.operations) mountRoute(scope, operation, readers, options);
      for (const { url, methods } of methodsByPath(engine)) mountOtherMethods(scope, url, methods);
    },
    { prefix: BASE_PATH },
  );
}

function fastifyPath(route: RestRoute): string {
  return route.path.replace(/\{(\w+)\}/g, ':$1');
}

function mountRoute(
  scope: FastifyInstance,
  operation: BoundOperation,
  readers: Readers,
  options: MountOptions,
): void {
  const { route } = operation;
  const input = planInput(operation, readers);
  const table = planExport(operation);
  const cache = route.method === 'GET' ? cacheControl(route.operation) : 'no-store';
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    checkIdempotencyKey(request);
    const ifMatch = route.method === 'GET' ? undefined : readIfMatch(request.headers['if-match']);
    const context = await options.contextFor(request, { names: 'rest', ...(ifMatch && { ifMatch }) });
    await options.admit?.(context, route, reply);
    // Checked before the body is read, so that a caller without permission cannot make the server read an
    // upload. The subgraph checks again.
    if (!route.operation.public) requireAccess(context, route.operation.scopes);
    if (ifMatch && !operation.versioned) throw unversioned();
    const query = request.query as Record<string, string | string[]>;
    const format = input.reserved.has('format') ? query.format : undefined;
    const representation = chooseRepresentation(table !== undefined, format, request.headers.accept);
    const dialect = readDialect(query, input.reserved);
    const body =
      route.method === 'GET' ? {} : await readBody(request, input.upload !== undefined, context.config);
    const variables = readVariables(input, {
      path: request.params as Record<string, string>,
      query,
      ...body,
    });
    reply.header('cache-control', cache);
    if (table && representation !== 'json') {
      const order = {
        execute: options.execute,
        context: untranslated(context),
        variables,
        format: representation,
        dialect,
      };
      return sendExport(reply, operation, table, order);
    }
    const value = await operation.run(options.execute, context, variables);
    if (context.reply.replayed) reply.header('idempotency-replayed', 'true');
    if (context.reply.headers) reply.headers(context.reply.headers);
    return sendJson(request, reply, operation, value);
  };
  const config = { callerNames: callerNamesOf(route) };
  const method: HTTPMethods[] = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
  scope.route({ method, url: fastifyPath(route), handler, config });
}

function sendJson(
  request: FastifyRequest,
  reply: FastifyReply,
  { route, kind, feed, tagged }: BoundOperation,
  value: unknown,
): FastifyReply {
  let text = JSON.stringify(value);
  if (kind === 'page') pageHeaders(reply, request, value as RestPage);
  if (feed) feedHeaders(reply, request, value as { next_cursor: string });
  if (kind === 'list') {
    const { length } = value as unknown[];
    reply.header('x-total-count', String(length));
    text = listEnvelope(text, length);
  }
  if (tagged) {
    reply.header('etag', `"${(value as Versioned).version}"`);
  } else if (route.method === 'GET' && (kind === 'object' || kind === 'value')) {
    const tag = entityTag(text);
    reply.header('etag', tag);
    if (isHeld(tag, request.headers['if-none-match'])) return reply.code(304).send();
  }
  return reply.code(route.status).header('content-type', 'application/json; charset=utf-8').send(text);
}

/** A table is in the default language, whatever the caller's: it may be imported again. */
function untranslated(context: RequestContext): RequestContext {
  return { ...context, request: { ...context.request, acceptLanguage: undefined } };
}

function unversioned(): PosProError {
  return new PosProError(
    'PRECONDITION_FAILED',
    'If-Match cannot match here: the operation accepts no version. Send the request without it.',
  );
}

function checkIdempotencyKey(request: FastifyRequest): void {
  const key = request.headers['idempotency-key'];
  if (key === undefined || (typeof key === 'string' && IDEMPOTENCY_KEY.test(key))) return;
  throw new PosProError('BAD_REQUEST', 'An Idempotency-Key must have 1 to 255 printable ASCII characters.');
}

/** The methods of each path. Two routes may name the same segment differently; the shape decides. */
function methodsByPath(engine: Engine): Iterable<{ url: string; methods: Set<RestMethod> }> {
  const paths = new Map<string, { url: string; methods: Set<RestMethod> }>();
  for (const { route } of engine.operations) {
    const url = fastifyPath(route);
    const shape = url.replace(/:\w+/g, ':');
    const known = paths.get(shape) ?? { url, methods: new Set() };
    known.methods.add(route.method);
    paths.set(shape, known);
  }
  return paths.values();
}

function mountOtherMethods(scope: FastifyInstance, path: string, methods: ReadonlySet<RestMethod>): void {
  const allow = METHODS.filter((method) => methods.has(method)).flatMap((method) =>
    method === 'GET' ? ['GET', 'HEAD'] : [method],
  );
  const others = METHODS.filter((method) => !methods.has(method)).flatMap((method) =>
    method === 'GET' ? ['GET', 'HEAD'] : [method],
  );
  const handler = (request: FastifyRequest, reply: FastifyReply) => {
    const message = `${request.method} is not possible here; ${allow.join(', ')} is.`;
    return sendProblem(
      reply.header('allow', allow.join(', ')),
      new PosProError('METHOD_NOT_ALLOWED', message),
      request.id,
    );
  };
  if (others.length === 0) return;
  scope.route({ method: others, url: path, handler });
}
