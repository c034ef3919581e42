/**
 * The domain's side of subscriptions: a stream of events of the caller's organization, bounded in memory, that
 * can start in the past and continues into the present without a gap.
 *
 * These are explicit iterators, not async generators: a waiting generator cannot be closed, and would leak its
 * subscription.
 */
import { organizationOf } from '../auth/access';
import type { RequestContext } from '../context';
import { PosProError } from '../errors';
import type { PublishedEvent } from '../events/bus';
import { isLater, isNewerState, readEvents, readNewerStates } from '../events/outbox';

/** A stream that its reader may close at any moment, even while it waits for the next value. */
export interface Stream<Item> extends AsyncIterableIterator<Item> {
  return(): Promise<IteratorResult<Item>>;
}

/** One payload for the subscribers. */
export interface StreamItem<Payload> {
  readonly payload: Payload;
  /** If set, a waiting item with the same key is outdated: only the newest needs to be sent. */
  readonly latestKey: string | undefined;
  /** Whether this is a snapshot, which later subscribers receive immediately. */
  readonly lasting: boolean;
}

/** The events of a subscription, and their payloads. */
export interface StreamPlan<Payload> {
  /** For example `['stock.changed']`. */
  readonly types: readonly string[];
  /** Only events of this branch. */
  readonly branchId?: string | undefined;
  /** The cursor of the last event seen: later events come first. */
  readonly since?: string | null | undefined;
  /** Filters the events. Optional; defaults to all. */
  readonly accept?: (event: PublishedEvent) => boolean;
  /** Makes the payload; undefined skips the event. */
  readonly map: (event: PublishedEvent) => Payload | undefined | Promise<Payload | undefined>;
  /** The events are states: an older one is never sent after a newer one of the same key. */
  readonly states?: boolean;
  /**
   * Like `states`; a slow reader also receives only the newest event of each key: the level counts, not the
   * steps.
   */
  readonly latest?: boolean;
  /** The key for `latest`. Optional; defaults to the event's type and key. */
  readonly keyOf?: (event: PublishedEvent) => string;
  /** The snapshot, sent at the start and checked regularly, in addition to the events. Undefined sends nothing. */
  readonly standing?: { readonly everyMs: number; readonly make: () => Promise<Payload | undefined> };
}

/**
 * Maximum number of events that wait for the reader. Further ones are not lost: they are read from the outbox
 * later.
 */
const MAX_WAITING = 1000;
const PAGE = 200;
/** Number of keys whose last sent state is remembered. Transactions overtake each other within moments. */
const MAX_TOLD = 1000;
/** Delay before the outbox is read again if a published event is not readable yet. */
const REREAD_MS = 25;
/** While the database is unreachable, it is retried after a pause that doubles. */
const SHORTEST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/**
 * The stream of a subscription field. It is subscribed when this returns, and unsubscribed by `return()`.
 *
 * @throws PosProError CURSOR_INVALID for an invalid `since`; from `next()` CURSOR_EXPIRED for an expired one.
 * @example
 * Subscription: { registerChanged: subscription((_, { registerId }, ctx) => eventStream(ctx, { types:
 * ['register.changed'], … })) }
 */
export function eventStream<Payload>(
  ctx: RequestContext,
  plan: StreamPlan<Payload>,
): Stream<StreamItem<Payload>> {
  return new EventStream(ctx, plan);
}

/** The resolvers of a subscription field over an `eventStream`. */
export function subscription<Args, Payload>(
  open: (
    root: unknown,
    args: Args,
    ctx: RequestContext,
  ) => Stream<StreamItem<Payload>> | Promise<Stream<StreamItem<Payload>>>,
): {
  subscribe: (root: unknown, args: Args, ctx: RequestContext) => ReturnType<typeof open>;
  resolve: (item: StreamItem<Payload>) => Payload;
} {
  return { subscribe: open, resolve: (item) => item.payload };
}

