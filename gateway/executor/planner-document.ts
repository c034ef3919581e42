/**
 * A document for the planner: without parts that no subgraph answers. The planner fails on conditions, aliases
 * of `__typename`, and unknown introspection fields. It does not need them: the answer's shape follows the
 * caller's document, not this one.
 */
import {
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
} from 'graphql';
import { isCondition, isIncluded } from './conditions';

const NOTHING_BUT_ITS_TYPE: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** @param document a valid document with all conditions decided. */
export function plannable(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  let before = document;
  for (;;) {
    const empty = new Set<string>();
    const after = pruned(schema, before, empty);
    if (empty.size === 0) return after;
    before = visit(after, {
      FragmentDefinition: ({ name }) => (empty.has(name.value) ? null : undefined),
      FragmentSpread: ({ name }) => (empty.has(name.value) ? null : undefined),
    });
  }
}

/** One pass. @param empty collects the names of empty fragments. */
function pruned(schema: GraphQLSchema, document: DocumentNode, empty: Set<string>): DocumentNode {
  const info = new TypeInfo(schema);
  const roots = new Set<unknown>([
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ]);
  return visit(
    document,
    visitWithTypeInfo(info, {
      FragmentDefinition: {
        // Nothing selects it any more: only introspection did.
        enter: (node) => (node.typeCondition.name.value.startsWith('__') ? null : undefined),
        leave: (node) => {
          if (node.selectionSet.selections.length === 0) empty.add(node.name.value);
        },
      },
      FragmentSpread: (node) => (isIncluded(node) ? undefined : null),
      InlineFragment: {
        enter: (node) => (isIncluded(node) ? undefined : null),
        leave: (node) => (node.selectionSet.selections.length === 0 ? null : undefined),
      },
      Field: {
        enter: (node) => {
          const { value } = node.name;
          if (!isIncluded(node) || value === '__schema' || value === '__type') return null;
          if (value !== '__typename') return undefined;
          if (roots.has(info.getParentType())) return null;
          return node.alias || node.directives?.length ? NOTHING_BUT_ITS_TYPE : undefined;
        },
        leave: (node) => {
          if (node.selectionSet?.selections.length !== 0) return undefined;
          return { ...node, selectionSet: { ...node.selectionSet, selections: [NOTHING_BUT_ITS_TYPE] } };
        },
      },
      // The remaining selections are included, so their conditions are superfluous.
      Directive: (node) => (isCondition(node) ? null : undefined),
    }),
  );
}
