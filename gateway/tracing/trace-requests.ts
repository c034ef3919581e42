/** A span for each request. Only a web server of a process that traces has these hooks. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RunningSpan, Tracing } from '#kernel/traces';

const spans = new WeakMap<FastifyRequest, RunningSpan>();

/** The span of a request; undefined for one that is not traced. */
export function spanOf(request: FastifyRequest): RunningSpan | undefined {
  return spans.get(request);
}

/**
 * Mounts the hooks, before any other one. Probes and metrics are not traced, and neither are sockets and event streams, which last for days.
 * The span has the pattern of the route: a path may hold a barcode or the code of a gift card.
 */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.uncounted || isStream(request)) {
      done();
      return;
    }
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    const span = tracing.receive(request.headers, {
      name: `${method} ${route}`,
      kind: 'server',
      attributes: { 'http.request.method': method, 'http.route': route, 'pospro.request_id': request.id },
    });
    spans.set(request, span);
    span.run(done);
  });
  // The body arrives in events of the connection, which do not belong to the span.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.run(done);
    else done();
  });
  const end = (request: FastifyRequest, status: number, error?: string) =>
    spans.get(request)?.end({ 'http.response.status_code': status }, error);
  app.addHook('onResponse', (request: FastifyRequest, { statusCode }: FastifyReply, done) => {
    end(request, statusCode, statusCode >= 500 ? String(statusCode) : undefined);
    done();
  });
}

function isStream({ headers }: FastifyRequest): boolean {
  return headers.upgrade !== undefined || (headers.accept ?? '').includes('text/event-stream');
}
