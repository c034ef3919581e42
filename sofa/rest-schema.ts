/**
 * The schema for SOFA: snake_case names, and one root field per route. SOFA makes handlers, documents and the base of
 * the OpenAPI document from it and never sees the graph itself.
 */
import {
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  Kind,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
} from 'graphql';
import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { assertPlainCamelCase, camel, snake } from './casing';
import type { RestRoute } from './routes';
import { standsFor } from './deferred-inputs';
import type { SupergraphInfo } from './supergraph';
import { Views, isPage, type GraphOrigin } from './projections';

/** The scalar of a file; REST reads it outside JSON, so that no JSON body has it. */
export const UPLOAD = 'Upload';

/** The layout of an answer. */
export type AnswerKind = 'page' | 'list' | 'object' | 'value';

/** A route with its operation in the graph and its REST answer. */
export interface RestOperation {
  readonly route: RestRoute;
  readonly kind: AnswerKind;
  /** Whether the answer is a feed: its `next_cursor` is the `since` of the next call. */
  readonly feed: boolean;
  /** Whether the operation may find nothing, which is a 404. */
  readonly nullable: boolean;
  /** The answer's type in REST names. */
  readonly answer: GraphQLOutputType;
  /** Whether the operation takes the version that the caller read, so that `If-Match` means something here. */
  readonly versioned: boolean;
  /** Whether the answer has a version, which is its `ETag`. */
  readonly tagged: boolean;
  /** The operation's description in the schema. */
  readonly description: string;
  /** The operation's arguments in the graph. */
  readonly arguments: readonly GraphQLArgument[];
}

/** @throws Error at start-up for a route with an unknown operation, or one that REST cannot answer. */
export function buildRestSchema(
  routes: readonly RestRoute[],
  api: GraphQLSchema,
  supergraph: SupergraphInfo,
): { schema: GraphQLSchema; operations: RestOperation[] } {
  const renamed = renameInputs(api);
  const fieldOf = ({ operation }: RestRoute, schema = renamed) => {
    const root = operation.root === 'Query' ? schema.getQueryType() : schema.getMutationType();
    const field = root?.getFields()[operation.field];
    if (!field)
      throw new Error(`@rest stands on ${operation.root}.${operation.field}, which the graph does not show.`);
    return field;
  };
  const answers = routes
    .filter((route) => route.include.length === 0)
    .map((route) => getNamedType(fieldOf(route).type));
  const itemsOf = (type: GraphQLNamedType) =>
    isObjectType(type) && isPage(type) ? getNamedType(type.getFields().items!.type) : type;
  const chosen = routes.flatMap((route) => {
    const type = itemsOf(getNamedType(fieldOf(route).type));
    return route.include.map((name) => `${type.name}.${camel(name)}`);
  });
  const views = new Views(supergraph, answers.map(itemsOf).filter(isObjectType), new Set(chosen));
  const roots: Record<'Query' | 'Mutation', GraphQLFieldConfigMap<unknown, unknown>> = {
    Query: {},
    Mutation: {},
  };
  const operations = routes.map((route): RestOperation => {
    const field = fieldOf(route);
    const answer = views.answer(field.type, route.include);
    const coordinate = `${route.operation.root}.${field.name}`;
    const config: GraphQLFieldConfig<unknown, unknown> = {
      type: answer,
      description: field.description,
      args: Object.fromEntries(field.args.map((argument) => restArgument(argument, coordinate))),
      extensions: { origin: { name: field.name, coordinate } satisfies GraphOrigin },
    };
    roots[route.operation.root][route.id] = config;
    return {
      route,
      kind: kindOf(field.type),
      feed: isFeed(field),
      nullable: !isNonNullType(answer),
      answer,
      versioned: field.args.some(takesVersion),
      tagged: hasVersion(field.type),
      description: field.description ?? '',
      arguments: fieldOf(route, api).args,
    };
  });
  // SOFA needs a query type, even if every route is a mutation.
  if (Object.keys(roots.Query).length === 0) throw new Error('No query has a route.');
  const mutation = Object.keys(roots.Mutation).length > 0 ? rootType('Mutation', roots.Mutation) : null;
  return { schema: new GraphQLSchema({ query: rootType('Query', roots.Query), mutation }), operations };
}

/**
 * SOFA reads the descriptions of arguments from the type's syntax tree, and without one prints and parses the
 * whole type for each argument. An empty tree avoids that; the OpenAPI document gets the descriptions from
 * here.
 */
function rootType(
  name: 'Query' | 'Mutation',
  fields: GraphQLFieldConfigMap<unknown, unknown>,
): GraphQLObjectType {
  const astNode = {
    kind: Kind.OBJECT_TYPE_DEFINITION,
    name: { kind: Kind.NAME, value: name },
    fields: [],
  } as const;
  return new GraphQLObjectType({ name, fields, astNode });
}

function kindOf(answer: GraphQLOutputType): AnswerKind {
  if (isListType(isNonNullType(answer) ? answer.ofType : answer)) return 'list';
  const named = getNamedType(answer);
  if (isPage(named)) return 'page';
  return isObjectType(named) ? 'object' : 'value';
}

function takesVersion({ name, type }: GraphQLArgument): boolean {
  const named = getNamedType(type);
  return (
    name === 'version' || (name === 'input' && isInputObjectType(named) && 'version' in named.getFields())
  );
}

function hasVersion(answer: GraphQLOutputType): boolean {
  const named = getNamedType(answer);
  if (kindOf(answer) !== 'object' || !isObjectType(named)) return false;
  return String(named.getFields().version?.type) === 'Int!';
}

function isFeed({ type, args }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type);
  if (!isObjectType(named) || isPage(named) || !args.some(({ name }) => name === 'since')) return false;
  return 'items' in named.getFields() && 'nextCursor' in named.getFields();
}

/**
 * The graph's schema with REST names on the fields of its input types. The types keep their names: a document made from them is valid in
 * the graph. A deferred input becomes the input type that it stands for; files come beside the JSON body, so no input has them.
 */
function renameInputs(api: GraphQLSchema): GraphQLSchema {
  return mapSchema(api, {
    [MapperKind.INPUT_OBJECT_FIELD]: ({ type, description, defaultValue }, name, typeName) => {
      if (getNamedType(type).name === UPLOAD) return null;
      const coordinate = `${typeName}.${name}`;
      assertPlainCamelCase(name, coordinate);
      const origin: GraphOrigin = { name, coordinate };
      return [snake(name), { type: readAsInput(type), description, defaultValue, extensions: { origin } }];
    },
  });
}

/** The type with each deferred input replaced by its input type. A null is answered there, but is not something to send. */
function readAsInput(type: GraphQLInputType): GraphQLInputType {
  if (isNonNullType(type)) {
    const present = readAsInput(type.ofType);
    return isNonNullType(present) ? present : new GraphQLNonNull(present);
  }
  if (isListType(type)) return new GraphQLList(readAsInput(type.ofType));
  const input = standsFor(type);
  return input ? new GraphQLNonNull(input) : type;
}

function restArgument({ name, type, defaultValue, description }: GraphQLArgument, owner: string) {
  const coordinate = `${owner}(${name})`;
  assertPlainCamelCase(name, coordinate);
  if (standsFor(getNamedType(type)))
    throw new Error(`${coordinate}: a scalar with @standsFor stands inside an input.`);
  const origin: GraphOrigin = { name, coordinate };
  // An argument with a default is optional, whatever its type says.
  const optional = defaultValue !== undefined && isNonNullType(type) ? type.ofType : type;
  return [snake(name), { type: optional, description, extensions: { origin } }] as const;
}
