/**
 * `@skip` and `@include`. An operation that has them is planned anew for each combination of values that its requests bring: the
 * planner of Apollo loses keys and required fields that stand under a condition, and would carry out a mutation twice that stands twice
 * under different ones.
 */
import {
  Kind,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';

/** Whether a selection is part of the operation, as far as the document alone decides it. */
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

/** The variables that the conditions of a document ask for. */
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

/** Those variables of an operation that conditions may ask for and that have a default, with it. */
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
