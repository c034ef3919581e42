/**
 * Checks the variables of an operation before anything runs, so that a caller gets every fault at once, by field. The values
 * themselves go on to the subgraphs as they came; each subgraph reads them through the same scalars.
 */
import {
  getNullableType,
  isInputObjectType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { invalidFields, type FieldError } from '../../kernel/errors';
import { collectFaults, MAX_FAULTS } from '../../kernel/graph/faults';

interface Variable {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly hasDefault: boolean;
}

/** Checks one operation's variables. @throws PosProError 422 naming every faulty field. */
export type VariableCheck = (values: Readonly<Record<string, unknown>>) => void;

/** Prepares the check of an operation; undefined for one without variables. */
export function compileVariableCheck(schema: GraphQLSchema, operation: OperationDefinitionNode): VariableCheck | undefined {
  const variables: Variable[] = (operation.variableDefinitions ?? []).map((definition) => ({
    name: definition.variable.name.value,
    type: typeFromAST(schema, definition.type) as GraphQLInputType,
    hasDefault: definition.defaultValue !== undefined,
  }));
  if (variables.length === 0) return undefined;
  return (values) => {
    const faults: FieldError[] = [];
    for (const { name, type, hasDefault } of variables) {
      if (values[name] === undefined && hasDefault) continue;
      // The one argument `input` stands for the body, and its fields are named without it, as REST callers know them.
      const isBody = name === 'input' && isInputObjectType(getNullableType(type));
      collectFaults(type, values[name], isBody ? [] : [name], faults);
    }
    if (faults.length > 0) throw invalidFields(faults.slice(0, MAX_FAULTS));
  };
}
