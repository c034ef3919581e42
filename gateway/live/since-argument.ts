import { Kind, visit, type DocumentNode } from 'graphql';

/**
 * Whether a subscription begins at a place of its own in the past: some argument `since` has a value. Such a one cannot be shared
 * with others, who begin elsewhere. Pure.
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
