/**
 * The executor of the graph: plans by @apollo/query-planner, carried out by ourselves. docs/decisions says why.
 *
 * GraphQL over HTTP, the live part and the REST layer use the same `execute`.
 */
import {
  executeSync,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { FieldSelection } from '@apollo/federation-internals';
import { isPlanNode, type SubscriptionNode } from '@apollo/query-planner';
import { applyRewrites } from '@apollo/gateway/dist/dataRewrites';
import { computeResponse } from '@apollo/gateway/dist/resultShaping';
import type { RequestContext } from '../../kernel/context';
import { invariant, PosProError } from '../../kernel/errors';
import type { GraphExecutor, GraphRequest } from '../../kernel/graph/executor';
import type { Stream } from '../../kernel/graph/subscribe';
import { mapStream, type DataSource, type SourceEvent } from './data-source';
import { maskError } from './mask';
import { Planner, type PreparedOperation } from './plans';
import { addErrors, runNode, variablesOf, type Run } from './run';

export interface GraphGatewayOptions {
  readonly supergraphSdl: string;
  /** By the subgraph's name. */
  readonly sources: ReadonlyMap<string, DataSource>;
  /** How long one operation may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** One event of a subscription over the whole graph; `execute` makes the answer that subscribers get. */
export type SubscriptionEvent = SourceEvent;

const DEFAULT_TIMEOUT_MS = 30_000;

export class GraphGateway {
  /** The schema that callers see. */
  readonly apiSchema: GraphQLSchema;
  /** The same with all directives, and with what callers must not see. */
  readonly supergraph: GraphQLSchema;
  private readonly planner: Planner;
  private readonly timeoutMs: number;

  constructor(private readonly options: GraphGatewayOptions) {
    this.planner = new Planner(options.supergraphSdl);
    this.apiSchema = this.planner.api;
    this.supergraph = this.planner.supergraph;
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  readonly execute: GraphExecutor = async (request) => {
    try {
      const prepared = this.planner.prepare(request.documentKey, request.document, request.operationName);
      prepared.checkVariables?.(request.variables ?? {});
      return await this.inTime(() => this.run(request, prepared));
    } catch (error) {
      return { errors: [maskError(error, request.context, 'executor')] };
    }
  };

  /**
   * Opens a subscription. Its events come from the subgraph that owns the field; what else is selected is fetched for each event
   * from the other subgraphs. Never rejects: a result is the refusal.
   */
  async subscribe(request: GraphRequest): Promise<Stream<SubscriptionEvent> | ExecutionResult> {
    try {
      const prepared = this.planner.prepare(request.documentKey, request.document, request.operationName);
      prepared.checkVariables?.(request.variables ?? {});
      const { node } = prepared.plan;
      if (!node || isPlanNode(node)) {
        throw new PosProError('BAD_REQUEST', 'Only subscriptions are served over WebSocket; send queries and mutations by POST.');
      }
      const { primary } = node;
      const source = this.options.sources.get(primary.serviceName);
      const { operation: query, operationName } = primary;
      const variables = variablesOf(request.variables ?? {}, primary);
      const opened = await source?.subscribe?.({ query, operationName, variables, context: request.context });
      invariant(opened, `the subgraph "${primary.serviceName}" cannot be subscribed to`);
      if (!(Symbol.asyncIterator in opened)) return opened;
      return this.eventsOf(opened, request, prepared, node);
    } catch (error) {
      return { errors: [maskError(error, request.context, 'executor')] };
    }
  }

  private eventsOf(
    source: Stream<SourceEvent>,
    request: GraphRequest,
    prepared: PreparedOperation,
    { primary, rest }: SubscriptionNode,
  ): Stream<SubscriptionEvent> {
    const execute = (event: SourceEvent) => async (context: RequestContext) => {
      try {
        return await this.inTime(async () => {
          const run = this.runFor({ ...request, context }, prepared);
          const result = await event.execute(context);
          addErrors(run, primary, result, (path) => path);
          if (result.data) {
            applyRewrites(this.supergraph, primary.outputRewrites, result.data);
            Object.assign(run.data, result.data);
            if (rest) await runNode(run, rest);
          }
          return this.answer(run, prepared);
        });
      } catch (error) {
        return { errors: [maskError(error, context, 'executor')] };
      }
    };
    return mapStream(source, (event) => ({ latestKey: event.latestKey, lasting: event.lasting, execute: execute(event) }));
  }

  private async inTime(work: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(tooLate(this.timeoutMs)), this.timeoutMs);
      timer.unref();
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async run(request: GraphRequest, prepared: PreparedOperation): Promise<ExecutionResult> {
    const { node } = prepared.plan;
    const run = this.runFor(request, prepared);
    if (node && !isPlanNode(node)) throw new PosProError('NOT_IMPLEMENTED', 'Subscriptions are served over WebSocket only.');
    if (node) await runNode(run, node);
    return this.answer(run, prepared);
  }

  private runFor(request: GraphRequest, prepared: PreparedOperation): Run {
    return {
      supergraph: this.supergraph,
      sources: this.options.sources,
      operation: prepared.operation,
      variables: request.variables ?? {},
      context: request.context,
      data: {},
      errors: [],
      absent: 0,
    };
  }

  private answer(run: Run, prepared: PreparedOperation): ExecutionResult {
    const shaped = prepared.shape?.(run.data);
    const explained = run.errors.length > 0 || (run.absent > 0 && shaped?.data !== null);
    if (shaped && (!shaped.raised || explained)) return result(shaped.data, run.errors);
    const { data, errors } = computeResponse({
      operation: prepared.operation,
      variables: run.variables,
      input: run.data,
      introspectionHandling: (selection) => this.introspect(selection, run.variables, prepared),
    });
    // Where no subgraph said why something is missing, the graph itself is at fault, and the answer must not hide that.
    const unexplained =
      run.errors.length === 0 && (run.absent === 0 || !data)
        ? errors.map((error) => maskError(error, run.context, 'executor'))
        : [];
    return result(data ?? null, [...run.errors, ...unexplained]);
  }

  /** Answers what an operation asks about the schema itself. */
  private introspect(selection: FieldSelection, variables: Record<string, unknown>, { ast }: PreparedOperation): unknown {
    const node = selection.expandFragments().toSelectionNode();
    const document: DocumentNode = {
      kind: Kind.DOCUMENT,
      definitions: [
        {
          kind: Kind.OPERATION_DEFINITION,
          operation: OperationTypeNode.QUERY,
          variableDefinitions: ast.variableDefinitions ?? [],
          selectionSet: { kind: Kind.SELECTION_SET, selections: [node] },
        },
      ],
    };
    const { data, errors } = executeSync({ schema: this.apiSchema, document, rootValue: {}, variableValues: variables });
    if (errors) throw new GraphQLError(errors[0]!.message);
    return data![selection.element.responseName()];
  }
}

function result(data: ExecutionResult['data'], errors: readonly GraphQLError[]): ExecutionResult {
  return errors.length > 0 ? { data: data ?? null, errors } : { data: data ?? null };
}

function tooLate(milliseconds: number): PosProError {
  return new PosProError(
    'UNAVAILABLE',
    `The operation took longer than ${milliseconds / 1000} seconds and was given up. If it writes, it may still take effect: ` +
      'send it again with the same idempotency key.',
    { retryAfter: 1 },
  );
}
