/**
 * Checks the variables of an operation before anything runs, so that a caller gets every fault at once, by field. The values
 * themselves go on to the subgraphs as they came; each subgraph reads them through the same scalars.
 */
import {
  Kind,
  getNullableType,
  isInputObjectType,
  typeFromAST,
  visit,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import { invalidFields, type FieldError } from '../../kernel/errors';
import { collectFaults, MAX_FAULTS } from '../../kernel/graph/faults';

type Path = readonly (string | number)[];

interface Variable {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly hasDefault: boolean;
  /** What the fields of its faults begin with. */
  readonly path: Path;
}

/** Checks one operation's variables. @throws PosProError 422 naming every faulty field. */
export type VariableCheck = (values: Readonly<Record<string, unknown>>) => void;

/** Prepares the check of an operation; undefined for one without variables. @param document the one that it stands in. */
export function compileVariableCheck(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): VariableCheck | undefined {
  const places = placesOf(document, operation);
  const found = (operation.variableDefinitions ?? []).map((definition): Variable => {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type) as GraphQLInputType;
    return { name, type, hasDefault: definition.defaultValue !== undefined, path: pathOf(places.get(name) ?? [name], type) };
  });
  const variables = found.map((variable) => (isAlone(variable, found) ? variable : { ...variable, path: [variable.name] }));
  if (variables.length === 0) return undefined;
  return (values) => {
    const faults: FieldError[] = [];
    for (const { name, type, hasDefault, path } of variables) {
      if (values[name] === undefined && hasDefault) continue;
      collectFaults(type, values[name], path, faults);
    }
    if (faults.length > 0) throw invalidFields(faults.slice(0, MAX_FAULTS));
  };
}

/** The one argument `input` stands for the body, and its fields are named without it, as REST callers know them. */
function pathOf(place: Path, type: GraphQLInputType): Path {
  const [argument, ...inside] = place;
  const isBody = argument === 'input' && (inside.length > 0 || isInputObjectType(getNullableType(type)));
  return isBody ? inside : place;
}

/** Whether no other variable stands in the same place of another field; those that do are told apart by their own names. */
function isAlone({ name, path }: Variable, all: readonly Variable[]): boolean {
  return !all.some((other) => other.name !== name && other.path.join('.') === path.join('.'));
}

/** Where each variable is used first: the argument's name, and the way inside it. What only a directive uses is not among them. */
function placesOf(document: DocumentNode, operation: OperationDefinitionNode): ReadonlyMap<string, Path> {
  const places = new Map<string, Path>();
  const note = (value: ValueNode, path: Path): void => {
    if (value.kind === Kind.VARIABLE && !places.has(value.name.value)) places.set(value.name.value, path);
    if (value.kind === Kind.LIST) value.values.forEach((item, index) => note(item, [...path, index]));
    if (value.kind === Kind.OBJECT) for (const field of value.fields) note(field.value, [...path, field.name.value]);
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
