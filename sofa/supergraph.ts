/**
 * The content of the supergraph's SDL beyond the API schema: our own directives, and the owners of types and
 * fields. The API schema has no directives, so the SDL is read here, once, at start-up.
 */
import {
  Kind,
  parse,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type ObjectTypeDefinitionNode,
  type ScalarTypeDefinitionNode,
} from 'graphql';
import { argumentsOf } from '#kernel/graph/directive-arguments';
import { readGuards, type Guards } from '#kernel/graph/guards';

/** A root field of the graph, and who may use it. */
export interface RootFieldInfo {
  /** The graph's name, camelCase. */
  readonly field: string;
  /** Its subgraph, which is the domain's name. */
  readonly domain: string;
  /** One of these is enough; empty permits any signed-in caller. */
  readonly scopes: readonly string[];
}

/** An operation of the graph, with its directives. */
export interface OperationInfo extends RootFieldInfo {
  readonly root: 'Query' | 'Mutation';
  /** The arguments of each `@rest`, in order. */
  readonly rest: readonly Record<string, unknown>[];
  readonly public: boolean;
  readonly cache: { readonly maxAge: number; readonly scope: string } | undefined;
}

export interface SupergraphInfo {
  /** The queries and mutations. */
  readonly operations: readonly OperationInfo[];
  readonly subscriptions: readonly RootFieldInfo[];
  /** Whether a type is an entity, that is, has a key. */
  isEntity(type: string): boolean;
  /** The owner of a type: of the subgraphs that have it, the one with most of its fields. */
  ownerOf(type: string): string | undefined;
  /** Whether the owner of the type provides this field; other domains may add fields. */
  isAtHome(type: string, field: string): boolean;
  /** The parsed `@example` at a coordinate: `Type.field`, `Type.field(argument)`; undefined without one. */
  exampleAt(coordinate: string): { readonly value: unknown } | undefined;
  /** The guards below the root fields. */
  readonly guards: Guards;
  /** The input types of scalars with `@standsFor`, by the scalar's name. */
  readonly standIns: ReadonlyMap<string, string>;
}

interface Fielded {
  /** The subgraphs of each field. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly graphs: ReadonlySet<string>;
  readonly entity: boolean;
}

/**
 * Reads a supergraph.
 * @throws Error at start-up for an `@example` with invalid JSON.
 */
export function readSupergraph(supergraphSdl: string): SupergraphInfo {
  const read: Reading = {
    graphNames: new Map(),
    types: new Map(),
    examples: new Map(),
    standIns: new Map(),
    operations: [],
    subscriptions: [],
  };
  const document = parse(supergraphSdl, { noLocation: true });
  for (const definition of document.definitions) {
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph')
      readGraphs(read, definition);
    else if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) readObject(read, definition);
    else if (definition.kind === Kind.SCALAR_TYPE_DEFINITION) readScalar(read, definition);
    else if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
      const type = definition.name.value;
      for (const field of definition.fields ?? [])
        readExample(read.examples, `${type}.${field.name.value}`, field);
    }
  }
  const { graphNames, types, examples, standIns } = read;
  const named = <Info extends RootFieldInfo>(one: Info) => ({
    ...one,
    domain: graphNames.get(one.domain) ?? one.domain,
  });
  const owners = new Map([...types].map(([name, type]) => [name, ownerOf(type)]));
  const isAtHome = (type: string, field: string) => {
    const homes = types.get(type)?.fields.get(field);
    return homes?.includes(owners.get(type) ?? '') ?? true;
  };
  return {
    operations: read.operations.map(named),
    subscriptions: read.subscriptions.map(named),
    isEntity: (type) => types.get(type)?.entity ?? false,
    ownerOf: (type) => owners.get(type),
    isAtHome,
    exampleAt: (coordinate) => examples.get(coordinate),
    guards: readGuards(document),
    standIns,
  };
}

/** The content read so far. */
interface Reading {
  /** The subgraphs' own names, by their names in the supergraph. */
  readonly graphNames: Map<string, string>;
  readonly types: Map<string, Fielded>;
  readonly examples: Map<string, { value: unknown }>;
  readonly standIns: Map<string, string>;
  readonly operations: OperationInfo[];
  readonly subscriptions: RootFieldInfo[];
}

