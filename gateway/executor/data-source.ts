/**
 * Executes a subgraph's part of a plan. The executor knows only this interface; a subgraph in another process is a
 * RemoteDataSource.
 */
import { createHash } from 'node:crypto';
import {
  createSourceEventStream,
  execute,
  parse,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from '#kernel/context';
import type { Stream, StreamItem } from '#kernel/graph/event-stream';
import { safeToCompile } from './jit-safety';
import './jit-lists';
import { maskErrors } from './mask-errors';

/** Default time limit of an operation, and so of each of its fetches, in milliseconds. */
export const OPERATION_TIMEOUT_MS = 30_000;

/** One fetch of a plan. */
export interface SubgraphRequest {
  /** The text of the operation; texts come from plans, so they are few and repeat. */
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
  readonly context: RequestContext;
}

/** One event of a subgraph's subscription. */
export interface SourceEvent extends Pick<StreamItem<unknown>, 'latestKey' | 'lasting'> {
  /** The event's part of the answer; call it once, with a context for this event. */
  readonly execute: (context: RequestContext) => Promise<ExecutionResult>;
}

export interface DataSource {
  /** Never rejects for errors of resolvers: they are in the result, masked, with a code from the error table. */
  process(request: SubgraphRequest): ExecutionResult | Promise<ExecutionResult>;
  /** Opens a subscription; a result means an error. Absent if the source has no subscriptions. */
  subscribe?(request: SubgraphRequest): Promise<Stream<SourceEvent> | ExecutionResult>;
}

type Run = (
  variables: Record<string, unknown>,
  context: RequestContext,
) => ExecutionResult | Promise<ExecutionResult>;

/** Number of compiled operations that a subgraph keeps. Each takes some ten kilobytes. */
const MAX_COMPILED = 1000;

/** A subgraph in this process: each operation is parsed and compiled to plain functions once. */
export class InProcessDataSource implements DataSource {
  private readonly runs = new LRUCache<string, Run>({ max: MAX_COMPILED });

  constructor(
    private readonly name: string,
    private readonly schema: GraphQLSchema,
  ) {}

  process({
    query,
    operationName,
    variables,
    context,
  }: SubgraphRequest): ExecutionResult | Promise<ExecutionResult> {
    const masked = (result: ExecutionResult) =>
      result.errors ? maskErrors(result, context, this.name) : result;
    const result = this.runOf(query, operationName)(variables, context);
    return 'then' in result ? result.then(masked) : masked(result);
  }

  async subscribe({
    query,
    operationName,
    variables,
    context,
  }: SubgraphRequest): Promise<Stream<SourceEvent> | ExecutionResult> {
    const { schema, name } = this;
    const document = parse(query, { noLocation: true });
    const args = { schema, document, operationName, variableValues: variables };
    const opened = await createSourceEventStream({ ...args, rootValue: {}, contextValue: context });
    if (!(Symbol.asyncIterator in opened)) return maskErrors(opened, context, name);
    // Every subscription field returns a stream of kernel/graph/event-stream.
    const stream = opened as Stream<StreamItem<unknown>>;
    return mapStream(stream, (item) => ({
      latestKey: item.latestKey,
      lasting: item.lasting,
      execute: async (own) => {
        const result = await execute({ ...args, rootValue: item, contextValue: own });
        return result.errors ? maskErrors(result, own, name) : result;
      },
    }));
  }

  private runOf(query: string, operationName: string | undefined): Run {
    // Two operations never share a text, so the text identifies the compiled form; its hash keeps the keys small.
    const key = query.length > 256 ? createHash('sha1').update(query).digest('base64') : query;
    let run = this.runs.get(key);
    if (!run) {
      run = compile(this.schema, parse(query, { noLocation: true }), operationName);
      this.runs.set(key, run);
    }
    return run;
  }
}

/** Calls `make` for each value of a stream; closing the one closes the other. */
export function mapStream<In, Out>(stream: Stream<In>, make: (value: In) => Out): Stream<Out> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const next = await stream.next();
      return next.done ? { done: true, value: undefined } : { done: false, value: make(next.value) };
    },
    async return() {
      await stream.return();
      return { done: true, value: undefined };
    },
  };
}

/** Compiles an operation if that is safe and possible; graphql-js interprets the others, with the same result. */
function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined): Run {
  if (safeToCompile(schema, document)) {
    const compiled = compileQuery(schema, document, operationName);
    if (isCompiledQuery(compiled)) return (variables, context) => compiled.query({}, context, variables);
  }
  return (variables, context) =>
    execute({
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: context,
      rootValue: {},
    });
}
