/**
 * The use of SOFA: it makes one handler for each route, and the base of the OpenAPI document. Its handlers get
 * the variables from here, because SOFA itself lets the query string override the body, turns `1` into false
 * and drops null. Its `/webhook` routes, which fetch any address of a caller, are never mounted.
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

/** The answer of a route, before HTTP. */
export interface RestAnswer {
  readonly status: number;
  /** The body as JSON text. */
  readonly text: string;
  /** The same as a value, for headers. */
  readonly value: unknown;
}

export interface BoundOperation extends RestOperation {
  readonly document: GraphDocument;
  /** @throws GraphAnswerError, or PosProError 404 if the operation found nothing. */
  run(
    execute: GraphExecutor,
    context: RequestContext,
    variables: Record<string, unknown>,
  ): Promise<RestAnswer>;
}

export interface Engine {
  readonly operations: readonly BoundOperation[];
  readonly supergraph: SupergraphInfo;
  readonly restSchema: GraphQLSchema;
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
) => Promise<{ status: number; text(): Promise<string> }>;

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
  const call = (execute: Exchange['execute']) => handler({ url: '', body: null, params: {} }, { execute });
  // SOFA does not expose its documents, so each handler runs once, only for its document.
  let document: GraphDocument | undefined;
  await call((sofaDocument) => {
    document = translate(sofaDocument, schema);
    return Promise.resolve({ data: { [id]: null } });
  });
  invariant(document, `SOFA has made no document for ${id}`);
  const translated = document;
  const parts = new VisibleParts(translated, operation);
  return {
    ...operation,
    document: translated,
    async run(execute, context, variables) {
      let value: unknown;
      const { graph, complete } = parts.visibleTo(context);
      const response = await call(async () => {
        const result = await execute({
          document: graph.document,
          documentKey: graph.key,
          variables,
          context,
        });
        value = complete(answerOf(result, id));
        if (value == null) throw nothingFound(operation);
        return { data: { [id]: value } };
      });
      return { status: response.status, text: await response.text(), value };
    },
  };
}

function nothingFound(operation: RestOperation): PosProError {
  invariant(operation.nullable, `${operation.route.id} answered null, which its type rules out`);
  const names = operation.route.pathParameters.map(({ name }) => name).join(' and ');
  return new PosProError('NOT_FOUND', names ? `Nothing found for this ${names}.` : 'Nothing found.');
}
