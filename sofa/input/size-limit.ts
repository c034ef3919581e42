/** Streams that end where a limit says, with an error that says so. */
import type { Readable } from 'node:stream';
import { PosProError } from '#kernel/errors';

export interface BodyLimits {
  /** The largest JSON body, in bytes. */
  readonly bodyLimitBytes: number;
  /** The largest file, in bytes. */
  readonly uploadLimitBytes: number;
}

/**
 * The chunks of a stream, up to a limit. The socket is left alone, so that the refusal can still be sent over it.
 * @throws PosProError 413 beyond the limit, 400 where the sender broke off: that is no fault of ours, and fills no log.
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
