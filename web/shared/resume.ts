/**
 * Subscriptions that go on where they were interrupted. The server's events have a `cursor`, and its subscriptions take one as `since`
 * (docs/LIVE.md): an operation that declares `$since` and selects `cursor` gets the events that it missed, in order, after a restart of
 * the server, a lost network or a new token.
 */
import type { SubscriptionForwarder } from '@urql/core';
import type { Client as Socket, ExecutionResult, Sink } from 'graphql-ws';

/** Time before a subscription that the server ended is begun again, in milliseconds. */
const AGAIN_MS = 2_000;

/** Codes of errors after which the same subscription can be begun again. */
const PASSING = new Set(['UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED']);

type Result = ExecutionResult<Record<string, unknown>>;

/**
 * Forwards the subscriptions of urql to a socket of graphql-ws, which connects again by itself and then sends the variables again.
 * @param onGap is called where events are lost, because the cursor is older than the events that the server keeps: what they had led to
 *   must be read again.
 */
export function resumingSubscriptions(socket: Socket, onGap: () => void): SubscriptionForwarder {
  return ({ query = '', variables }) => ({
    subscribe: (sink) => {
      const running = new ResumingSubscription(socket, query, { ...variables }, sink, onGap);
      running.start();
      return { unsubscribe: () => running.stop() };
    },
  });
}

class ResumingSubscription {
  #stop: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param variables its `since` is replaced by each event: the socket reads it whenever it subscribes again. */
  constructor(
    private readonly socket: Socket,
    private readonly query: string,
    private readonly variables: Record<string, unknown>,
    private readonly sink: Sink<Result>,
    private readonly onGap: () => void,
  ) {}

  start(): void {
    const { query, variables } = this;
    this.#stop = this.socket.subscribe<Record<string, unknown>>(
      { query, variables },
      {
        next: (result) => this.#next(result as Result),
        error: (error) => this.#failed(error),
        complete: () => this.sink.complete(),
      },
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stop();
  }

  #next(result: Result): void {
    const code = codeOf(result.errors);
    if (code !== undefined && this.#goesOnAfter(code)) return;
    const cursor = cursorIn(result.data);
    if (cursor !== undefined) this.variables.since = cursor;
    this.sink.next(result);
  }

  #failed(error: unknown): void {
    // A socket that closed with a code after which its library gives up, such as 4500.
    const code = isClose(error) ? 'UNAVAILABLE' : codeOf(error);
    if (code === undefined || !this.#goesOnAfter(code)) this.sink.error(error);
  }

  /** Begins again, if the error passes. @returns whether it does. */
  #goesOnAfter(code: string): boolean {
    if (code === 'CURSOR_EXPIRED') {
      delete this.variables.since;
      this.onGap();
    } else if (!PASSING.has(code)) {
      return false;
    }
    this.stop();
    this.#timer = setTimeout(() => this.start(), AGAIN_MS);
    return true;
  }
}

/** The cursor of an event: that of the operation's field. */
function cursorIn(data: Record<string, unknown> | null | undefined): string | undefined {
  for (const event of Object.values(data ?? {})) {
    if (typeof event === 'object' && event !== null && 'cursor' in event && typeof event.cursor === 'string')
      return event.cursor;
  }
  return undefined;
}

/** The code of the first of several errors of the graph. */
function codeOf(errors: unknown): string | undefined {
  if (!Array.isArray(errors)) return undefined;
  const [first] = errors as { extensions?: { code?: unknown } }[];
  const code = first?.extensions?.code;
  return typeof code === 'string' ? code : undefined;
}

function isClose(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && 'reason' in error;
}
