import { Readable } from 'node:stream';

/** A file on its way in: what an argument of the scalar `Upload` holds. The receiver reads the stream once, and to its end. */
export interface UploadedFile {
  /** As the client named it, never a path to be trusted; empty where it gave no name. */
  readonly filename: string;
  /** The media type the client claims, in lower case and without parameters, for example "text/csv". */
  readonly contentType: string;
  /** The `charset=` of its content type, as the client wrote it. */
  readonly charset?: string;
  /** The bytes. It fails with PosProError 413 where the file turns out to be larger than `config.uploadLimitBytes`. */
  readonly stream: Readable;
}

/** Whether a value is a file of the REST layer. Nothing that was parsed from JSON ever is. */
export function isUploadedFile(value: unknown): value is UploadedFile {
  return typeof value === 'object' && value !== null && 'stream' in value && value.stream instanceof Readable;
}
