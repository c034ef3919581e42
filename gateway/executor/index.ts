/**
 * The executor of the graph: it executes the plans of @apollo/query-planner. docs/decisions has the reasons.
 *
 * GraphQL over HTTP, subscriptions and the REST layer use the same `execute`.
 */
import { GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { inTime } from '#kernel/timeout';
import { invariant, PosProError } from '#kernel/errors';
import type { GraphExecutor, GraphRequest } from '#kernel/graph/executor';
import type { Stream } from '#kernel/graph/event-stream';
import { mapStream, OPERATION_TIMEOUT_MS, type DataSource, type SourceEvent } from './data-source';
import { maskError } from './mask-errors';
import { Planner, type PreparedOperation, type PreparedSubscription } from './plans';
import { runMutation } from './execute-plan';
import type { Run } from './run';
import { addRootResult, variablesOf } from './fetches';

export interface GraphGatewayOptions {
  readonly supergraphSdl: string;
  /** By the subgraph's name. */
  readonly sources: ReadonlyMap<string, DataSource>;
  /** Time limit of one operation, in milliseconds. */
  readonly timeoutMs?: number;
}

/** One event of a subscription over the whole graph; `execute` makes the answer for subscribers. */
export type SubscriptionEvent = SourceEvent;

export class GraphGateway {
  /** The schema that callers see. */
  readonly apiSchema: GraphQLSchema;
  /** The same with all directives and internal elements. */
  readonly supergraph: GraphQLSchema;
  readonly supergraphSdl: string;
  private readonly planner: Planner;
  private readonly timeoutMs: number;

  constructor(private readonly options: GraphGatewayOptions) {
    this.supergraphSdl = options.supergraphSdl;
    this.planner = new Planner(options.supergraphSdl);
    this.apiSchema = this.planner.api;
    this.supergraph = this.planner.supergraph;
    this.timeoutMs = options.timeoutMs ?? OPERATION_TIMEOUT_MS;
  }

  readonly execute: GraphExecutor = async (given) => {
    const request = withOwnVariables(given);
    try {
      const prepared = this.planner.prepare(request);
      return await inTime(this.run(request, prepared), this.timeoutMs, tooLate);
    } catch (error) {
      return { errors: [maskError(error, request.context, 'executor')] };
    }
  };

  /**
   * Opens a subscription. Its events come from the subgraph that owns the field; the other selected fields are
   * fetched for each event. Never rejects: a result means an error.
   */
  async subscribe(given: GraphRequest): Promise<Stream<SubscriptionEvent> | ExecutionResult> {
    const request = withOwnVariables(given);
    try {
      const prepared = this.planner.prepare(request);
      const { subscription } = prepared;
      if (!subscription) {
        throw new PosProError(
          'BAD_REQUEST',
          'Only subscriptions are served over WebSocket; send queries and mutations by POST.',
        );
      }
      const { primary } = subscription;
      const source = this.options.sources.get(primary.serviceName);
      const { operation: query, operationName } = primary;
      const variables = variablesOf(internalVariables(request, prepared), primary);
      const opened = await source?.subscribe?.({ query, operationName, variables, context: request.context });
      invariant(opened, `the subgraph "${primary.serviceName}" cannot be subscribed to`);
      if (!(Symbol.asyncIterator in opened)) return opened;
      return this.eventsOf(opened, request, prepared, subscription);
    } catch (error) {
      return { errors: [maskError(error, request.context, 'executor')] };
    }
  }

  private eventsOf(
    source: Stream<SourceEvent>,
    request: GraphRequest,
    prepared: PreparedOperation,
    { primary, rest }: PreparedSubscription,
  ): Stream<SubscriptionEvent> {
    const execute = (event: SourceEvent) => async (context: RequestContext) => {
      try {
        const answer = async (): Promise<ExecutionResult> => {
          const run = this.runFor({ ...request, context }, prepared);
          const result = await event.execute(context);
          addRootResult(run, this.supergraph, primary, result);
          if (result.data) await rest?.(run);
          return this.answer(run, prepared, request);
        };
        return await inTime(answer(), this.timeoutMs, tooLate);
      } catch (error) {
        return { errors: [maskError(error, context, 'executor')] };
      }
    };
    return mapStream(source, (event) => ({
      latestKey: event.latestKey,
      lasting: event.lasting,
      execute: execute(event),
    }));
  }

  private async run(request: GraphRequest, prepared: PreparedOperation): Promise<ExecutionResult> {
    const run = this.runFor(request, prepared);
    if (prepared.subscription)
      throw new PosProError('NOT_IMPLEMENTED', 'Subscriptions are served over WebSocket only.');
    const { mutationSteps, shape } = prepared;
    if (mutationSteps) await runMutation(run, mutationSteps, (roots) => shape.isNull(run.data, roots));
    else await prepared.run?.(run);
    return this.answer(run, prepared, request);
  }

  private runFor(request: GraphRequest, prepared: PreparedOperation): Run {
    return {
      sources: this.options.sources,
      variables: internalVariables(request, prepared),
      callersKey: prepared.names.callersKey,
      context: request.context,
      data: {},
      errors: [],
      absent: 0,
      gathered: new Map(),
    };
  }

  private answer(run: Run, prepared: PreparedOperation, request: GraphRequest): ExecutionResult {
    const { variables = {} } = request;
    const { data, raised } = prepared.shape.make(run.data, variables);
    if (!raised || run.errors.length > 0 || (run.absent > 0 && data !== null))
      return result(data, run.errors);
    // If no subgraph explains missing data, the graph itself is wrong, and the answer must not hide that.
    const faults = prepared.shape.faults(run.data, variables).map((path) => {
      const error = new GraphQLError('A subgraph gave no value where there must be one.', { path });
      return maskError(error, run.context, 'executor');
    });
    return result(data, faults);
  }
}

/** An omitted variable such as `$constructor` must not be read from the prototype of the object with the others. */
function withOwnVariables(request: GraphRequest): GraphRequest {
  return { ...request, variables: Object.assign(Object.create(null) as object, request.variables) };
}

/** The request's variables by their internal names. */
function internalVariables(
  { variables = {} }: GraphRequest,
  { names }: PreparedOperation,
): Record<string, unknown> {
  if (!names.variables) return variables;
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [names.variables!.get(name) ?? name, value]),
  );
}

function result(data: ExecutionResult['data'], errors: readonly GraphQLError[]): ExecutionResult {
  return errors.length > 0 ? { data: data ?? null, errors } : { data: data ?? null };
}

function tooLate(milliseconds: number): PosProError {
  return new PosProError(
    'UNAVAILABLE',
    `The operation took longer than ${milliseconds / 1000} seconds and was abandoned. If it writes, it may still take effect: ` +
      'send it again with the same idempotency key.',
    { retryAfter: 1 },
  );
}
