/**
 * Rejects requests at the door while more is asked than can be done: with 503 and Retry-After at once, rather than after a long wait. Work
 * that has begun goes first. Signs of overload: a request has waited too long for a connection to the database, or the event loop is late
 * several times in a row. Probes, metrics and images are always answered.
 */
import type { FastifyInstance } from 'fastify';
import type { Config } from '#kernel/config';
import type { Database } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import { addMetric, type Metrics } from './metrics';

const LOOK_EVERY_MS = 100;
/** One late look is a pause of the garbage collection or of a busy machine; several in a row are an overload. */
const LATE_LOOKS = 4;

type Reason = 'database' | 'event_loop';

/** Mounts the door, before anything reads the request. A limit of 0 never rejects. */
export function rejectOverload(
  app: FastifyInstance,
  { overload: { waitMs, loopDelayMs } }: Pick<Config, 'overload'>,
  { database, metrics }: { database: Pick<Database, 'connections'>; metrics: Metrics },
): void {
  const rejected: Record<Reason, number> = { database: 0, event_loop: 0 };
  addMetric(
    metrics,
    {
      name: 'pospro_http_requests_rejected_total',
      type: 'counter',
      help: 'Requests rejected because of overload, by its sign.',
      labels: ['reason'],
    },
    () => Object.entries(rejected).map(([reason, value]) => ({ labels: { reason }, value })),
  );
  const isLoopLate = loopDelayMs > 0 ? watchLoop(app, loopDelayMs) : () => false;
  const isDatabaseLate = () => waitMs > 0 && database.connections().app!.longestWaitMs > waitMs;
  app.addHook('onRequest', (request, _reply, done) => {
    const reason = isDatabaseLate() ? 'database' : isLoopLate() ? 'event_loop' : undefined;
    if (reason === undefined || request.routeOptions.config.uncounted) {
      done();
      return;
    }
    rejected[reason] += 1;
    const message = 'The server has more requests than it can answer. Try again in a moment.';
    done(new PosProError('UNAVAILABLE', message, { retryAfter: 1 }));
  });
}

/** Measures the event loop until the server closes. @returns whether each of the last looks was later than the limit. */
function watchLoop(app: FastifyInstance, limitMs: number): () => boolean {
  let late = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late = now - last - LOOK_EVERY_MS > limitMs ? late + 1 : 0;
    last = now;
  }, LOOK_EVERY_MS);
  timer.unref();
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer);
    done();
  });
  return () => late >= LATE_LOOKS;
}
