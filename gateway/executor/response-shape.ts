/**
 * The shape of an answer, compiled once per operation: a function that turns the subgraphs' result (additional
 * fields, in any order, some under internal names) into the caller's answer, with nulls raised to the nearest
 * nullable parent as the GraphQL specification requires.
 */
import {
  isAbstractType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLEnumType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded } from './conditions';
import { introspection } from './introspection';
import { keyOf, type InternalDocument } from './response-names';

export type Data = Record<string, unknown>;
type Values = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** The mark of an invalid null: its parent becomes null instead. */
const RAISE = Symbol('null where none may be');

/** One answer in progress. */
interface Making {
  readonly variables: Values;
  /** Whether a null had to be raised, or a root field is missing. */
  raised: boolean;
  /** The places; only kept on request. */
  readonly places: Path[];
  readonly path: (string | number)[];
}

type Shape = (value: unknown, making: Making) => unknown;

interface Shaped {
  readonly data: Data | null;
  /** Whether a null was invalid. Without an error that explains it, the answer would be silently incomplete. */
  readonly raised: boolean;
}

/** Makes the answers of one operation. */
export interface AnswerShape {
  /** @param variables of the request, for introspection. */
  make(data: Data, variables: Values): Shaped;
  /** The places at which nulls were raised or root fields are missing: reported if nothing else explains them. */
  faults(data: Data, variables: Values): readonly Path[];
  /** Whether the root fields with these names in the result make the whole answer null. */
  isNull(data: Data, sources: ReadonlySet<string>): boolean;
  /** Whether subgraphs have a part in the answer. */
  readonly asksSubgraphs: boolean;
}

/** The sources from which an operation is compiled. */
interface Source {
  readonly schema: GraphQLSchema;
  /** The caller's document. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly names: InternalDocument;
}

/** Compiles the shape of an operation whose conditions are decided. */
export function compileShape(source: Source): AnswerShape {
  const { schema, operation } = source;
  const type = schema.getRootType(operation.operation)!;
  const compiler = new ShapeCompiler(source, false);
  const shape = compiler.object(type, [operation.selectionSet]);
  const asked = compiler.fields(type, [operation.selectionSet]).filter(({ name }) => !name.startsWith('__'));
  const making = (variables: Values): Making => ({ variables, raised: false, places: [], path: [] });
  const isMissing = (data: Data, { source: key }: Field) => data[key] === undefined;
  return {
    asksSubgraphs: asked.length > 0,
    make(data, variables) {
      const made = making(variables);
      const answer = shape(data, made) as Data | null;
      return { data: answer, raised: made.raised || asked.some((field) => isMissing(data, field)) };
    },
    faults(data, variables) {
      const made = making(variables);
      new ShapeCompiler(source, true).object(type, [operation.selectionSet])(data, made);
      const missing = asked.filter((field) => field.isNullable && isMissing(data, field));
      return [...made.places, ...missing.map(({ key }) => [key])];
    },
    isNull: (data, sources) =>
      asked.some((field) => {
        if (field.isNullable || !sources.has(field.source)) return false;
        return field.shape(data[field.source], making({})) === RAISE;
      }),
  };
}

interface Field {
  readonly key: string;
  readonly source: string;
  readonly name: string;
  readonly shape: Shape;
  readonly isNullable: boolean;
}

class ShapeCompiler {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();

