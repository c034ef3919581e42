/** Every argument of every operation, read from the schema, with a request around it that would be all right by itself. */
import { createHash } from 'node:crypto';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  parse,
  print,
  validate,
  astFromValue,
  type DocumentNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { GraphGateway } from '#gateway/executor/index';
import { supergraph, sdl, valueFor } from '../gateway/calls';

export interface Operation {
  readonly root: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
}

/** A place in an operation's arguments that takes a single value. */
export interface Leaf {
  /** From the argument's name on. */
  readonly path: readonly (string | number)[];
  /** The name of its scalar. */
  readonly type: string;
}

export interface Call {
  readonly document: DocumentNode;
  readonly documentKey: string;
  readonly variables: Record<string, unknown>;
}

const schema: GraphQLSchema = new GraphGateway({ supergraphSdl: sdl, sources: new Map() }).apiSchema;

/** The input type behind a scalar such as OfflineSale; undefined for a plain scalar. */
function inputOf(name: string): GraphQLInputType | undefined {
  const input = schema.getType(`${name}Input`);
  return isInputObjectType(input) ? input : undefined;
}

export const nameOf = ({ root, field }: Operation): string => `${root.name}.${field.name}`;

export function operations(): Operation[] {
  return [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) =>
    Object.values(root.getFields()).map((field) => ({ root, field })),
  );
}

/** Every place in the operation's arguments that takes a text, a number or a moment; lists have one item. */
export function leavesOf({ field }: Operation): Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (
    type: GraphQLInputType,
    path: readonly (string | number)[],
    seen: readonly string[],
  ): void => {
    const nullable = getNullableType(type);
    if (isListType(nullable)) walk(nullable.ofType, [...path, 0], seen);
    else if (isInputObjectType(nullable)) {
      if (seen.includes(nullable.name)) return;
      for (const part of Object.values(nullable.getFields()))
        walk(part.type, [...path, part.name], [...seen, nullable.name]);
    } else {
      const input = inputOf(getNamedType(nullable).name);
      if (input) walk(input, path, seen);
      else leaves.push({ path, type: isEnumType(nullable) ? 'enum' : getNamedType(nullable).name });
    }
  };
  for (const argument of field.args) walk(argument.type, [argument.name], []);
  return leaves.filter(({ type }) => type !== 'Upload' && type !== 'Boolean');
}

/** Puts a value into a place of a tree, which is copied; what leads there is made. */
function withValue(tree: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (step === undefined) return value;
  const copy: Record<string | number, unknown> =
    typeof step === 'number'
      ? ([...((tree as unknown[] | undefined) ?? [])] as never)
      : { ...(tree as object | undefined) };
  copy[step] = withValue(copy[step], rest, value);
  return copy;
}

function selectionOf(type: GraphQLObjectType, depth: number): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const inner = getNamedType(field.type);
    if (isLeafType(inner)) return [field.name];
    return isObjectType(inner) && depth > 1 ? [`${field.name} ${selectionOf(inner, depth - 1)}`] : [];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

function selected({ field }: Operation): string {
  const inner = getNamedType(field.type);
  if (isLeafType(inner)) return '';
  return isObjectType(inner) ? selectionOf(inner, 2) : '{ __typename }';
}

/** The operation's arguments as the schema's examples make them up. */
function baseOf({ root, field }: Operation): Record<string, unknown> {
  const given = field.args.filter(
    (argument) =>
      isRequiredArgument(argument) || supergraph.exampleAt(`${root.name}.${field.name}(${argument.name})`),
  );
  return Object.fromEntries(
    given.map((argument) => [
      argument.name,
      valueFor(argument.type, `${root.name}.${field.name}(${argument.name})`),
    ]),
  );
}

const documents = new Map<string, Pick<Call, 'document' | 'documentKey'>>();

function documentOf(text: string): Pick<Call, 'document' | 'documentKey'> {
  let known = documents.get(text);
  if (!known) {
    known = { document: parse(text), documentKey: createHash('sha256').update(text).digest('hex') };
    documents.set(text, known);
  }
  return known;
}

/** The call of an operation with one value put in its place, as a variable. */
export function callWith(operation: Operation, leaf: Leaf, value: unknown): Call {
  const variables = withValue(baseOf(operation), leaf.path, value) as Record<string, unknown>;
  const { root, field } = operation;
  const given = field.args.filter(({ name }) => Object.hasOwn(variables, name));
  const declared = given.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
  const text = `${root.name.toLowerCase()} (${declared}) { ${field.name}(${passed}) ${selected(operation)} }`;
  return { ...documentOf(text), variables };
}

/** The same with the value written into the document; undefined where a type cannot be written, as a file. */
export function literalCallWith(operation: Operation, leaf: Leaf, value: unknown): Call | undefined {
  const { root, field } = operation;
  const values = withValue(baseOf(operation), leaf.path, value) as Record<string, unknown>;
  const passed: string[] = [];
  for (const { name, type } of field.args) {
    if (!Object.hasOwn(values, name)) continue;
    if (JSON.stringify(values[name])?.includes('"stream"')) return undefined;
    const input = inputOf(getNamedType(type).name);
    // Scalars are written as what they stand for: objects of JSON.
    const node = input ? undefined : tryAst(values[name], type);
    if (!node) return undefined;
    passed.push(`${name}: ${node}`);
  }
  const text = `${root.name.toLowerCase()} { ${field.name}(${passed.join(', ')}) ${selected(operation)} }`;
  const document = parse(text);
  // A place whose surroundings have no example, so that something else is missing there: nothing of it would be carried out.
  if (validate(schema, document).length > 0) return undefined;
  return { document, documentKey: createHash('sha256').update(text).digest('hex'), variables: {} };
}

function tryAst(value: unknown, type: GraphQLInputType): string | undefined {
  try {
    const node = astFromValue(value, type);
    return node ? print(node) : undefined;
  } catch {
    // A scalar of ours that graphql-js cannot write; the variables have it.
    return undefined;
  }
}
