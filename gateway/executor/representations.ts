/** Entities between subgraphs: their representations, their places in the answer, and the paths of their errors. */
import type { GraphQLSchema } from 'graphql';
import type { QueryPlanSelectionNode, ResponsePath } from '@apollo/query-planner';
import { isOfType } from './rewrites';

export type Data = Record<string, unknown>;

/** An answer's place: keys and list indexes. */
export type ConcretePath = readonly (string | number)[];

const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null;

/** All objects at a plan's path, in which "@" stands for every item of a list. */
export function entitiesAt(root: unknown, path: ResponsePath): Data[] {
  const found: Data[] = [];
  walk(root, path, 0, undefined, (entity) => found.push(entity));
  return found;
}

/**
 * The actual path of each object at a plan's path. Only errors need it, so it is not kept while entities are
 * collected.
 */
export function placesAt(root: unknown, path: ResponsePath): Map<Data, ConcretePath> {
  const places = new Map<Data, ConcretePath>();
  walk(root, path, 0, [], (entity, place) => places.set(entity, place ?? []));
  return places;
}

function walk(
  value: unknown,
  path: ResponsePath,
  depth: number,
  place: ConcretePath | undefined,
  visit: (entity: Data, place: ConcretePath | undefined) => void,
): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    // A list is entered by its "@"; lists at the end mean their items.
    const next = path[depth] === '@' ? depth + 1 : depth;
    value.forEach((item, index) => walk(item, path, next, place && [...place, index], visit));
  } else if (depth === path.length) {
    if (isObject(value)) visit(value, place);
  } else if (isObject(value)) {
    const key = String(path[depth]);
    walk(value[key], path, depth + 1, place && [...place, key], visit);
  }
}

/** The representation of an entity for another subgraph; undefined if a required field is missing. */
export function representationOf(
  schema: GraphQLSchema,
  entity: Data,
  selections: readonly QueryPlanSelectionNode[],
): Data | undefined {
  const representation: Data = {};
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      // An alias is our key of the value; the subgraph expects the field's name.
      const value = entity[selection.alias ?? selection.name];
      if (value === undefined) return undefined;
      representation[selection.name] = selection.selections
        ? inner(schema, value, selection.selections)
        : value;
    } else if (!selection.typeCondition || isOfType(schema, entity, selection.typeCondition)) {
      const part = representationOf(schema, entity, selection.selections);
      if (part) Object.assign(representation, part);
    }
  }
  return representation;
}

function inner(
  schema: GraphQLSchema,
  value: unknown,
  selections: readonly QueryPlanSelectionNode[],
): unknown {
  if (Array.isArray(value)) return value.map((item) => inner(schema, item, selections));
  return isObject(value) ? (representationOf(schema, value, selections) ?? null) : null;
}
