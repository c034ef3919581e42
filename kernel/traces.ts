/**
 * Traces of requests, as the parts of a process see them. Only gateway/tracing knows OpenTelemetry, and it is loaded only if the settings
 * name a receiver: without one there is no `Tracing`, and nothing is wrapped.
 */

export type SpanValue = string | number | boolean;

/** A span that begins. Never a value of a parameter: neither its name nor its attributes may hold customers, codes or amounts. */
export interface SpanStart {
  readonly name: string;
  /** `server` received a request, `client` sends one to another process, `internal` is work of this process. */
  readonly kind: 'server' | 'client' | 'internal';
  readonly attributes: Readonly<Record<string, SpanValue>>;
}

/** The fields of log lines that belong to a span. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

/** A span that has begun. */
export interface RunningSpan {
  readonly ids: TraceIds;
  /** Runs work below the span, with all that it awaits. */
  run<Result>(work: () => Result): Result;
  /** Ends the span. @param error the code of the error with which it failed; optional. */
  end(attributes?: Readonly<Record<string, SpanValue>>, error?: string): void;
}

export interface Tracing {
  /** Begins a span below the running one; undefined if none runs: background work is not traced. */
  begin(start: SpanStart): RunningSpan | undefined;
  /** Begins the span of a request, below that of its caller if its headers name one (W3C Trace Context). */
  receive(headers: Readonly<Record<string, string | string[] | undefined>>, start: SpanStart): RunningSpan;
  /** The headers by which another process continues the running span. */
  outgoing(): Readonly<Record<string, string>>;
  /** The ids of the running span; undefined if none runs. */
  running(): TraceIds | undefined;
  /** Sends what is left, and stops. */
  close(): Promise<void>;
}
