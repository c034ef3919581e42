/**
 * What may be given to graphql-jit. It writes the literal arguments of a document into the source code that it compiles, as JSON,
 * and that has two consequences:
 *
 *  - a value that JSON does not carry (a Decimal, a file) would reach the resolver as a string or an empty object;
 *  - its marks for dates and special numbers are fixed texts, so a caller could put a mark into a string literal, and with it code
 *    of the caller's own. No string that a caller wrote may therefore be a literal of a compiled document.
 *
 * Clients that send values as variables, as the REST layer and every client library do, are not concerned.
 */
import {
  getNamedType,
  isInputObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

/** Whether every value that graphql-jit would write into its code is a harmless one: a variable, a boolean, a number, an enum value. */
export function safeToCompile(schema: GraphQLSchema, document: DocumentNode): boolean {
  let safe = true;
  const refuse = () => (safe = false);
  const info = new TypeInfo(schema);
  const literals = (node: ASTNode) => !holdsText(node) || refuse();
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: (node) => {
        const given = new Set(node.arguments?.map((argument) => argument.name.value));
        const left = info.getFieldDef()?.args.filter((argument) => !given.has(argument.name)) ?? [];
        if (left.some(hasCustomDefault)) refuse();
      },
      Argument: (node) => {
        if (node.value.kind === Kind.VARIABLE) return;
        const type = info.getArgument()?.type;
        if (!type || isCustom(type) || reachesCustom(type, new Set())) refuse();
        literals(node.value);
      },
      VariableDefinition: (node) => {
        const type = typeFromAST(schema, node.type) as GraphQLInputType | undefined;
        if (!type || (node.defaultValue && (isCustom(type) || isInputObjectType(getNamedType(type))))) refuse();
        if (type && hasCustomInputDefault(type, new Set())) refuse();
      },
    }),
  );
  return safe;
}

function holdsText(root: ASTNode): boolean {
  let found = false;
  visit(root, { StringValue: () => void (found = true) });
  return found;
}

function isCustom(type: GraphQLInputType): boolean {
  const named = getNamedType(type);
  return isScalarType(named) && !isSpecifiedScalarType(named);
}

function hasCustomDefault(argument: GraphQLArgument): boolean {
  return argument.defaultValue !== undefined && (isCustom(argument.type) || isInputObjectType(getNamedType(argument.type)));
}

function inputFields(type: GraphQLInputType, seen: Set<unknown>) {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named)) return [];
  seen.add(named);
  return Object.values(named.getFields());
}

function reachesCustom(type: GraphQLInputType, seen: Set<unknown>): boolean {
  return inputFields(type, seen).some((field) => isCustom(field.type) || reachesCustom(field.type, seen));
}

function hasCustomInputDefault(type: GraphQLInputType, seen: Set<unknown>): boolean {
  return inputFields(type, seen).some(
    (field) => (field.defaultValue !== undefined && isCustom(field.type)) || hasCustomInputDefault(field.type, seen),
  );
}
