/** Answers introspection, by graphql-js over the public schema. */
import {
  executeSync,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

type Values = Readonly<Record<string, unknown>>;

/** Prepares the answer to one introspection response key, which occurs one or more times in the caller's document. */
export function introspection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  occurrences: readonly FieldNode[],
): (variables: Values) => unknown {
  const asked: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions: operation.variableDefinitions ?? [],
        selectionSet: { kind: Kind.SELECTION_SET, selections: occurrences },
      },
      ...document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION),
    ],
  };
  const { alias, name } = occurrences[0]!;
  const key = (alias ?? name).value;
  return (variables) => {
    const { data, errors } = executeSync({
      schema,
      document: asked,
      rootValue: {},
      variableValues: variables,
    });
    if (errors) throw errors[0]!;
    return data![key];
  };
}
