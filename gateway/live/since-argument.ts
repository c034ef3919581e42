import { Kind, visit, type DocumentNode } from 'graphql';

/**
 * Whether a subscription starts from a cursor in the past: an argument `since` has a value. Such a subscription
 * cannot be shared. Pure.
 */
export function mentionsSince(document: DocumentNode, variables: Readonly<Record<string, unknown>>): boolean {
  let resumes = false;
  const defaults = new Set<string>();
  visit(document, {
    VariableDefinition: ({ variable, defaultValue }) => {
      if (defaultValue && defaultValue.kind !== Kind.NULL) defaults.add(variable.name.value);
    },
    Argument: ({ name, value }) => {
      if (name.value !== 'since' || value.kind === Kind.NULL) return;
      if (value.kind !== Kind.VARIABLE) resumes = true;
      else {
        const given = variables[value.name.value];
        if (given === undefined ? defaults.has(value.name.value) : given !== null) resumes = true;
      }
    },
  });
  return resumes;
}
