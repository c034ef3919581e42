/**
 * Rejects text that is not UTF-8. Node's own decoders replace the invalid bytes, so that a search would look for other text than the
 * caller's, and a name would be stored as one that no one has written.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PosProError } from '#kernel/errors';
import { decodeUtf8 } from '#kernel/utf8.rules';

/** Reads JSON as Fastify does, but in strict UTF-8. */
export function readJsonStrictly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = decodeUtf8(body as Buffer);
    } catch (cause) {
      done(new PosProError('BAD_REQUEST', 'The body is not valid JSON in UTF-8.', { cause }));
      return;
    }
    void parse(request, text, done);
  });
}

/** Percent-encoded bytes beyond ASCII. */
const ENCODED = /(?:%[89a-f][\da-f])+/gi;

/** The error of a query string whose encoded bytes are not UTF-8. A "%" that encodes nothing is a "%". */
export function queryProblem({ raw: { url = '' } }: FastifyRequest): PosProError | undefined {
  const start = url.indexOf('?');
  if (start < 0 || !url.includes('%', start)) return undefined;
  for (const [bytes] of url.slice(start).matchAll(ENCODED)) {
    try {
      decodeURIComponent(bytes);
    } catch (cause) {
      const message = `The query string contains ${bytes.slice(0, 30)}, which is not UTF-8.`;
      return new PosProError('BAD_REQUEST', message, { cause });
    }
  }
  return undefined;
}
