/** Pages of other origins: which ones browsers let call the API, and a log line for one that is not admitted. */
import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '#kernel/config';
import type { Logger } from '#kernel/log';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The headers that a page of another origin may read. */
const EXPOSED_HEADERS = [
  'X-Request-Id', 'ETag', 'Link', 'X-Total-Count', 'Retry-After', 'Idempotency-Replayed', 'Content-Disposition', 'Location',
  'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset',
]; // prettier-ignore

/** Pages of a developer's own machine: a front end that is being made against the demo shop. */
const LOCAL_PAGE = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;
/** Maximum number of logged origins: more of them are an attack, and not front ends that the settings omit. */
const MAX_LOGGED = 100;

/** Admits the pages of CORS_ORIGINS, and with the demo shop those of the same machine. */
export async function mountCors(app: FastifyInstance, config: Config, log: Logger): Promise<void> {
  const admitsAll = config.corsOrigins.includes('*');
  const isDemo = config.demo && !config.production;
  const admitted = [...config.corsOrigins, ...(isDemo ? [LOCAL_PAGE] : [])];
  if (!admitsAll) logOthers(app, admitted, log);
  await app.register(cors, {
    origin: admitsAll ? '*' : admitted,
    methods: METHODS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  });
}

/** A browser hides the reason from its page, so that the operator has to see it. Each origin is logged once. */
function logOthers(app: FastifyInstance, admitted: readonly (string | RegExp)[], log: Logger): void {
  const logged = new Set<string>();
  const isAdmitted = (origin: string) =>
    admitted.some((one) => (typeof one === 'string' ? one === origin : one.test(origin)));
  const isNews = (origin: string) => logged.size < MAX_LOGGED && !logged.has(origin) && !isAdmitted(origin);
  app.addHook('onRequest', (request, _reply, done) => {
    const { origin, upgrade } = request.headers;
    // Browsers open sockets to every origin.
    if (origin !== undefined && upgrade === undefined && isNews(origin) && !isOwn(request, origin)) {
      logged.add(origin);
      log.warn({ origin }, 'a page of another origin is not admitted: name its origin in CORS_ORIGINS');
    }
    done();
  });
}

/** Whether the page comes from this server, as /docs and GraphiQL do: browsers name the origin of their POST requests, too. */
function isOwn({ host }: FastifyRequest, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
