/**
 * A subscription that goes on where it was interrupted. The server's events have a `cursor`, and its subscriptions take one as `since`.
 */
import type { Client as Socket } from 'graphql-ws';
import { TokenRejectedError } from './token.ts';

/** Time before a subscription that the server ended is begun again, in milliseconds. */
const AGAIN_MS = 2_000;

/** Codes of errors after which the same subscription can be begun again. */
const TRANSIENT = new Set(['UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED']);

/** An error of the graph. */
export interface GraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: { readonly code?: unknown; readonly [name: string]: unknown } | undefined;
}

/** A subscription that the server rejected. */
export class SubscriptionError extends Error {
  override readonly name = 'SubscriptionError';

  constructor(readonly errors: readonly GraphError[]) {
    super(errors.map(({ message }) => message).join('\n'));
  }

  /** The code of the first error, for example `FORBIDDEN`. */
  get code(): unknown {
    return this.errors[0]?.extensions?.code;
  }
}

export interface Subscription<Data extends object> {
  /** One operation, for example `subscription ($since: String) { stockChanged(since: $since) { cursor sku available } }`. */
  readonly query: string;
  /** Optional. With `since`, the subscription begins with the events after this cursor. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Called with each event. `errors` are those of fields that could not be read; these fields are null. */
  readonly next: (data: Data, errors: readonly GraphError[]) => void;
  /**
   * Called once if the subscription ends by itself: with a SubscriptionError, a TokenRejectedError, or the error that `next` has thrown.
   * The cursor of an event for which `next` has thrown is not kept.
   */
  readonly error: (error: unknown) => void;
  /**
   * Optional. Called if events are lost, because the cursor is older than the events that the server keeps: read again what they had led
   * to. The subscription goes on with new events.
   */
  readonly gap?: (() => void) | undefined;
}

interface Result {
  readonly data?: object | null | undefined;
  readonly errors?: readonly GraphError[] | undefined;
}

export class ResumingSubscription<Data extends object> {
  /** Its `since` is replaced by each event: the socket reads it whenever it subscribes again. */
  readonly #variables: Record<string, unknown>;
  #stop: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(
    private readonly socket: Socket,
    private readonly subscription: Subscription<Data>,
  ) {
    this.#variables = { ...subscription.variables };
  }

  start(): void {
    if (this.#ended) return;
    this.#stop = this.socket.subscribe(
      { query: this.subscription.query, variables: this.#variables },
      {
        next: (result) => this.#next(result as Result),
        error: (error) => this.#interrupted(error),
        // The server ends no subscription without an error.
        complete: () => undefined,
      },
    );
  }

  stop(): void {
    this.#ended = true;
    this.#pause();
  }

  #next({ data, errors = [] }: Result): void {
    if (this.#ended || this.#goesOnAfter(errors)) return;
    if (data == null) {
      this.#end(new SubscriptionError(errors));
      return;
    }
    try {
      this.subscription.next(data as Data, errors);
    } catch (error) {
      this.#end(error);
      return;
    }
    const cursor = cursorIn(data);
    if (cursor !== undefined) this.#variables.since = cursor;
  }

  #interrupted(error: unknown): void {
    if (this.#ended) return;
    if (error instanceof TokenRejectedError) this.#end(error);
    else if (!Array.isArray(error)) this.#beginAgain();
    else if (!this.#goesOnAfter(error as GraphError[]))
      this.#end(new SubscriptionError(error as GraphError[]));
  }

  /** Begins again, if the error is transient. @returns whether it is. */
  #goesOnAfter(errors: readonly GraphError[]): boolean {
    const code = errors[0]?.extensions?.code;
    if (code === 'CURSOR_EXPIRED') {
      delete this.#variables.since;
      this.subscription.gap?.();
    } else if (typeof code !== 'string' || !TRANSIENT.has(code)) {
      return false;
    }
    this.#beginAgain();
    return true;
  }

  #beginAgain(): void {
    this.#pause();
    this.#timer = setTimeout(() => this.start(), AGAIN_MS);
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#stop();
  }

  #end(error: unknown): void {
    this.stop();
    this.subscription.error(error);
  }
}

/** The cursor of an event: that of the operation's field. */
function cursorIn(data: object): string | undefined {
  for (const event of Object.values(data) as unknown[]) {
    if (typeof event === 'object' && event !== null && 'cursor' in event && typeof event.cursor === 'string')
      return event.cursor;
  }
  return undefined;
}
