import type { Services } from '../context';

/** A request to a raw route. */
export interface RawRequest {
  /** The parameters of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The bytes as sent. */
  readonly body: Buffer;
}

/**
 * A route outside the graph, for programs that sign the bytes of their requests. It has no caller: the handler verifies the request.
 */
export interface RawRoute {
  readonly method: 'POST';
  /** In the router's form, `/api/v1/…/:name`. */
  readonly path: string;
  /** @returns the JSON of the answer, whose status is 200. @throws PosProError for any other. */
  handle(services: Services, request: RawRequest): Promise<object>;
}
