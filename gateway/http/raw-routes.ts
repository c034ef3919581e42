import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Services } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import { RawFile, type RawRoute } from '#kernel/graph/raw-route';
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
      scope.route<{ Params: Record<string, string>; Querystring: Record<string, unknown> }>({
        method: route.method,
        url: route.path,
        ...(route.maxBytes !== undefined && { bodyLimit: route.maxBytes }),
        config: { uncounted: true },
        handler: async ({ params, query, headers, body, ip }, reply) => {
          try {
            const request = { params, query: lastOf(query), headers, body: bytesOf(body), address: ip };
            const answer = await route.handle(services, request);
            if (answer instanceof RawFile) return sendFile(reply, answer);
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

/** The last value of each parameter, as a text. */
function lastOf(query: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, String(Array.isArray(value) ? value.at(-1) : value)]),
  );
}

function sendFile(reply: FastifyReply, { stream, size, name }: RawFile): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('content-length', size)
    .type('application/octet-stream')
    .send(stream);
}

/** A request without a body has no type either. */
function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
