import type { Readable } from 'node:stream';
import type { Services } from '../context';

/** A request to a raw route. */
export interface RawRequest {
  /** The parameters of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The last value of each parameter of the query string, decoded. */
  readonly query: Readonly<Record<string, string>>;
  /** The client's address, after trusted proxies. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The bytes as sent. */
  readonly body: Buffer;
}

/** A file as an answer. */
export class RawFile {
  constructor(
    readonly stream: Readable,
    /** In bytes. */
    readonly size: number,
    readonly name: string,
  ) {}
}

/**
 * A route outside the graph, for programs that sign the bytes of their requests, and for signed links. It has no caller: the handler
 * verifies the request.
 */
export interface RawRoute {
  readonly method: 'GET' | 'POST';
  /** In the router's form, `/api/v1/…/:name`. */
  readonly path: string;
  /** Maximum size of the body. Optional; defaults to that of all requests. */
  readonly maxBytes?: number;
  /** @returns a file, or the JSON of the answer, whose status is 200. @throws PosProError for any other. */
  handle(services: Services, request: RawRequest): Promise<object>;
}
