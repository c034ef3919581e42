import type { DocumentNode, ExecutionResult } from 'graphql';
import type { RequestContext } from '../context';

/** One operation to be carried out over the whole graph. */
export interface GraphRequest {
  /** A document that is valid against the API schema: the executor does not validate it again. */
  readonly document: DocumentNode;
  /** Names the document in the cache of query plans: equal keys mean equal documents. A hash of its text will do. */
  readonly documentKey: string;
  readonly variables?: Record<string, unknown>;
  /** Which operation of the document, where it holds several. */
  readonly operationName?: string;
  readonly context: RequestContext;
}

/**
 * Carries out an operation. Never rejects for a fault of the request or of a subgraph: those stand in `errors`, masked, with
 * `extensions.code` from the table in kernel/errors.ts. The REST layer gets one of these as an argument.
 */
export type GraphExecutor = (request: GraphRequest) => Promise<ExecutionResult>;
