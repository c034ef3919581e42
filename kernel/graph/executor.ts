import type { DocumentNode, ExecutionResult } from 'graphql';
import type { RequestContext } from '../context';

/** An operation over the whole graph. */
export interface GraphRequest {
  /** A document that is valid against the API schema: the executor does not validate it again. */
  readonly document: DocumentNode;
  /** Names the document in the cache of query plans: equal keys mean equal documents. A hash of its text will do. */
  readonly documentKey: string;
  readonly variables?: Record<string, unknown>;
  /** The operation of the document, if it has several. */
  readonly operationName?: string;
  readonly context: RequestContext;
}

/**
 * Executes an operation. Never rejects for an error of the request or of a subgraph: those are in `errors`,
 * masked, with `extensions.code` from the table in kernel/errors.ts. The REST layer gets an executor as an
 * argument.
 */
export type GraphExecutor = (request: GraphRequest) => Promise<ExecutionResult>;
