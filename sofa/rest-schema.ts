/**
 * The schema that SOFA is given: snake_case names, and one root field per route. SOFA makes handlers, documents and the base of
 * the OpenAPI document from it and never sees the graph itself.
 */
import {
  GraphQLInputObjectType,
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
import { assertPlainCamelCase, snake } from './casing';
import type { RestRoute } from './routes';
import { standsFor } from './deferred-inputs';
import type { SupergraphFacts } from './supergraph';
import { Views, isPage, type GraphOrigin } from './projections';

/** The scalar of a file; REST takes it beside JSON, so that no JSON body has it. */
export const UPLOAD = 'Upload';

/** How an answer is laid out. */
export type AnswerKind = 'page' | 'list' | 'object' | 'value';

/** A route together with its operation in the graph and what REST shows of it. */
export interface RestOperation {
  readonly route: RestRoute;
  readonly kind: AnswerKind;
  /** Whether the answer is an object that a caller goes on from: its `next_cursor` is the `since` of the next call. */
  readonly feed: boolean;
  /** Whether the operation may find nothing, which is a 404. */
  readonly nullable: boolean;
  /** The answer's type in REST names. */
  readonly answer: GraphQLOutputType;
  /** What the schema says about the operation. */
  readonly description: string;
  /** The operation's arguments in the graph. */
  readonly arguments: readonly GraphQLArgument[];
}

/** @throws Error at start-up for a route whose operation the graph does not have or REST cannot answer. */
export function buildRestSchema(
  routes: readonly RestRoute[],
  api: GraphQLSchema,
  supergraph: SupergraphFacts,
): { schema: GraphQLSchema; operations: RestOperation[] } {
  const fieldOf = ({ operation }: RestRoute) => {
    const root = operation.root === 'Query' ? api.getQueryType() : api.getMutationType();
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
  const views = new Views(supergraph, answers.map(itemsOf).filter(isObjectType));
  const inputs = new Inputs();
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
      args: Object.fromEntries(field.args.map((argument) => inputs.argument(argument, coordinate))),
      extensions: { origin: { name: field.name, coordinate } satisfies GraphOrigin },
    };
    roots[route.operation.root][route.id] = config;
    return {
      route,
      kind: kindOf(field.type),
      feed: isFeed(field),
      nullable: !isNonNullType(answer),
      answer,
      description: field.description ?? '',
      arguments: field.args,
    };
  });
  // SOFA needs a query type, even where every route is a mutation.
  if (Object.keys(roots.Query).length === 0) throw new Error('No query has a route.');
  const mutation = Object.keys(roots.Mutation).length > 0 ? rootType('Mutation', roots.Mutation) : null;
  return { schema: new GraphQLSchema({ query: rootType('Query', roots.Query), mutation }), operations };
}

/**
 * SOFA looks the descriptions of arguments up in the type's syntax tree, and prints and parses the whole type for each argument
 * where there is none. An empty one spares that; the descriptions come into the OpenAPI document from here.
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

function isFeed({ type, args }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type);
  if (!isObjectType(named) || isPage(named) || !args.some(({ name }) => name === 'since')) return false;
  return 'items' in named.getFields() && 'nextCursor' in named.getFields();
}

/** Input types under REST names. They keep their type names: a document made from them is valid in the graph. */
class Inputs {
  private readonly renamed = new Map<string, GraphQLInputObjectType>();

  argument(argument: GraphQLArgument, owner: string) {
    const coordinate = `${owner}(${argument.name})`;
    assertPlainCamelCase(argument.name, coordinate);
    if (standsFor(getNamedType(argument.type)))
      throw new Error(`${coordinate}: a scalar with @standsFor stands inside an input.`);
    const origin: GraphOrigin = { name: argument.name, coordinate };
    // An argument with a default may be left out, whatever its type says.
    const type =
      argument.defaultValue !== undefined && isNonNullType(argument.type)
        ? argument.type.ofType
        : argument.type;
    return [
      snake(argument.name),
      { type: this.rename(type), description: argument.description, extensions: { origin } },
    ] as const;
  }

  private rename(type: GraphQLInputType): GraphQLInputType {
    if (isNonNullType(type)) {
      const present = this.rename(type.ofType);
      return isNonNullType(present) ? present : new GraphQLNonNull(present);
    }
    if (isListType(type)) return new GraphQLList(this.rename(type.ofType));
    const standIn = standsFor(type);
    // A null in its place is answered too, but it is nothing that anybody should send.
    if (standIn) return new GraphQLNonNull(this.inputObject(standIn));
    return isInputObjectType(type) ? this.inputObject(type) : type;
  }

  private inputObject(type: GraphQLInputObjectType): GraphQLInputObjectType {
    const known = this.renamed.get(type.name);
    if (known) return known;
    const fields = Object.values(type.getFields()).filter(
      (field) => getNamedType(field.type).name !== UPLOAD,
    );
    const renamed = new GraphQLInputObjectType({
      name: type.name,
      description: type.description,
      // A thunk, since input types may refer to themselves.
      fields: () =>
        Object.fromEntries(
          fields.map((field) => {
            const coordinate = `${type.name}.${field.name}`;
            assertPlainCamelCase(field.name, coordinate);
            const origin: GraphOrigin = { name: field.name, coordinate };
            const config = {
              type: this.rename(field.type),
              description: field.description,
              defaultValue: field.defaultValue,
            };
            return [snake(field.name), { ...config, extensions: { origin } }];
          }),
        ),
    });
    this.renamed.set(type.name, renamed);
    return renamed;
  }
}
