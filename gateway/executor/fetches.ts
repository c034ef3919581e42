/** The fetches of a plan: of root fields, and of further fields of entities that other subgraphs returned. */
import { GraphQLError, isInterfaceType, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { deepMerge } from '@apollo/gateway/dist/utilities/deepMerge';
import type { FetchNode } from '@apollo/query-planner';
import { invariant } from '#kernel/errors';
import type { ConcretePath, Data } from './entity-path';
import type { Run, Step } from './run';
import { maskError } from './mask-errors';
import { mergeEntity } from './merge-entity';
import type { EntitySelection, GatheredEntities } from './representations';
import { applyRewrites } from './rewrites';

/** Compiles a fetch of root fields. */
export function rootFetch(supergraph: GraphQLSchema, fetch: FetchNode): Step {
  return (run) =>
    whenReady(send(run, fetch, variablesOf(run.variables, fetch)), (result) =>
      addRootResult(run, supergraph, fetch, result),
    );
}

/** Adds what a subgraph returned for root fields to the result. */
export function addRootResult(
  run: Run,
  supergraph: GraphQLSchema,
  fetch: FetchNode,
  result: ExecutionResult,
): void {
  run.gathered.clear();
  for (const error of result.errors ?? []) addError(run, fetch, error, error.path ?? []);
  if (!result.data) return;
  applyRewrites(supergraph, fetch.outputRewrites, result.data);
  deepMerge(run.data, result.data);
}

/** Compiles a fetch of fields of the selected entities. */
export function entityFetch(supergraph: GraphQLSchema, fetch: FetchNode, selection: EntitySelection): Step {
  return (run) => {
    let gathered = run.gathered.get(selection);
    if (!gathered) run.gathered.set(selection, (gathered = selection.gather(run.data)));
    const entities = gathered;
    const { representations } = entities;
    if (representations.length === 0) return undefined;
    return whenReady(
      send(run, fetch, { ...variablesOf(run.variables, fetch), representations }),
      (result) => {
        run.gathered.clear();
        if (result.errors) addEntityErrors(run, fetch, selection, entities, result.errors);
        addEntities(run, supergraph, fetch, entities, result.data?._entities);
      },
    );
  };
}

function addEntities(
  run: Run,
  supergraph: GraphQLSchema,
  fetch: FetchNode,
  { targets, slots, representations }: GatheredEntities,
  found: unknown,
): void {
  if (found === undefined || found === null) return;
  invariant(
    Array.isArray(found) && found.length === representations.length,
    `"${fetch.serviceName}" answered for other entities`,
  );
  const entities = found as (Data | null)[];
  if (fetch.outputRewrites)
    for (const entity of entities) applyRewrites(supergraph, fetch.outputRewrites, entity);
  const isPlaced: boolean[] = [];
  for (let index = 0; index < targets.length; index += 1) {
    const slot = slots[index]!;
    const entity = entities[slot];
    if (!entity) run.absent += 1;
    else {
      const target = targets[index]!;
      mergeEntity(target, entity, !isPlaced[slot], keepsType(supergraph, target, entity));
      isPlaced[slot] = true;
    }
  }
}

/** A subgraph with an interface object returns the interface's name; the name of the entity's own type stays. */
function keepsType(schema: GraphQLSchema, target: Data, { __typename: name }: Data): boolean {
  if (name === undefined || name === target.__typename || target.__typename === undefined) return false;
  return isInterfaceType(schema.getType(name as string));
}

function send(
  run: Run,
  fetch: FetchNode,
  variables: Record<string, unknown>,
): ExecutionResult<Data> | Promise<ExecutionResult<Data>> {
  const source = run.sources.get(fetch.serviceName);
  invariant(source, `no data source for the subgraph "${fetch.serviceName}"`);
  const { operation: query, operationName } = fetch;
  return source.process({ query, operationName, variables, context: run.context });
}

type Result = ExecutionResult<Data>;

function whenReady(
  result: Result | Promise<Result>,
  use: (result: Result) => void,
): Promise<void> | undefined {
  if ('then' in result) return result.then(use);
  use(result);
  return undefined;
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

// --- Errors: each has the path in the caller's answer, not in the subgraph's ---

/**
 * Adds the errors of entities: one for each place of the entity, in the order of the places, as if the entity had been
 * requested for each.
 */
function addEntityErrors(
  run: Run,
  fetch: FetchNode,
  { path }: EntitySelection,
  { targets, slots, representations }: GatheredEntities,
  errors: readonly GraphQLError[],
): void {
  const errorsBySlot = new Map<number, { error: GraphQLError; inside: ConcretePath }[]>();
  for (const error of errors) {
    const [root, slot, ...inside] = error.path ?? [];
    const isOfEntity = root === '_entities' && typeof slot === 'number' && slot < representations.length;
    if (!isOfEntity) addError(run, fetch, error, path.keys);
    else errorsBySlot.set(slot, [...(errorsBySlot.get(slot) ?? []), { error, inside }]);
  }
  if (errorsBySlot.size === 0) return;
  const places = path.placesIn(run.data);
  targets.forEach((target, index) => {
    const place = places.get(target);
    for (const { error, inside } of errorsBySlot.get(slots[index]!) ?? [])
      addError(run, fetch, error, place ? [...place, ...inside] : path.keys);
  });
}

function addError(run: Run, fetch: FetchNode, error: GraphQLError, place: ConcretePath): void {
  const masked = error instanceof GraphQLError ? error : maskError(error, run.context, fetch.serviceName);
  const { message, originalError, extensions } = masked;
  const path = place.map((step) => (typeof step === 'string' ? run.callersKey(step) : step));
  run.errors.push(new GraphQLError(message, { path, originalError: originalError ?? null, extensions }));
}
