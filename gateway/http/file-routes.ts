/** Serves private files of the domains. A browser downloads them and never shows them, so that no file can act as a page of this origin. */
import type { FastifyInstance } from 'fastify';
import { requireAccess } from '#kernel/auth/access';
import type { Config } from '#kernel/config';
import { PosProError } from '#kernel/errors';
import type { FileRoute } from '#kernel/graph/file-route';
import { storageOf } from '#kernel/storage/index';
import type { Callers } from './credentials';

/** Mounts the routes. Every answer has `X-Content-Type-Options: nosniff` (gateway/http/headers.ts). */
export function mountFileRoutes(
  app: FastifyInstance,
  config: Config,
  { contextFor }: Pick<Callers, 'contextFor'>,
  routes: readonly FileRoute[],
): void {
  for (const route of routes) {
    app.get<{ Params: Record<string, string> }>(route.path, async (request, reply) => {
      const ctx = await contextFor(request, { names: 'rest' });
      requireAccess(ctx, route.scopes);
      const { storageKey, filename, contentType } = await route.find(ctx, request.params);
      const file = await storageOf(config).get(storageKey);
      if (!file) throw new PosProError('NOT_FOUND', 'The file does not exist any more.');
      return reply
        .header('content-disposition', contentDisposition(filename))
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('cache-control', 'private, no-store')
        .header('content-length', file.size)
        .type(contentType)
        .send(file.stream);
    });
  }
}

/** The header with a name in ASCII, and the full one by RFC 6266. */
function contentDisposition(filename: string): string {
  const ascii = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
