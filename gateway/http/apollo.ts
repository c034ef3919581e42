/**
 * Apollo Server, behind the door. The door has parsed, bounded and validated a document before Apollo Server
 * sees it, and acts as Apollo's document store, so that nothing is parsed or validated twice. Apollo Server
 * then runs the operation through its request pipeline: plugins, the gateway's executor, errors.
 */
import { ApolloServer, type ApolloServerOptionsWithGateway, type BaseContext } from '@apollo/server';
import { GraphQLError, type DocumentNode, type GraphQLFormattedError } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { Logger } from '#kernel/log';
import type { AdmittedOperation, DocumentDoor } from '../documents/admit-document';
import type { GraphGateway } from '../executor';
import { APOLLO_DEFAULTS, disabledPlugins } from './apollo-defaults';

type GatewayInterface = ApolloServerOptionsWithGateway<BaseContext>['gateway'];
type GatewayExecutor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>;

/** The result of an operation; without `data` nothing was executed, and `status` is the HTTP status. */
export interface Outcome {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
  readonly status: number;
}

/** Executes an operation that the door has admitted. */
export type CarryOut = (
  operation: AdmittedOperation,
  query: string,
  context: RequestContext,
) => Promise<Outcome>;

export interface ApolloOptions {
  readonly gateway: GraphGateway;
  readonly door: DocumentDoor;
  readonly log: Logger;
}

/** Makes and starts Apollo Server over the graph. */
export async function startApollo({
  gateway,
  door,
  log,
}: ApolloOptions): Promise<{ carryOut: CarryOut; stop(): Promise<void> }> {
  const server = new ApolloServer<RequestContext>({
    gateway: gatewayOf(gateway),
    documentStore: storeOf(door),
    // The door decides about introspection, persisted queries and forged requests.
    introspection: true,
    persistedQueries: false,
    ...APOLLO_DEFAULTS,
    logger: log,
    plugins: disabledPlugins(),
  });
  await server.start();
  const carryOut: CarryOut = async ({ operationName, variables }, query, contextValue) => {
    const request = { query, variables, ...(operationName ? { operationName } : {}) };
    const { body, http } = await server.executeOperation(request, { contextValue });
    // Only @defer causes an incremental answer, which this graph does not offer.
    const { data, errors } = body.kind === 'single' ? body.singleResult : body.initialResult;
    return { data, errors, status: http.status ?? 200 };
  };
  return { carryOut, stop: () => server.stop() };
}

/** The graph's executor as a gateway for Apollo Server. */
function gatewayOf({ apiSchema, supergraphSdl, execute }: GraphGateway): GatewayInterface {
  const executor: GatewayExecutor = async ({ document, queryHash, request, context }) => {
    const { operationName, variables = {} } = request;
    const answer = await execute({
      document,
      documentKey: queryHash,
      variables: variables as Record<string, unknown>,
      ...(operationName ? { operationName } : {}),
      context: context as RequestContext,
    });
    return 'data' in answer ? answer : { errors: (answer.errors ?? []).map(withStatus) };
  };
  return {
    onSchemaLoadOrUpdate(callback) {
      // The graph does not change while the process runs, so there is one call and no subscription.
      callback({ apiSchema, coreSupergraphSdl: supergraphSdl });
      return () => undefined;
    },
    load: () => Promise.resolve({ executor }),
    stop: () => Promise.resolve(),
  };
}

/** If nothing was executed, the HTTP status shows it, too; Apollo Server reads it here and removes it. */
function withStatus(error: GraphQLError): GraphQLError {
  const { message, path, originalError, extensions } = error;
  const status = originalError instanceof PosProError ? originalError.status : 500;
  const options = { path: path ?? null, originalError: originalError ?? null };
  return new GraphQLError(message, { ...options, extensions: { ...extensions, http: { status } } });
}

/**
 * Apollo Server identifies a document by its schema and the SHA-256 of its text in hex; the door stores it
 * under the latter.
 */
function storeOf(door: DocumentDoor) {
  const HASH_LENGTH = 64;
  return {
    get: (key: string): Promise<DocumentNode | undefined> =>
      Promise.resolve(door.documentOf(key.slice(-HASH_LENGTH))),
    set: (): Promise<void> => Promise.resolve(),
    delete: (): Promise<void> => Promise.resolve(),
  };
}
