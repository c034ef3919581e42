/** Compressed answers: gzip or Brotli, as the client accepts, at a level at which the processor hardly notices. */
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Config } from '#kernel/config';

/** A smaller answer fits into one or two packets as it is. In bytes. */
const SMALLEST = 1_024;
/** Of 0 to 11: from 5 on Brotli takes several times as long for a few percent. */
const BROTLI_QUALITY = 3;
/** Of 1 to 9. */
const GZIP_LEVEL = 4;
/**
 * Text alone. Pictures, workbooks, PDFs and archives are compressed already; a stream of events would wait in the buffer of the compressor.
 */
const COMPRESSIBLE = /^(text\/(?!event-stream)|application\/([\w.-]+\+)?json\b|image\/svg\+xml)/;

/** Compresses the answers of all routes that are mounted afterwards. Requests are never decompressed: a small one could become huge. */
export async function mountCompression(
  app: FastifyInstance,
  { compression }: Pick<Config, 'compression'>,
): Promise<void> {
  if (!compression) return;
  await app.register(compress, {
    globalDecompression: false,
    threshold: SMALLEST,
    encodings: ['br', 'gzip'],
    customTypes: COMPRESSIBLE,
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    zlibOptions: { level: GZIP_LEVEL },
  });
  app.addHook('onRoute', weakenTags);
}

/** A strong tag names bytes; a compressed answer has others. */
const CONTENT_TAG = /^"[\w-]{27}"$/;

/**
 * Makes the entity tag of a compressed answer a weak one (RFC 9110, 8.8.3). The tag of a version stays strong: it names the state of a
 * record and not bytes, and `If-Match` accepts no weak one. Runs after the compression, whose hook belongs to the route, too.
 */
function weakenTags(route: RouteOptions): void {
  const before = [route.onSend ?? []].flat();
  route.onSend = [
    ...before,
    (_request, reply, payload, done) => {
      const tag = reply.getHeader('etag');
      if (reply.hasHeader('content-encoding') && typeof tag === 'string' && CONTENT_TAG.test(tag))
        reply.header('etag', `W/${tag}`);
      done(null, payload);
    },
  ];
}
