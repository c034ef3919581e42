/** The web server: the rules for every request. */
import fastify, {
  type FastifyError,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { IncomingMessage, Server } from 'node:http';
import { randomUUID } from 'node:crypto';
import { maskCardNumbers } from '#kernel/card-numbers.rules';
import type { Config } from '#kernel/config';
import { PosProError } from '#kernel/errors';
import type { Logger } from '#kernel/log';
import { problemHeaders, problemOf } from '#kernel/problem-details';
import type { Tracing } from '#kernel/traces';
import { countMiss } from './http/admission';
import { mountCompression } from './http/compression';
import { mountCors } from './http/cors';
import { closeWhileDraining } from './http/drain-connections';
import { asPosProError } from './http/errors';
import { SECURITY_HEADERS } from './http/headers';
import { closeUnread, noteExchange, rejectMalformed, rejectSlow } from './http/malformed-requests';
import { RequestLog } from './http/request-log';
import { requireTls } from './http/transport';
import { queryProblem, readJsonStrictly } from './http/utf8';
import { spanOf, traceRequests } from './tracing/trace-requests';

/**
 * A request id from a caller or a proxy: enough for a UUID or a trace id, without characters that could forge a
 * log line.
 */
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/**
 * Headers of a request must arrive within 5 seconds, and connections are checked every second: slow senders
 * don't add up.
 */
const HEADERS_TIMEOUT_MS = 5_000;
const CHECK_CONNECTIONS_EVERY_MS = 1_000;
/** A body must arrive within 10 seconds, a file within five minutes. */
const BODY_TIMEOUT_MS = 10_000;
const UPLOAD_TIMEOUT_MS = 300_000;
/** Longer than the usual 60 seconds of a load balancer, so that the balancer closes idle connections. */
const KEEP_ALIVE_MS = 65_000;

/** Maximum characters of a path segment, and of a barcode: the capacity of the largest QR code. */
const MAX_PATH_PART = 300;
const MAX_BARCODE_PART = 4_296;

const UPLOAD_TYPE = /^(multipart\/form-data|text\/csv|image\/|application\/(octet-stream|vnd\.))/i;

/** Makes the web server with the common parts of all routes; the caller mounts the routes. */
export async function createServer(config: Config, log: Logger, tracing?: Tracing): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify(serverOptions(config, log, tracing));
  if (tracing) traceRequests(app, tracing);
  let stopping = false;
  app.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  closeWhileDraining(app);
  // These hooks run for every request; a promise would cost as much as the work of most of them.
  app.addHook('onRequest', (request, reply, done) => {
    noteExchange(request.raw, reply.raw);
    reply.header('x-request-id', request.id).headers(SECURITY_HEADERS);
    if (stopping) {
      done(
        new PosProError('UNAVAILABLE', 'The server is stopping. Try again in a moment.', { retryAfter: 1 }),
      );
      return;
    }
    guardBody(request, reply);
    const problem =
      repeatedHeader(request) ?? hostProblem(request) ?? longPart(request) ?? queryProblem(request);
    if (!problem) done();
    else countMiss(config, request.ip).then((refusal) => done(refusal ?? problem), done);
  });
  requireTls(app, config);
  readJsonStrictly(app);
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.raw.complete || !hasBody(request)) {
      done(null, payload);
      return;
    }
    // Hooks run while the parser still reads: the rest of the body may have arrived with the headers.
    setImmediate(() => {
      if (!request.raw.complete) closeUnread(request, reply);
      done(null, payload);
    });
  });
  app.setErrorHandler((error, request, reply) => {
    const known = asPosProError(error);
    if (known.code === 'INTERNAL') request.log.error({ err: error }, 'a request failed');
    return sendProblem(reply, known, request.id);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new PosProError('NOT_FOUND', `There is nothing at ${request.url.split('?')[0]}.`),
      request.id,
    ),
  );
  await mountCors(app, config, log);
  await mountCompression(app, config);
  return app;
}

