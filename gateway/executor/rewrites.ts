/**
 * The changes of a plan to values on their way to and from a subgraph: it sets `__typename`, and restores names
 * of fields.
 */
import { isAbstractType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import type { FetchDataRewrite } from '@apollo/query-planner';

type Data = Record<string, unknown>;

const FRAGMENT = '... on ';

/** Applies the rewrites of a fetch to one value, in place. */
export function applyRewrites(
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[] | undefined,
  value: unknown,
): void {
  for (const rewrite of rewrites ?? []) {
    const field = rewrite.path[rewrite.path.length - 1]!;
    eachAt(schema, rewrite.path, 0, value, (object) => {
      if (rewrite.kind === 'ValueSetter') object[field] = rewrite.setValueTo as unknown;
      else if (object[field] !== undefined) {
        object[rewrite.renameKeyTo] = object[field];
        object[field] = undefined;
      }
    });
  }
}

/** Calls `change` for every object with the last field of a path. */
function eachAt(
  schema: GraphQLSchema,
  path: readonly string[],
  depth: number,
  value: unknown,
  change: (object: Data) => void,
): void {
  if (Array.isArray(value)) {
    for (const item of value) eachAt(schema, path, depth, item, change);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const object = value as Data;
  const step = path[depth]!;
  if (depth === path.length - 1) change(object);
  else if (!step.startsWith(FRAGMENT)) eachAt(schema, path, depth + 1, object[step], change);
  else if (object.__typename === undefined || isOfType(schema, object, step.slice(FRAGMENT.length))) {
    eachAt(schema, path, depth + 1, object, change);
  }
}

/** Whether a subgraph's object has a type, or one that implements it or belongs to it. */
export function isOfType(schema: GraphQLSchema, { __typename: name }: Data, condition: string): boolean {
  if (name === condition) return true;
  const type = typeof name === 'string' ? schema.getType(name) : undefined;
  const conditionType = schema.getType(condition);
  return (
    isAbstractType(conditionType) &&
    (isObjectType(type) || isInterfaceType(type)) &&
    schema.isSubType(conditionType, type)
  );
}