  /** @param traced whether the places of raised nulls are kept. */
  constructor(
    private readonly source: Source,
    private readonly traced: boolean,
  ) {
    for (const definition of source.document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  object(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Shape {
    const fields = this.fields(type, sets);
    return (value, making) => {
      const answer: Data = {};
      for (const { key, source, shape } of fields) {
        const part = shape((value as Data)[source], making);
        if (part === RAISE) return null;
        if (key === '__proto__') defineOwn(answer, key, part);
        else answer[key] = part;
      }
      return answer;
    };
  }

  /**
   * The fields of a type, with those of one response key merged into one, as the specification's CollectFields
   * does.
   */
  fields(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Field[] {
    const collected = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const { selections } of sets) this.collect(type, selections, collected, spread);
    return [...collected].map(([key, nodes]) => {
      const [node] = nodes as [FieldNode];
      const shape = this.field(type, nodes);
      const definition = isUnionType(type) ? undefined : type.getFields()[node.name.value];
      return {
        key,
        source: this.source.names.sourceOf(node),
        name: node.name.value,
        shape: this.traced ? at(key, shape) : shape,
        isNullable: !definition || !isNonNullType(definition.type),
      };
    });
  }

  private field(type: GraphQLCompositeType, nodes: readonly FieldNode[]): Shape {
    const name = nodes[0]!.name.value;
    if (name === '__typename') return isObjectType(type) ? () => type.name : raise;
    if (name === '__schema' || name === '__type') {
      const answer = introspection(this.source.schema, this.source.document, this.source.operation, nodes);
      return (_, { variables }) => answer(variables);
    }
    if (isUnionType(type)) return raise;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return this.value(type.getFields()[name]!.type, sets);
  }

  private collect(
    type: GraphQLCompositeType,
    selections: readonly SelectionNode[],
    into: Map<string, FieldNode[]>,
    spread: Set<string>,
  ): void {
    for (const selection of selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const known = into.get(keyOf(selection));
        if (known) known.push(selection);
        else into.set(keyOf(selection), [selection]);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        // A fragment adds nothing the second time, and a document may repeat it very often.
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value)!;
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || this.applies(condition, type)) {
        this.collect(type, fragment.selectionSet.selections, into, spread);
      }
    }
  }

  private applies(condition: string, type: GraphQLCompositeType): boolean {
    const { schema } = this.source;
    const conditionType = schema.getType(condition);
    if (conditionType === type) return true;
    return !isUnionType(type) && isAbstractType(conditionType) && schema.isSubType(conditionType, type);
  }

  private value(type: GraphQLOutputType, sets: readonly SelectionSetNode[]): Shape {
    if (isNonNullType(type)) return nonNull(this.value(type.ofType, sets), this.traced);
    if (isListType(type)) return list(this.value(type.ofType, sets), this.traced);
    if (isEnumType(type)) return enumValue(type);
    if (isLeafType(type)) return (value) => value ?? null;
    if (isObjectType(type)) return this.orNull(this.object(type, sets), type);
    return this.abstract(type, sets);
  }

  /** An object with an unknown type name is dropped. */
  private orNull(shape: Shape, type: GraphQLObjectType): Shape {
    const { schema } = this.source;
    return (value, making) => {
      if (value === undefined || value === null) return null;
      const name = (value as Data).__typename;
      if (
        name !== undefined &&
        name !== type.name &&
        !(typeof name === 'string' && isCompositeType(schema.getType(name)))
      ) {
        return null;
      }
      return shape(value, making);
    };
  }

  /**
   * A value of an interface or a union has the shape of its own type. Plans omit `__typename` if no selected
   * field depends on it, and a subgraph with an interface object returns the interface's name: then only fields
   * of every type can be answered.
   */
  private abstract(type: GraphQLAbstractType, sets: readonly SelectionSetNode[]): Shape {
    const { schema } = this.source;
    const possible = new Set<unknown>(schema.getPossibleTypes(type).map(({ name }) => name));
    const shapes = new Map<unknown, Shape>();
    const shapeOf = (name: unknown): Shape => {
      const named = typeof name === 'string' ? schema.getType(name) : undefined;
      if (name !== undefined && !isCompositeType(named)) return raise;
      return this.object(possible.has(name) ? (named as GraphQLObjectType) : type, sets);
    };
    return (value, making) => {
      if (value === undefined || value === null) return null;
      const name = (value as Data).__typename;
      let shape = shapes.get(name);
      if (!shape) {
        shape = shapeOf(name);
        shapes.set(name, shape);
      }
      const made = shape(value, making);
      return made === RAISE ? null : made;
    };
  }
}

/** For an impossible value: an unexplained null is reported as an error. */
function raise(_: unknown, making: Making): typeof RAISE {
  making.raised = true;
  making.places.push([...making.path]);
  return RAISE;
}

/** A plain assignment to "__proto__" would set the prototype. */
function defineOwn(answer: Data, key: string, value: unknown): void {
  Object.defineProperty(answer, key, { value, enumerable: true, writable: true, configurable: true });
}

function at(step: string, inner: Shape): Shape {
  return (value, making) => {
    making.path.push(step);
    const part = inner(value, making);
    making.path.pop();
    return part;
  };
}

function nonNull(inner: Shape, traced: boolean): Shape {
  return (value, making) => {
    const raisedBefore = making.places.length;
    const part = value === undefined || value === null ? null : inner(value, making);
    if (part !== null && part !== RAISE) return part;
    making.raised = true;
    // A null from below was recorded there.
    if (traced && making.places.length === raisedBefore) making.places.push([...making.path]);
    return RAISE;
  };
}

function list(inner: Shape, traced: boolean): Shape {
  return (value, making) => {
    if (!Array.isArray(value)) return null;
    const answer = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index += 1) {
      if (traced) making.path.push(index);
      const part = inner(value[index], making);
      if (traced) making.path.pop();
      if (part === RAISE) return null;
      answer[index] = part;
    }
    return answer;
  };
}

/** Enum values that are not in the public schema are withheld. */
function enumValue(type: GraphQLEnumType): Shape {
  const names = new Set<unknown>(type.getValues().map(({ name }) => name));
  return (value) => (names.has(value) ? value : null);
}
