/**
 * `@skip` and `@include`. An operation with conditions is planned once for each combination of values in its
 * requests: Apollo's planner loses keys and required fields under a condition, and would execute a mutation
 * twice that occurs twice under different conditions.
 */
import {
  Kind,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';

/** Whether a selection is part of the operation, if the document alone decides it. */
export function isIncluded({ directives }: SelectionNode): boolean {
  return !directives?.some((directive) => {
    const value = directive.arguments?.[0]?.value;
    return (
      isCondition(directive) &&
      value?.kind === Kind.BOOLEAN &&
      value.value === (directive.name.value === 'skip')
    );
  });
}

export function isCondition({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include';
}

/** The variables of the conditions of a document. */
export function conditionVariables(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, {
    Directive: (node) => {
      const value = node.arguments?.[0]?.value;
      if (isCondition(node) && value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return names;
}

/** The defaults of those variables of an operation that may occur in conditions. */
export function conditionDefaults({
  variableDefinitions = [],
}: OperationDefinitionNode): Readonly<Record<string, boolean>> {
  const defaults = Object.create(null) as Record<string, boolean>;
  for (const { variable, defaultValue } of variableDefinitions) {
    if (defaultValue?.kind === Kind.BOOLEAN) defaults[variable.name.value] = defaultValue.value;
  }
  return defaults;
}

/** A document in which the variables of conditions have these values. */
export function decided(document: DocumentNode, values: ReadonlyMap<string, boolean>): DocumentNode {
  return visit(document, {
    Directive: (node) => {
      const [argument] = node.arguments ?? [];
      if (!isCondition(node) || argument?.value.kind !== Kind.VARIABLE) return undefined;
      const value = { kind: Kind.BOOLEAN, value: values.get(argument.value.name.value) === true } as const;
      return { ...node, arguments: [{ ...argument, value }] };
    },
  });
}
