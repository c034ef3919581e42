import type { GraphQLError } from 'graphql';
import type { RequestContext } from '#kernel/context';
import type { DataSource } from './data-source';
import type { Data } from './entity-path';
import type { EntitySelection, GatheredEntities } from './representations';

/** One running operation. */
export interface Run {
  readonly sources: ReadonlyMap<string, DataSource>;
  readonly variables: Record<string, unknown>;
  /** The caller's own name for a key of `data`. */
  readonly callersKey: (key: string) => string;
  readonly context: RequestContext;
  /** The result of the subgraphs so far, from the root. */
  readonly data: Data;
  readonly errors: GraphQLError[];
  /** Number of places of requested entities that were not found: they explain nulls there. */
  absent: number;
  /** Entities that parallel fetches complete; emptied whenever the result changes. */
  readonly gathered: Map<EntitySelection, GatheredEntities>;
}

/** A compiled node of a plan. Errors of subgraphs are added to `run.errors`. Answers a promise unless it is complete. */
export type Step = (run: Run) => Promise<void> | undefined;
