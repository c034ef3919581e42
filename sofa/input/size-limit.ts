/** Streams that end with an error at a limit. */
import type { Readable } from 'node:stream';
import { PosProError } from '#kernel/errors';

export interface BodyLimits {
  /** The largest JSON body, in bytes. */
  readonly bodyLimitBytes: number;
  /** The largest file, in bytes. */
  readonly uploadLimitBytes: number;
}

/**
 * The chunks of a stream, up to a limit. The socket stays open, so that the error can still be sent.
 * @throws PosProError 413 beyond the limit, 400 for an aborted request: that is not our error, and fills no log.
 */
export async function* bounded(source: Readable, limit: number): AsyncGenerator<Buffer, void> {
  let size = 0;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      yield chunk;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    throw new PosProError('BAD_REQUEST', 'The body ended early.', { cause: error });
  }
}

/** A 413. @param limit in bytes. */
export function tooLarge(limit: number): PosProError {
  return new PosProError('PAYLOAD_TOO_LARGE', `The body may have at most ${limit} bytes.`);
}
