import type { FastifyInstance } from 'fastify';
import type { Services } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { RawRoute } from '#kernel/graph/raw-route';
import { countMiss } from './admission';

/**
 * Mounts the routes of the domains outside the graph. Their requests do not count towards the rate limit, because one provider sends the
 * webhooks of all organizations from few addresses; requests that fail their check do.
 */
export async function mountRawRoutes(
  app: FastifyInstance,
  services: Services,
  routes: readonly RawRoute[],
): Promise<void> {
  await app.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, read) => read(null, body));
    for (const route of routes) {
      scope.route<{ Params: Record<string, string> }>({
        method: route.method,
        url: route.path,
        config: { uncounted: true },
        handler: async ({ params, headers, body, ip }, reply) => {
          try {
            const answer = await route.handle(services, { params, headers, body: bytesOf(body) });
            return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
          } catch (error) {
            if (error instanceof PosProError && error.status < 500)
              throw (await countMiss(services.config, ip)) ?? error;
            throw error;
          }
        },
      });
    }
    done();
  });
}

/** A request without a body has no type either. */
function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
