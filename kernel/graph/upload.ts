import { Readable } from 'node:stream';

/** An uploaded file: the value of the scalar `Upload`. The receiver reads the stream once, to its end. */
export interface UploadedFile {
  /** The client's file name, never a trusted path; empty without a name. */
  readonly filename: string;
  /** The media type the client claims, in lower case and without parameters, for example "text/csv". */
  readonly contentType: string;
  /** The `charset=` of its content type, as the client wrote it. */
  readonly charset?: string;
  /** The bytes. It fails with PosProError 413 if the file is larger than `config.uploadLimitBytes`. */
  readonly stream: Readable;
}

/** Whether a value is a file of the REST layer. Values parsed from JSON never are. */
export function isUploadedFile(value: unknown): value is UploadedFile {
  return typeof value === 'object' && value !== null && 'stream' in value && value.stream instanceof Readable;
}
