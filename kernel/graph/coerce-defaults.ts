import { forEachField } from '@graphql-tools/utils';
import {
  isInputObjectType,
  valueFromAST,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
} from 'graphql';

/**
 * Reads the default values of arguments and input fields again, through our scalars. A schema is built from its text before the
 * scalars' own parsers are known, so without this the default of `quantity: Decimal = 1` would reach a resolver as the number 1.
 */
export function readDefaults(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) Object.values(type.getFields()).forEach(readDefault);
  }
  forEachField(schema, (field) => field.args.forEach(readDefault));
}

function readDefault(input: GraphQLArgument | GraphQLInputField): void {
  const node = input.astNode?.defaultValue;
  if (node) input.defaultValue = valueFromAST(node, input.type);
}
