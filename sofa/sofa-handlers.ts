/**
 * The use of SOFA: it makes the document of each route, and the base of the OpenAPI document. Its handlers run once, at start-up,
 * for their documents: they would let the query string override the body, turn `1` into false, drop null, and wrap each answer in
 * a Request and a Response of the fetch API. Its `/webhook` routes, which fetch any address of a caller, are never mounted.
 */
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import { useSofa } from 'sofa-api';
import type { RequestContext } from '#kernel/context';
import { PosProError, invariant } from '#kernel/errors';
import type { GraphExecutor } from '#kernel/graph/executor';
import { translate, type GraphDocument } from './documents';
import { answerOf } from './problem';
import { buildRestSchema, type RestOperation } from './rest-schema';
import { routesOf } from './routes';
import { markStandIns } from './deferred-inputs';
import { readSupergraph, type SupergraphInfo } from './supergraph';
import { VisibleParts } from './visible-parts';

export interface EngineOptions {
  /** The composed supergraph, with our directives. */
  readonly supergraphSdl: string;
  /** The public schema of the gateway; it has no directives. */
  readonly apiSchema: GraphQLSchema;
}

export interface BoundOperation extends RestOperation {
  readonly document: GraphDocument;
  /** @returns the body as a value. @throws GraphAnswerError, or PosProError 404 if the operation found nothing. */
  run(execute: GraphExecutor, context: RequestContext, variables: Record<string, unknown>): Promise<unknown>;
}

export interface Engine {
  readonly operations: readonly BoundOperation[];
  readonly supergraph: SupergraphInfo;
  readonly restSchema: GraphQLSchema;
  /** The public schema, in the graph's names. */
  readonly apiSchema: GraphQLSchema;
  /** SOFA's OpenAPI document: 3.0, without errors, examples and nullability. */
  readonly sofaDocument: SofaDocument;
}

/** The part of SOFA's document that is used. */
export interface SofaDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, SofaOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, SofaSchema>> };
}

export interface SofaOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<
    Record<string, { readonly content: { readonly 'application/json': { readonly schema: object } } }>
  >;
}

export interface SofaSchema {
  readonly type: string;
  readonly properties?: Readonly<Record<string, object>>;
  readonly enum?: readonly string[];
}

/** The server context of SOFA's handler for one request. */
interface Exchange {
  readonly execute: (document: DocumentNode) => Promise<ExecutionResult>;
}

type SofaHandler = (
  request: { url: string; body: null; params: object },
  exchange: Exchange,
) => Promise<unknown>;

/**
 * Derives everything from the schema, once. @throws Error at start-up for a directive or type that REST cannot
 * serve.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const supergraph = readSupergraph(options.supergraphSdl);
  markStandIns(options.apiSchema, supergraph);
  const { schema, operations } = buildRestSchema(routesOf(supergraph), options.apiSchema, supergraph);
  const sofa = useSofa({
    basePath: '/',
    schema,
    depthLimit: 1,
    // SOFA would reduce every type that looks like a model to its id; the projections have decided already.
    ignore: Object.keys(schema.getTypeMap()),
    routes: Object.fromEntries(
      operations.map(({ route }) => [`${route.operation.root}.${route.id}`, sofaRoute(route)]),
    ),
    execute: ((args: { document: DocumentNode; contextValue: Exchange }) =>
      args.contextValue.execute(args.document)) as never,
    // An exchange throws, so there is one error, which is passed on unchanged.
    errorHandler: ([error]) => {
      throw error;
    },
  });
  const handlers = new Map(
    sofa.__routes.map((route) => [`${route.method} ${route.path}`, route.handler as unknown as SofaHandler]),
  );
  const bound = operations.map(async (operation) => {
    const { method, path } = sofaRoute(operation.route);
    const handler = handlers.get(`${method} ${path}`);
    invariant(handler, `SOFA has made no handler for ${method} ${path}`);
    return bind(operation, handler, schema);
  });
  return {
    operations: await Promise.all(bound),
    supergraph,
    restSchema: schema,
    apiSchema: options.apiSchema,
    sofaDocument: sofa.openAPIDocument as unknown as SofaDocument,
  };
}

function sofaRoute(route: RestOperation['route']) {
  return {
    method: route.method,
    path: route.path.replace(/\{(\w+)\}/g, ':$1'),
    responseStatus: route.status as 200 | 201 | 202,
    tags: [route.operation.domain],
  };
}

async function bind(
  operation: RestOperation,
  handler: SofaHandler,
  schema: GraphQLSchema,
): Promise<BoundOperation> {
  const { id } = operation.route;
  const document = translate(await documentOf(handler, id), schema);
  const parts = new VisibleParts(document, operation);
  return {
    ...operation,
    document,
    async run(execute, context, variables) {
      const { graph, complete } = parts.visibleTo(context);
      const request = { document: graph.document, documentKey: graph.key, variables, context };
      const value = complete(answerOf(await execute(request), id));
      if (value == null) throw nothingFound(operation);
      return value;
    },
  };
}

/** The document of a handler. SOFA does not expose it, so the handler runs once, with an answer of null. */
async function documentOf(handler: SofaHandler, id: string): Promise<DocumentNode> {
  let document: DocumentNode | undefined;
  const execute = (sofaDocument: DocumentNode) => {
    document = sofaDocument;
    return Promise.resolve({ data: { [id]: null } });
  };
  await handler({ url: '', body: null, params: {} }, { execute });
  invariant(document, `SOFA has made no document for ${id}`);
  return document;
}

function nothingFound(operation: RestOperation): PosProError {
  invariant(operation.nullable, `${operation.route.id} answered null, which its type rules out`);
  const names = operation.route.pathParameters.map(({ name }) => name).join(' and ');
  return new PosProError('NOT_FOUND', names ? `Nothing found for this ${names}.` : 'Nothing found.');
}