function serverOptions(config: Config, log: Logger, tracing?: Tracing): FastifyHttpOptions<Server> {
  // A log line for each request in production, elsewhere only from debug on: the terminal of a first try shows
  // what matters.
  const loggerInstance =
    !config.production && config.logLevel === 'info' ? log.child({}, { level: 'warn' }) : log;
  return {
    loggerInstance,
    logController: new RequestLog(loggerInstance, tracing && ((request) => spanOf(request)?.ids)),
    genReqId: requestId,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: UPLOAD_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    // Answered here, in the format of every other error.
    return503OnClosing: false,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS,
      // Node would answer by itself, without a message; `hostProblem` checks it instead.
      requireHostHeader: false,
    },
    // Codes and ids in paths may be long, but not as long as a whole header.
    routerOptions: { maxParamLength: MAX_BARCODE_PART, ignoreTrailingSlash: true },
    clientErrorHandler: rejectMalformed((address) => countMiss(config, address)),
    // Malformed paths; hooks never see them.
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id).headers(SECURITY_HEADERS);
      void countMiss(config, request.ip).then((refusal) =>
        sendProblem(reply, refusal ?? pathProblem(error), request.id),
      );
    },
  };
}

function pathTooLong(most: number): PosProError {
  return new PosProError('URI_TOO_LONG', `A segment of the path may have at most ${most} characters.`);
}

/** The router has one maximum for all segments, that of barcodes; the others are ids and codes. */
function longPart({ params }: FastifyRequest): PosProError | undefined {
  const parts = (params ?? {}) as Record<string, string>;
  for (const name in parts) {
    if (parts[name]!.length > MAX_PATH_PART && name !== 'barcode' && name !== '*')
      return pathTooLong(MAX_PATH_PART);
  }
  return undefined;
}

function pathProblem({ code }: FastifyError): PosProError {
  return code === 'FST_ERR_MAX_PARAM_LENGTH'
    ? pathTooLong(MAX_BARCODE_PART)
    : new PosProError('BAD_REQUEST', 'The path contains an invalid percent encoding.');
}

/**
 * Headers whose repetition a proxy may read differently: Node uses the first one, others the last (RFC 9112,
 * 3.2). Node's parser itself rejects two lengths.
 */
const SINGLE_HEADERS = new Set(['host', 'authorization', 'x-api-key', 'content-type', 'idempotency-key']);

function repeatedHeader({ raw: { headers, rawHeaders } }: FastifyRequest): PosProError | undefined {
  // Node joins headers of one name, so equal counts mean that none is repeated.
  if (Object.keys(headers).length * 2 === rawHeaders.length) return undefined;
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (!SINGLE_HEADERS.has(name)) continue;
    if (seen.has(name))
      return new PosProError('BAD_REQUEST', `The header ${rawHeaders[at]!} must not be repeated.`);
    seen.add(name);
  }
  return undefined;
}

/** A name or an address, and a port (RFC 3986, 3.2.2 and 3.2.3). */
const HOST = /^(\[[\da-f:.]+\]|[\w.~!$&'()*+;=%-]*)(:\d{0,5})?$/i;

/** HTTP/1.1 requires a Host header (RFC 9112, 3.2). */
function hostProblem({ raw, headers }: FastifyRequest): PosProError | undefined {
  if (headers.host !== undefined && !HOST.test(headers.host)) {
    return new PosProError(
      'BAD_REQUEST',
      'The header Host must be a name or an address, with a port or without.',
    );
  }
  if (headers.host !== undefined || raw.httpVersion !== '1.1') return undefined;
  return new PosProError('BAD_REQUEST', 'The header Host is missing.');
}

function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) && maskCardNumbers(given) === given
    ? given
    : randomUUID();
}

function hasBody({ raw: { headers } }: FastifyRequest): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** Rejects a body that arrives too slowly and is not a file. */
function guardBody(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  if (!hasBody(request) || raw.complete || UPLOAD_TYPE.test(raw.headers['content-type'] ?? '')) return;
  const timer = setTimeout(() => {
    if (!raw.complete) rejectSlow(request, reply);
  }, BODY_TIMEOUT_MS);
  timer.unref();
  raw.once('close', () => clearTimeout(timer));
}

function sendProblem(reply: FastifyReply, error: PosProError, id: string): FastifyReply {
  return reply
    .code(error.status)
    .headers(problemHeaders(error))
    .send(JSON.stringify(problemOf(error, id)));
}
