/**
 * The shape of an answer, compiled once per operation: a function that takes what the subgraphs gave (more fields than were asked
 * for, in any order) and makes what the caller asked for, with nulls raised to the nearest nullable parent as the GraphQL
 * specification says.
 */
import {
  GraphQLError,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLEnumType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';

type Data = Record<string, unknown>;

/** What a value becomes where it must not be null and is: its parent becomes null in its place. */
const RAISE = Symbol('null where none may be');

/** One answer while it is being made. */
interface Making {
  /** Whether a null had to be raised. */
  raised: boolean;
}

type Shape = (value: unknown, making: Making) => unknown;

interface Shaped {
  readonly data: Data | null;
  /** Whether some null stood where none may be. Without an error that explains it, the answer would be incomplete in silence. */
  readonly raised: boolean;
}

/** Makes the answer of one operation. */
export type AnswerShape = (data: Data) => Shaped;

/**
 * Compiles the shape of an operation.
 * @returns undefined where the document has conditions (`@skip`, `@include`) or asks about the schema itself: the caller then takes
 * the general way, which reads the document anew for every answer.
 */
export function compileShape(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): AnswerShape | undefined {
  const root = schema.getRootType(operation.operation);
  if (!root || !isPlain(document)) return undefined;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const shape = new ShapeCompiler(schema, fragments).object(root, operation.selectionSet.selections);
  return (data) => {
    const making = { raised: false };
    const answer = shape(data, making);
    return { data: answer as Data | null, raised: making.raised };
  };
}

/** Whether a document has neither directives on its selections nor fields about the schema. */
function isPlain(document: DocumentNode): boolean {
  const plain = (selections: readonly SelectionNode[]): boolean =>
    selections.every((selection) => {
      if (selection.directives?.length) return false;
      if (selection.kind === Kind.FRAGMENT_SPREAD) return true;
      const isMeta = selection.kind === Kind.FIELD && ['__schema', '__type'].includes(selection.name.value);
      return !isMeta && (!selection.selectionSet || plain(selection.selectionSet.selections));
    });
  return document.definitions.every((definition) => !('selectionSet' in definition) || plain(definition.selectionSet.selections));
}

interface Field {
  readonly key: string;
  readonly name: string;
  readonly selections: SelectionNode[];
}

class ShapeCompiler {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  object(type: GraphQLObjectType, selections: readonly SelectionNode[]): Shape {
    const collected = new Map<string, Field>();
    this.collect(type, selections, collected);
    const fields = [...collected.values()].map(({ key, name, selections: inner }) => {
      if (name === '__typename') return { key, shape: () => type.name };
      return { key, shape: this.value(type.getFields()[name]!.type, inner) };
    });
    return (value, making) => {
      const answer: Data = {};
      for (const { key, shape } of fields) {
        const part = shape((value as Data)[key], making);
        if (part === RAISE) return null;
        answer[key] = part;
      }
      return answer;
    };
  }

  private collect(type: GraphQLObjectType, selections: readonly SelectionNode[], into: Map<string, Field>): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const inner = selection.selectionSet?.selections ?? [];
        const known = into.get(key);
        if (known) known.selections.push(...inner);
        else into.set(key, { key, name: selection.name.value, selections: [...inner] });
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value)!;
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || this.applies(condition, type)) this.collect(type, fragment.selectionSet.selections, into);
    }
  }

  private applies(condition: string, type: GraphQLObjectType): boolean {
    const conditionType = this.schema.getType(condition);
    return conditionType === type || (isAbstractType(conditionType) && this.schema.isSubType(conditionType, type));
  }

  private value(type: GraphQLOutputType, selections: readonly SelectionNode[]): Shape {
    if (isNonNullType(type)) return nonNull(this.value(type.ofType, selections));
    if (isListType(type)) return list(this.value(type.ofType, selections));
    if (isEnumType(type)) return enumValue(type);
    if (isLeafType(type)) return (value) => value ?? null;
    if (isObjectType(type)) return this.orNull(this.object(type, selections), type);
    return this.abstract(type, selections);
  }

  /** An object whose type the subgraph names otherwise than the schema does is dropped, as the general way drops it. */
  private orNull(shape: Shape, type: GraphQLObjectType): Shape {
    return (value, making) => {
      if (value === undefined || value === null) return null;
      const name = (value as Data).__typename;
      if (name !== undefined && name !== type.name && !(typeof name === 'string' && isCompositeType(this.schema.getType(name))))
        return null;
      return shape(value, making);
    };
  }

  private abstract(type: GraphQLAbstractType, selections: readonly SelectionNode[]): Shape {
    const shapes = new Map<unknown, Shape>();
    for (const possible of this.schema.getPossibleTypes(type)) shapes.set(possible.name, this.object(possible, selections));
    return (value, making) => {
      if (value === undefined || value === null) return null;
      const shape = shapes.get((value as Data).__typename);
      // Plans always fetch __typename of an abstract type, so a missing one means that the subgraph answered against its schema.
      if (!shape) throw new GraphQLError(`A value of ${type.name} came without the name of its type.`);
      return shape(value, making);
    };
  }
}

function nonNull(inner: Shape): Shape {
  return (value, making) => {
    const part = value === undefined || value === null ? null : inner(value, making);
    if (part !== null) return part;
    making.raised = true;
    return RAISE;
  };
}

function list(inner: Shape): Shape {
  return (value, making) => {
    if (!Array.isArray(value)) return null;
    const answer = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index += 1) {
      const part = inner(value[index], making);
      if (part === RAISE) return null;
      answer[index] = part;
    }
    return answer;
  };
}

/** Values that a subgraph knows and the public schema does not are withheld. */
function enumValue(type: GraphQLEnumType): Shape {
  const names = new Set<unknown>(type.getValues().map(({ name }) => name));
  return (value) => (names.has(value) ? value : null);
}
