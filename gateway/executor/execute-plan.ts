/**
 * Query plans, compiled once per document: fetches from subgraphs, in the order and parallelism of the plan, into one
 * growing result.
 */
import type { GraphQLSchema } from 'graphql';
import type { FetchNode, PlanNode, ResponsePath } from '@apollo/query-planner';
import { EntityPath } from './entity-path';
import { entityFetch, rootFetch } from './fetches';
import { EntitySelection } from './representations';
import type { Run, Step } from './run';

/** One step of a mutation. */
export interface MutationStep {
  readonly run: Step;
  /** The root fields that the step executes; none if it only completes those of the step before. */
  readonly roots: readonly string[];
}

/**
 * Executes a mutation step by step, and stops when the answer has become null: by the GraphQL specification, a
 * failed non-null field ends the mutation, and later fields are not executed.
 * @param isNull whether the completed root fields make the answer null.
 */
export async function runMutation(
  run: Run,
  steps: readonly MutationStep[],
  isNull: (roots: ReadonlySet<string>) => boolean,
): Promise<void> {
  const complete = new Set<string>();
  for (const { run: runStep, roots } of steps) {
    if (roots.length > 0 && complete.size > 0 && isNull(complete)) return;
    await runStep(run);
    roots.forEach((root) => complete.add(root));
  }
}

/** Compiles the nodes of one plan. */
export class PlanCompiler {
  private readonly selections = new Map<string, EntitySelection>();

  constructor(private readonly supergraph: GraphQLSchema) {}

  /** @param at the path to the entities of the fetches in the node; none for the root. */
  compile(node: PlanNode, at: ResponsePath = []): Step {
    switch (node.kind) {
      case 'Sequence':
        return inSequence(node.nodes.map((next) => this.compile(next, at)));
      case 'Parallel':
        return inParallel(node.nodes.map((next) => this.compile(next, at)));
      case 'Flatten':
        return this.compile(node.node, [...at, ...node.path]);
      case 'Fetch':
        return node.requires
          ? entityFetch(this.supergraph, node, this.selectionOf(node, at))
          : rootFetch(this.supergraph, node);
      case 'Condition':
      case 'Defer':
        throw new Error(
          `A plan has a ${node.kind}, though the operation had neither conditions nor @defer when it was planned.`,
        );
    }
  }

  /** Fetches of the same entities by the same fields have one selection, so that parallel ones gather them once. */
  private selectionOf({ requires = [], inputRewrites }: FetchNode, at: ResponsePath): EntitySelection {
    const key = JSON.stringify([at, requires, inputRewrites]);
    let selection = this.selections.get(key);
    if (!selection) {
      selection = new EntitySelection(this.supergraph, new EntityPath(at), requires, inputRewrites);
      this.selections.set(key, selection);
    }
    return selection;
  }
}

function inSequence(steps: readonly Step[]): Step {
  return async (run) => {
    for (const step of steps) {
      const pending = step(run);
      if (pending) await pending;
    }
  };
}

function inParallel(steps: readonly Step[]): Step {
  return (run) => {
    const pending: Promise<void>[] = [];
    for (const step of steps) {
      const started = start(step, run);
      if (started) pending.push(started);
    }
    return pending.length > 0 ? Promise.all(pending).then(() => undefined) : undefined;
  };
}

/** Begins a step; one that throws must not leave the promises of those before it unobserved. */
function start(step: Step, run: Run): Promise<void> | undefined {
  try {
    return step(run);
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
