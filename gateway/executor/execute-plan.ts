/**
 * Executes a query plan: fetches from subgraphs, in the order and parallelism of the plan, into one growing
 * result.
 */
import { GraphQLError, isInterfaceType, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { deepMerge } from '@apollo/gateway/dist/utilities/deepMerge';
import type { FetchNode, PlanNode, ResponsePath } from '@apollo/query-planner';
import type { RequestContext } from '#kernel/context';
import { invariant } from '#kernel/errors';
import type { DataSource } from './data-source';
import { maskError } from './mask-errors';
import type { MutationStep } from './plans';
import { entitiesAt, placesAt, representationOf, type ConcretePath, type Data } from './representations';
import { applyRewrites } from './rewrites';

/** One running operation. */
export interface Run {
  readonly supergraph: GraphQLSchema;
  readonly sources: ReadonlyMap<string, DataSource>;
  readonly variables: Record<string, unknown>;
  /** The caller's own name for a key of `data`. */
  readonly callersKey: (key: string) => string;
  readonly context: RequestContext;
  /** The result of the subgraphs so far, from the root. */
  readonly data: Data;
  readonly errors: GraphQLError[];
  /** Number of requested entities that were not found: they explain nulls in their place. */
  absent: number;
}

/** The source of a fetch's entities: a path of the plan; undefined for the root. */
type At = ResponsePath | undefined;

/** Executes a node of a plan and all below it. Errors of subgraphs are added to `run.errors`. */
export async function runNode(run: Run, node: PlanNode, at?: At): Promise<void> {
  switch (node.kind) {
    case 'Sequence':
      for (const next of node.nodes) await runNode(run, next, at);
      return;
    case 'Parallel':
      await Promise.all(node.nodes.map((next) => runNode(run, next, at)));
      return;
    case 'Flatten':
      await runNode(run, node.node, at ? [...at, ...node.path] : node.path);
      return;
    case 'Fetch':
      await (node.requires ? fetchEntities(run, node, at ?? []) : fetchRoot(run, node));
      return;
    case 'Condition':
    case 'Defer':
      throw new Error(
        `A plan has a ${node.kind}, though the operation had neither conditions nor @defer when it was planned.`,
      );
  }
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
  for (const { node, roots } of steps) {
    if (roots.length > 0 && complete.size > 0 && isNull(complete)) return;
    await runNode(run, node);
    roots.forEach((root) => complete.add(root));
  }
}

async function fetchRoot(run: Run, fetch: FetchNode): Promise<void> {
  const result = await process(run, fetch, variablesOf(run.variables, fetch));
  addErrors(run, fetch, result, (path) => path);
  if (!result.data) return;
  applyRewrites(run.supergraph, fetch.outputRewrites, result.data);
  deepMerge(run.data, result.data);
}

async function fetchEntities(run: Run, fetch: FetchNode, at: ResponsePath): Promise<void> {
  const targets: Data[] = [];
  const representations: Data[] = [];
  for (const entity of entitiesAt(run.data, at)) {
    const representation = representationOf(run.supergraph, entity, fetch.requires!);
    if (representation?.__typename === undefined) continue;
    applyRewrites(run.supergraph, fetch.inputRewrites, representation);
    targets.push(entity);
    representations.push(representation);
  }
  if (targets.length === 0) return;
  const result = await process(run, fetch, { ...variablesOf(run.variables, fetch), representations });
  const places = result.errors && placesAt(run.data, at);
  addErrors(
    run,
    fetch,
    result,
    (path) => placeOf(path, targets, places!) ?? at.filter((step) => step !== '@'),
  );
  const found = result.data?._entities;
  if (found === undefined || found === null) return;
  invariant(
    Array.isArray(found) && found.length === targets.length,
    `"${fetch.serviceName}" answered for other entities`,
  );
  found.forEach((entity: Data | null, index) => {
    if (!entity) {
      run.absent += 1;
      return;
    }
    applyRewrites(run.supergraph, fetch.outputRewrites, entity);
    keepType(run.supergraph, targets[index]!, entity);
    deepMerge(targets[index], entity);
  });
}

/** A subgraph with an interface object returns the interface's name; the name of the entity's own type stays. */
function keepType(schema: GraphQLSchema, target: Data, entity: Data): void {
  const name = entity.__typename;
  if (name === undefined || name === target.__typename || target.__typename === undefined) return;
  if (isInterfaceType(schema.getType(name as string))) entity.__typename = undefined;
}

function process(
  run: Run,
  fetch: FetchNode,
  variables: Record<string, unknown>,
): Promise<ExecutionResult<Data>> {
  const source = run.sources.get(fetch.serviceName);
  invariant(source, `no data source for the subgraph "${fetch.serviceName}"`);
  const { operation: query, operationName } = fetch;
  return source.process({ query, operationName, variables, context: run.context });
}

/** The variables that a fetch needs. */
export function variablesOf(
  all: Readonly<Record<string, unknown>>,
  fetch: FetchNode,
): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  for (const name of fetch.variableUsages ?? []) {
    const value = all[name];
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

/** Errors have the path in the caller's answer, not in the subgraph's. */
export function addErrors(
  run: Run,
  fetch: FetchNode,
  result: ExecutionResult,
  place: (path: ConcretePath) => ConcretePath,
): void {
  for (const error of result.errors ?? []) {
    const masked = error instanceof GraphQLError ? error : maskError(error, run.context, fetch.serviceName);
    const { message, originalError, extensions, path } = masked;
    const own = place(path ?? []).map((step) => (typeof step === 'string' ? run.callersKey(step) : step));
    run.errors.push(
      new GraphQLError(message, { path: own, originalError: originalError ?? null, extensions }),
    );
  }
}

/** Turns `_entities.3.stock` into the path of the fourth requested entity. */
function placeOf(
  path: ConcretePath,
  targets: readonly Data[],
  places: ReadonlyMap<Data, ConcretePath>,
): ConcretePath | undefined {
  const [root, index, ...rest] = path;
  const target = root === '_entities' && typeof index === 'number' ? targets[index] : undefined;
  const place = target && places.get(target);
  return place && [...place, ...rest];
}
