/** Serves the files of the storage. Their names contain a hash of their content, so they may be cached for ever. */
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Config } from '#kernel/config';
import { PosProError } from '#kernel/errors';
import { storageOf } from '#kernel/storage/index';
import { isStorageKey } from '#kernel/storage/storage';
import { countMiss } from './admission';

/** Only these types are served, so that a browser never sees any other stored file as a page or a script. */
const TYPES: Readonly<Record<string, string>> = { '.webp': 'image/webp', '.jpg': 'image/jpeg' };

const A_YEAR = 31_536_000;

/** Mounts `/media/…`. Only clients that know a file's name can read it; names cannot be guessed. */
export function mountMedia(app: FastifyInstance, config: Config): void {
  const storage = storageOf(config);
  // A page of a shop has dozens of images; only wrong guesses count.
  const options = { logLevel: 'warn', config: { uncounted: true } } as const;
  app.get<{ Params: { '*': string } }>('/media/*', options, async (request, reply) => {
    const key = request.params['*'];
    const type = TYPES[path.extname(key)];
    const file = type !== undefined && isStorageKey(key) ? await storage.get(key) : undefined;
    if (!type || !file) {
      throw (await countMiss(config, request.ip)) ?? new PosProError('NOT_FOUND', 'The file does not exist.');
    }
    const tag = `"${path.basename(key)}"`;
    reply
      .header('cache-control', `public, max-age=${A_YEAR}, immutable`)
      .header('etag', tag)
      // Shops show their images on pages of other origins.
      .header('cross-origin-resource-policy', 'cross-origin');
    if (request.headers['if-none-match'] === tag) {
      file.stream.destroy();
      return reply.code(304).send();
    }
    return reply.type(type).header('content-length', file.size).send(file.stream);
  });
}
