/**
 * Checks the variables of an operation before anything runs, so that a caller gets all errors together, by
 * field. The values themselves are passed to the subgraphs unchanged; each subgraph reads them through the same
 * scalars.
 */
import {
  GraphQLNonNull,
  Kind,
  TypeInfo,
  getNullableType,
  isInputObjectType,
  isNonNullType,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import { invalidFields, type FieldError } from '#kernel/errors';
import { collectErrors, MAX_ERRORS } from '#kernel/graph/input-errors';

type Path = readonly (string | number)[];

interface Variable {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly hasDefault: boolean;
  /** Whether it is used in a non-null place, although its own type and a default allow the variable to be null. */
  readonly isNeverNull: boolean;
  /** The start of the fields of its errors. */
  readonly path: Path;
}

/** Checks one operation's variables. @throws PosProError 422 naming every invalid field. */
export type VariableCheck = (values: Readonly<Record<string, unknown>>) => void;

/** Prepares the check of an operation; undefined for one without variables. @param document of the operation. */
export function compileVariableCheck(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): VariableCheck | undefined {
  const places = placesOf(document, operation);
  const needed = neededIn(schema, document);
  const found = (operation.variableDefinitions ?? []).map((definition): Variable => {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type) as GraphQLInputType;
    const path = pathOf(places.get(name) ?? [name], type);
    return {
      name,
      type,
      hasDefault: definition.defaultValue !== undefined,
      isNeverNull: needed.has(name),
      path,
    };
  });
  const variables = found.map((variable) =>
    isAlone(variable, found) ? variable : { ...variable, path: [variable.name] },
  );
  if (variables.length === 0) return undefined;
  return (values) => {
    const errors: FieldError[] = [];
    for (const { name, type, hasDefault, isNeverNull, path } of variables) {
      const value = values[name];
      if (value === undefined && hasDefault) continue;
      collectErrors(
        isNeverNull && value === null ? new GraphQLNonNull(getNullableType(type)) : type,
        value,
        path,
        errors,
      );
    }
    if (errors.length > 0) throw invalidFields(errors.slice(0, MAX_ERRORS));
  };
}

/** The argument `input` is the body, and its fields are named without it, as in REST. */
function pathOf(place: Path, type: GraphQLInputType): Path {
  const [argument, ...inside] = place;
  const isBody = argument === 'input' && (inside.length > 0 || isInputObjectType(getNullableType(type)));
  return isBody ? inside : place;
}

/**
 * Whether no other variable is used in the same place of another field; such variables are distinguished by
 * their own names.
 */
function isAlone({ name, path }: Variable, all: readonly Variable[]): boolean {
  return !all.some((other) => other.name !== name && other.path.join('.') === path.join('.'));
}

/** The variables in non-null places. */
function neededIn(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const needed = new Set<string>();
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      VariableDefinition: () => false,
      Variable: ({ name }) => {
        if (isNonNullType(info.getInputType())) needed.add(name.value);
      },
    }),
  );
  return needed;
}

/**
 * The first use of each variable: the argument's name, and the path inside it. Variables of directives only are
 * excluded.
 */
function placesOf(document: DocumentNode, operation: OperationDefinitionNode): ReadonlyMap<string, Path> {
  const places = new Map<string, Path>();
  const note = (value: ValueNode, path: Path): void => {
    if (value.kind === Kind.VARIABLE && !places.has(value.name.value)) places.set(value.name.value, path);
    if (value.kind === Kind.LIST) value.values.forEach((item, index) => note(item, [...path, index]));
    if (value.kind === Kind.OBJECT)
      for (const field of value.fields) note(field.value, [...path, field.name.value]);
  };
  for (const definition of document.definitions) {
    if (definition !== operation && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    visit(definition, {
      Directive: () => false,
      Argument: ({ name, value }) => {
        note(value, [name.value]);
        return false;
      },
    });
  }
  return places;
}
