import type { RequestContext } from '../context';

/** A private file of the storage. */
export interface PrivateFile {
  readonly storageKey: string;
  readonly filename: string;
  /** With its charset, if it is a text. */
  readonly contentType: string;
}

/** A route that answers private files to callers with a permission, to be downloaded and never shown. */
export interface FileRoute {
  /** In the router's form, `/api/v1/…/:id`. */
  readonly path: string;
  /** The scopes of which the caller needs one. */
  readonly scopes: readonly string[];
  /** @throws PosProError 404 for an unknown one. */
  find(ctx: RequestContext, params: Readonly<Record<string, string>>): Promise<PrivateFile>;
}