class EventStream<Payload> implements Stream<StreamItem<Payload>> {
  private readonly organizationId: string;
  private readonly ends: (() => void)[];
  /** Published events that are not read yet, by key if only the newest counts. */
  private readonly waiting = new Map<string, PublishedEvent>();
  private readonly page: PublishedEvent[] = [];
  /** For states: the cursor of the last sent state of each key, in the order of sending. */
  private readonly told = new Map<string, string>();
  /** The cursor of the last event taken. */
  private position: string | undefined;
  /** The position up to which the outbox was read: earlier events from the bus are duplicates. */
  private readTo: string | undefined;
  /** Whether the states that the reader received before `since` still have to be loaded. */
  private forgetful: boolean;
  /** The first published event since the stream last fell behind: the outbox must be read up to here. */
  private firstLive: string | undefined;
  /** Whether events must be read from the outbox before those of the bus. */
  private behind: boolean;
  private standingDue: boolean;
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly ctx: RequestContext,
    private readonly plan: StreamPlan<Payload>,
  ) {
    this.organizationId = organizationOf(ctx);
    this.position = plan.since ?? undefined;
    // Reject a malformed cursor immediately, not with the first event.
    if (this.position !== undefined) isLater(this.position, this.position);
    this.behind = this.position !== undefined;
    this.forgetful = this.behind && this.tellsStates;
    this.standingDue = plan.standing !== undefined;
    this.ends = plan.types.map((type) => ctx.bus.subscribe(type, (event) => this.hear(event)));
    if (plan.standing) {
      const timer = setInterval(() => this.lookAgain(), plan.standing.everyMs);
      timer.unref();
      this.ends.push(() => clearInterval(timer));
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamItem<Payload>>> {
    while (!this.ended) {
      const payload = this.standingDue ? await this.stand() : await this.step();
      if (payload !== undefined && !this.ended) return { done: false, value: payload };
    }
    return { done: true, value: undefined };
  }

  /** A temporarily unreachable database must not lose an event: retry until it is sent. */
  private async patiently<Result>(work: () => Result | Promise<Result>): Promise<Result | undefined> {
    for (let pause = SHORTEST_RETRY_MS; ; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof PosProError && error.code === 'UNAVAILABLE')) throw error;
        if (!this.ended) await this.sleep(pause);
        if (this.ended) return undefined;
      }
    }
  }

  return(): Promise<IteratorResult<StreamItem<Payload>>> {
    this.ended = true;
    for (const end of this.ends.splice(0)) end();
    this.waiting.clear();
    this.wake?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  private async stand(): Promise<StreamItem<Payload> | undefined> {
    this.standingDue = false;
    const payload = await this.patiently(this.plan.standing!.make);
    return payload === undefined ? undefined : { payload, latestKey: 'standing', lasting: true };
  }

  private lookAgain(): void {
    this.standingDue = true;
    this.wake?.();
  }

  /** Takes one event, or waits for one. Undefined if the caller must check again. */
  private async step(): Promise<StreamItem<Payload> | undefined> {
    const event =
      this.page.shift() ?? (this.behind ? await this.patiently(() => this.readOn()) : this.takeLive());
    if (!event) {
      if (!this.behind && this.waiting.size === 0) await this.sleep();
      return undefined;
    }
    this.position = event.cursor;
    if (!this.concerns(event) || this.isOutdated(event)) return undefined;
    const payload = await this.patiently(() => this.plan.map(event));
    if (payload === undefined) return undefined;
    const { latest = false, standing } = this.plan;
    const latestKey = latest ? this.keyOf(event) : undefined;
    return { payload, latestKey: standing ? 'standing' : latestKey, lasting: standing !== undefined };
  }

  private takeLive(): PublishedEvent | undefined {
    const [first] = this.waiting;
    if (!first) return undefined;
    this.waiting.delete(first[0]);
    return first[1];
  }

  /** Reads the next events from the outbox, until it has reached those that the bus published in the meantime. */
  private async readOn(): Promise<PublishedEvent | undefined> {
    if (this.forgetful) await this.remember();
    const { events } = await readEvents(
      this.ctx.db,
      this.organizationId,
      this.position,
      PAGE,
      this.plan.types,
    );
    if (this.ended) return undefined;
    this.page.push(...events);
    const reached = events.at(-1)?.cursor ?? this.position!;
    this.readTo = reached;
    if (this.firstLive !== undefined && !isLater(this.firstLive, reached)) {
      this.behind = false;
      for (const [key, event] of this.waiting) if (!isLater(event.cursor, reached)) this.waiting.delete(key);
    } else if (events.length === 0) {
      // Published, but not readable yet: neighbouring transactions are still running.
      await this.sleep(this.firstLive === undefined ? undefined : REREAD_MS);
    }
    return this.page.shift();
  }

  /**
   * A reconnecting reader has received earlier states. An older one of the same key may still come after the
   * cursor.
   */
  private async remember(): Promise<void> {
    const newer = await readNewerStates(this.ctx.db, this.organizationId, this.position!, this.plan.types);
    for (const event of newer) if (this.concerns(event)) this.isOutdated(event);
    this.forgetful = false;
  }

  private hear(event: PublishedEvent): void {
    if (event.organizationId !== this.organizationId || this.ended) return;
    this.firstLive ??= event.cursor;
    // The relay may be slower than this read of the outbox.
    const isRead = this.readTo !== undefined && !isLater(event.cursor, this.readTo);
    if (!isRead && this.concerns(event)) this.wait(event);
    this.wake?.();
  }

  private wait(event: PublishedEvent): void {
    const key = this.plan.latest ? this.keyOf(event) : event.cursor;
    const known = this.waiting.get(key);
    if (known && thingOf(known) === thingOf(event) && isNewerState(known.cursor, event.cursor)) return;
    // Removed first, so that waiting events stay in order.
    this.waiting.delete(key);
    this.waiting.set(key, event);
    if (this.waiting.size > MAX_WAITING) this.fallBehind();
  }

  /** The queue is full. The events are in the outbox as well, and are read there from the reader's position. */
  private fallBehind(): void {
    const [oldest] = this.waiting.values();
    this.position ??= before(oldest!.cursor);
    this.behind = true;
    this.firstLive = undefined;
    this.waiting.clear();
  }

  private concerns(event: PublishedEvent): boolean {
    const { branchId, accept } = this.plan;
    return (branchId === undefined || event.branchId === branchId) && (accept?.(event) ?? true);
  }

  /** Whether a later state of the same key was already sent; if not, this one is recorded as sent. */
  private isOutdated(event: PublishedEvent): boolean {
    if (!this.tellsStates) return false;
    const thing = thingOf(event);
    const last = this.told.get(thing);
    if (last !== undefined && isNewerState(last, event.cursor)) return true;
    this.told.delete(thing);
    this.told.set(thing, event.cursor);
    const [oldest] = this.told.size > MAX_TOLD ? this.told.keys() : [];
    if (oldest !== undefined) this.told.delete(oldest);
    return false;
  }

  private get tellsStates(): boolean {
    return this.plan.latest === true || this.plan.states === true;
  }

  private keyOf(event: PublishedEvent): string {
    return this.plan.keyOf?.(event) ?? thingOf(event);
  }

  /** Waits for a signal, or at most for the given milliseconds. */
  private async sleep(atMost?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (atMost !== undefined) timer = setTimeout(resolve, atMost).unref();
    });
    clearTimeout(timer);
    this.wake = undefined;
  }
}

/** The subject of an event: its events describe one row, which each of their transactions had locked. */
function thingOf({ type, key }: PublishedEvent): string {
  return `${type}:${key}`;
}

/** The position just before an event. */
function before(cursor: string): string {
  const [xid, sequence] = cursor.split('-');
  return `${xid}-${Number(sequence) - 1}`;
}
