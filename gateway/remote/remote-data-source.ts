/** A subgraph in another process, reached over HTTP. */
import type { ExecutionResult } from 'graphql';
import { Agent, type Dispatcher } from 'undici';
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { Stream } from '#kernel/graph/event-stream';
import type { Tracing } from '#kernel/traces';
import {
  OPERATION_TIMEOUT_MS,
  type DataSource,
  type SourceEvent,
  type SubgraphRequest,
} from '../executor/data-source';
import { publicError } from '../executor/mask-errors';
import { ENVELOPE_HEADER, signEnvelope } from './caller-envelope';
import { multipartOf } from './multipart-request';
import { RemoteStream } from './remote-stream';
import { NOTES, resultOf, takeNotes, type WireResult } from './wire';

export interface RemoteSource {
  /** The subgraph's name. */
  readonly name: string;
  /** The address of its GraphQL endpoint. */
  readonly url: URL;
  /** Time limit of one fetch, in milliseconds. Optional; the same as that of a whole operation by default. */
  readonly timeoutMs?: number;
  /** Traces, which the subgraph continues. Optional; defaults to none. */
  readonly tracing?: Tracing | undefined;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** Shorter than that of a subgraph's web server, so that no request meets a connection that is just being closed. */
const KEEP_ALIVE_MS = 30_000;
/** Connections to one subgraph; further fetches wait for a free one. Streams have connections of their own. */
const CONNECTIONS = 64;
/** A stream without even a sign of life for this long has lost its subgraph. */
const SILENCE_MS = 45_000;
const RETRY_AFTER_SECONDS = 1;

/** The way of a request. */
interface Way {
  readonly dispatcher: Dispatcher;
  /** The media type of the answer. */
  readonly accept: string;
  readonly signal?: AbortSignal;
}

/** Asks a subgraph over HTTP with connections that stay open. */
export class RemoteDataSource implements DataSource {
  private readonly fetches: Agent;
  private readonly streams: Agent;
  private readonly origin: string;
  private readonly path: string;
  private readonly timeoutMs: number;

  constructor(private readonly source: RemoteSource) {
    this.origin = source.url.origin;
    this.path = `${source.url.pathname}${source.url.search}`;
    this.timeoutMs = source.timeoutMs ?? OPERATION_TIMEOUT_MS;
    const shared = { connect: { timeout: CONNECT_TIMEOUT_MS }, keepAliveTimeout: KEEP_ALIVE_MS };
    this.fetches = new Agent({ ...shared, connections: CONNECTIONS });
    this.streams = new Agent({ ...shared, bodyTimeout: SILENCE_MS });
  }

  async process(request: SubgraphRequest): Promise<ExecutionResult> {
    try {
      const answer = await this.ask(request);
      takeNotes(request.context.reply, answer.extensions?.[NOTES]);
      return resultOf(answer);
    } catch (error) {
      return this.failed(error, request.context);
    }
  }

  async subscribe(request: SubgraphRequest): Promise<Stream<SourceEvent> | ExecutionResult> {
    try {
      const { headers, body } = await this.send(request, {
        dispatcher: this.streams,
        accept: 'text/event-stream',
      });
      const isOpen = String(headers['content-type']).startsWith('text/event-stream');
      return isOpen ? new RemoteStream(body, () => this.lost()) : resultOf((await body.json()) as WireResult);
    } catch (error) {
      return this.failed(error, request.context);
    }
  }

  /** Closes the connections; running requests end first. */
  async close(): Promise<void> {
    await this.streams.destroy();
    await this.fetches.close();
  }

  private async ask(request: SubgraphRequest): Promise<WireResult> {
    const { body } = await this.send(request, {
      dispatcher: this.fetches,
      accept: 'application/json',
      signal: AbortSignal.timeout(this.timeoutMs),
    });
    return (await body.json()) as WireResult;
  }

  private async send(
    { query, operationName, variables, context }: SubgraphRequest,
    { dispatcher, accept, signal }: Way,
  ): Promise<Dispatcher.ResponseData> {
    const { requestId, token } = context.request;
    const operation = { query, variables, ...(operationName !== undefined && { operationName }) };
    const form = multipartOf(operation);
    const answer = await dispatcher.request({
      origin: this.origin,
      path: this.path,
      method: 'POST',
      headers: {
        ...(form?.headers ?? { 'content-type': 'application/json' }),
        accept,
        'x-request-id': requestId,
        ...this.source.tracing?.outgoing(),
        [ENVELOPE_HEADER]: signEnvelope(this.source.name, context),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: form?.body ?? JSON.stringify(operation),
      headersTimeout: this.timeoutMs,
      ...(signal && { signal }),
    });
    if (answer.statusCode === 200) return answer;
    throw new Error(`It answered with the status ${answer.statusCode}: ${await answer.body.text()}`);
  }

  /** A mutation is not sent again: it may have been carried out, and its caller can repeat it under the same idempotency key. */
  private failed(error: unknown, { log, request: { requestId } }: RequestContext): ExecutionResult {
    // An upload that is too large fails here, while it is passed on.
    if (error instanceof PosProError) return { errors: [publicError(error, requestId)] };
    log.error({ err: error, subgraph: this.source.name, requestId }, 'a subgraph did not answer');
    const message =
      `The part "${this.source.name}" of the platform does not answer. If the operation writes, it may still take effect: ` +
      'send it again with the same idempotency key.';
    const known = new PosProError('UNAVAILABLE', message, { retryAfter: RETRY_AFTER_SECONDS, cause: error });
    return { errors: [publicError(known, requestId)] };
  }

  private lost(): PosProError {
    return new PosProError(
      'UNAVAILABLE',
      `The part "${this.source.name}" of the platform ended its events. Subscribe again with the last cursor.`,
      { retryAfter: RETRY_AFTER_SECONDS },
    );
  }
}
