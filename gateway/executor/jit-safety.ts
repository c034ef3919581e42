/**
 * Decides which documents graphql-jit may compile. It writes the literal arguments of a document into the
 * compiled source code, as JSON, which has two consequences:
 *
 *  - a value that JSON cannot represent (a Decimal, a file) would reach the resolver as a string or an empty object;
 *  - its marks for dates and special numbers are fixed texts, so a caller could put a mark into a string
 *    literal, and with it their own code. So a compiled document must not have a caller's string as a literal.
 *
 * Clients that send values as variables, like the REST layer and every client library, are not affected.
 */
import {
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  OperationTypeNode,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

/**
 * Whether graphql-jit answers a document as graphql-js does. Beside the literals in its code (a variable, a
 * boolean, a number, an enum value are harmless), these documents are excluded, because version 0.8.9
 *
 *  - includes a fragment that is spread twice only under the conditions of its first place (`@skip`, `@include`);
 *  - turns a variable without a value inside a literal object into null, while the field must be omitted;
 *  - rejects a variable without a value for a required input field or variable that has a default;
 *  - continues a mutation whose data is already null;
 *  - identifies a resolver by the names of its type and field without a separator (`Item.sName` and `Items.Name` collide);
 *  - lets errors of `resolveType` and `isTypeOf` end the process, and cannot await either.
 */
export function safeToCompile(schema: GraphQLSchema, document: DocumentNode): boolean {
  let safe = true;
  const refuse = () => (safe = false);
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      OperationDefinition: ({ operation, selectionSet: { selections } }) => {
        if (
          operation !== OperationTypeNode.QUERY &&
          (selections.length > 1 || selections[0]?.kind !== Kind.FIELD)
        )
          refuse();
      },
      Directive: () => {
        refuse();
      },
      Field: (node) => {
        const given = new Set(node.arguments?.map((argument) => argument.name.value));
        const left = info.getFieldDef()?.args.filter((argument) => !given.has(argument.name)) ?? [];
        if (left.some(hasCustomDefault) || !hasOneTypeOnly(info.getType())) refuse();
        if (ambiguousNames(schema).has(`${info.getParentType()?.name}${node.name.value}`)) refuse();
      },
      Argument: (node) => {
        if (node.value.kind === Kind.VARIABLE) return;
        const type = info.getArgument()?.type;
        if (!type || isCustom(type) || reachesCustom(type, new Set())) refuse();
        if (holds(node.value, [Kind.STRING, Kind.VARIABLE])) refuse();
      },
      VariableDefinition: (node) => {
        const type = typeFromAST(schema, node.type) as GraphQLInputType | undefined;
        if (!type || (node.defaultValue && (isCustom(type) || isInputObjectType(getNamedType(type)))))
          refuse();
        if (node.defaultValue && isNonNullType(type)) refuse();
        if (type && hasUnreadDefault(type, new Set())) refuse();
        if (node.defaultValue && holds(node.defaultValue, [Kind.STRING])) refuse();
      },
    }),
  );
  return safe;
}

/** Whether the type of a value is known without `resolveType`. The union of all entities always has it. */
function hasOneTypeOnly(type: GraphQLOutputType | undefined | null): boolean {
  const named = getNamedType(type);
  return isObjectType(named) ? !named.isTypeOf : !isAbstractType(named) || named.name === '_Entity';
}

const ambiguous = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

/** The concatenated names of type and field that more than one field of the schema has. */
function ambiguousNames(schema: GraphQLSchema): ReadonlySet<string> {
  let twice = ambiguous.get(schema);
  if (!twice) {
    const all = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}${field}`) : [],
    );
    const seen = new Set<string>();
    twice = new Set(all.filter((name) => seen.has(name) || !seen.add(name)));
    ambiguous.set(schema, twice);
  }
  return twice;
}

function holds(root: ASTNode, kinds: readonly Kind[]): boolean {
  let found = false;
  visit(root, { enter: ({ kind }) => void (found ||= kinds.includes(kind)) });
  return found;
}

function isCustom(type: GraphQLInputType): boolean {
  const named = getNamedType(type);
  return isScalarType(named) && !isSpecifiedScalarType(named);
}

function hasCustomDefault(argument: GraphQLArgument): boolean {
  return (
    argument.defaultValue !== undefined &&
    (isCustom(argument.type) || isInputObjectType(getNamedType(argument.type)))
  );
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

/** Whether an input field has a default that graphql-jit does not apply, or not as its scalar reads it. */
function hasUnreadDefault(type: GraphQLInputType, seen: Set<unknown>): boolean {
  return inputFields(type, seen).some(
    (field) =>
      (field.defaultValue !== undefined && (isCustom(field.type) || isNonNullType(field.type))) ||
      hasUnreadDefault(field.type, seen),
  );
}