function readGraphs({ graphNames }: Reading, definition: EnumTypeDefinitionNode): void {
  for (const value of definition.values ?? []) {
    const name = argumentsOf(value.directives, 'join__graph')[0]?.name;
    graphNames.set(value.name.value, typeof name === 'string' ? name : value.name.value.toLowerCase());
  }
}

function readObject(
  { types, examples, operations, subscriptions }: Reading,
  definition: ObjectTypeDefinitionNode,
): void {
  const name = definition.name.value;
  const type = readType(definition);
  types.set(name, type);
  for (const field of definition.fields ?? []) {
    readExamples(examples, name, field);
    if (name === 'Query' || name === 'Mutation') operations.push(readOperation(name, field, type));
    if (name === 'Subscription') subscriptions.push(readRootField(field, type));
  }
}

function readScalar({ standIns }: Reading, definition: ScalarTypeDefinitionNode): void {
  const input = argumentsOf(definition.directives, 'standsFor')[0]?.input;
  if (typeof input === 'string') standIns.set(definition.name.value, input);
}

function readType(definition: ObjectTypeDefinitionNode): Fielded {
  const joins = argumentsOf(definition.directives, 'join__type');
  const graphs = new Set(joins.map((join) => String(join.graph)));
  const fields = new Map<string, string[]>();
  for (const field of definition.fields ?? []) {
    const homes = argumentsOf(field.directives, 'join__field').filter(
      (join) => join.graph !== undefined && join.external !== true,
    );
    // A field without a declared owner exists in every subgraph with the type.
    const said = (field.directives ?? []).some((directive) => directive.name.value === 'join__field');
    fields.set(field.name.value, said ? homes.map((join) => String(join.graph)) : [...graphs]);
  }
  return { fields, graphs, entity: joins.some((join) => join.key !== undefined) };
}

function ownerOf(type: Fielded): string | undefined {
  let owner: string | undefined;
  let most = -1;
  for (const graph of [...type.graphs].sort()) {
    const known = [...type.fields.values()].filter((homes) => homes.includes(graph)).length;
    if (known > most) [owner, most] = [graph, known];
  }
  return owner;
}

function readRootField(field: FieldDefinitionNode, type: Fielded): RootFieldInfo {
  const auth = argumentsOf(field.directives, 'auth')[0];
  return {
    field: field.name.value,
    domain: type.fields.get(field.name.value)?.[0] ?? '',
    scopes: (auth?.scopes as string[] | undefined) ?? [],
  };
}

function readOperation(root: 'Query' | 'Mutation', field: FieldDefinitionNode, type: Fielded): OperationInfo {
  const cache = argumentsOf(field.directives, 'cacheControl')[0];
  return {
    ...readRootField(field, type),
    root,
    rest: argumentsOf(field.directives, 'rest'),
    public: argumentsOf(field.directives, 'public').length > 0,
    cache: cache && {
      maxAge: Number(cache.maxAge),
      scope: typeof cache.scope === 'string' ? cache.scope : 'PRIVATE',
    },
  };
}

function readExamples(
  examples: Map<string, { value: unknown }>,
  type: string,
  field: FieldDefinitionNode,
): void {
  readExample(examples, `${type}.${field.name.value}`, field);
  for (const argument of field.arguments ?? []) {
    readExample(examples, `${type}.${field.name.value}(${argument.name.value})`, argument);
  }
}

function readExample(
  examples: Map<string, { value: unknown }>,
  coordinate: string,
  node: FieldDefinitionNode | InputValueDefinitionNode,
): void {
  const text = argumentsOf(node.directives, 'example')[0]?.value;
  if (typeof text === 'string')
    examples.set(coordinate, { value: parseJsonText(text, `@example of ${coordinate}`) });
}

/** Parses the JSON of a schema author. @throws Error naming its place. */
export function parseJsonText(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where} is not JSON: ${text}`, { cause });
  }
}
