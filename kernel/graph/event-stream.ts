/**
 * Subscriptions from the side of a domain: a stream of events of the caller's organization, bounded in memory whatever happens, that
 * can begin in the past and goes over into the present without a gap.
 *
 * These are explicit iterators and no async generators: a generator that waits cannot be closed, and would leak its listener.
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

/** One payload on its way to the subscribers. */
export interface StreamItem<Payload> {
  readonly payload: Payload;
  /** Where set, a waiting item with the same key is out of date: only the newest needs to be sent. */
  readonly latestKey: string | undefined;
  /** Whether this says how things stand, so that one who joins later is given it at once. */
  readonly lasting: boolean;
}

/** What a subscription listens to, and what it makes of it. */
export interface StreamPlan<Payload> {
  /** For example `['stock.changed']`. */
  readonly types: readonly string[];
  /** Only events of this branch. */
  readonly branchId?: string | undefined;
  /** The cursor of the last event seen: what came after it is told first. */
  readonly since?: string | null | undefined;
  /** Which of the events count; all where left out. */
  readonly accept?: (event: PublishedEvent) => boolean;
  /** Makes the payload; undefined passes the event over. */
  readonly map: (event: PublishedEvent) => Payload | undefined | Promise<Payload | undefined>;
  /** The events tell how a thing stands: an older one is never told after a newer one of the same key. */
  readonly states?: boolean;
  /** As `states`; and a reader who lags needs only the newest event of each key: it is the level that counts, not the steps. */
  readonly latest?: boolean;
  /** What counts as the same thing for `latest`; the event's own type and key where left out. */
  readonly keyOf?: (event: PublishedEvent) => string;
  /** Told at the beginning and looked at now and then, besides the events: how things stand. Undefined tells nothing. */
  readonly standing?: { readonly everyMs: number; readonly make: () => Promise<Payload | undefined> };
}

/** How many events may wait for the reader. What is more is not lost: it is read from the outbox when the reader comes to it. */
const MAX_WAITING = 1000;
const PAGE = 200;
/** Of how many things it is remembered which state was told last. Transactions overtake each other within moments. */
const MAX_TOLD = 1000;
/** How soon the outbox is looked at again where an event told by the bus cannot be read yet. */
const REREAD_MS = 25;
/** While the database is away, it is asked again after a pause that doubles. */
const SHORTEST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/**
 * The stream of a subscription field. Its listener is there when this returns, and goes with `return()`.
 *
 * @throws PosProError CURSOR_INVALID for a `since` that is no cursor; from `next()` CURSOR_EXPIRED for one that is too old.
 * @example
 * Subscription: { registerChanged: subscription((_, { registerId }, ctx) => eventStream(ctx, { types: ['register.changed'], … })) }
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
  /** What the bus brought and nobody has taken yet, by key where only the newest counts. */
  private readonly waiting = new Map<string, PublishedEvent>();
  private readonly page: PublishedEvent[] = [];
  /** Where states are told: the cursor of the one told last of each thing, the last told at the end. */
  private readonly told = new Map<string, string>();
  /** The cursor of the last event taken. */
  private position: string | undefined;
  /** How far the outbox has been read: what the bus brings of it afterwards is known already. */
  private readTo: string | undefined;
  /** Whether those states are still to be learned that the reader was told of before `since`. */
  private forgetful: boolean;
  /** The first event that the bus brought since the stream last fell behind: up to here the outbox must be read. */
  private firstLive: string | undefined;
  /** Whether events must be read from the outbox before those that the bus brings. */
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
    // A text that is no cursor is told at once, and not with the first event.
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

  /** A database that is away for a moment must not cost the reader an event: the same is tried until it can be told. */
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

  /** Takes one event, or waits for one. Undefined where the caller must look again. */
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

  /** Reads the next events from the outbox, until it has met what the bus has brought in the meantime. */
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
      // Told by the bus, yet not to be read: its transaction's neighbours are still being settled.
      await this.sleep(this.firstLive === undefined ? undefined : REREAD_MS);
    }
    return this.page.shift();
  }

  /** One who comes back knows the states that were told before. An older one of the same thing may still lie behind the cursor. */
  private async remember(): Promise<void> {
    const newer = await readNewerStates(this.ctx.db, this.organizationId, this.position!, this.plan.types);
    for (const event of newer) if (this.concerns(event)) this.isOutdated(event);
    this.forgetful = false;
  }

  private hear(event: PublishedEvent): void {
    if (event.organizationId !== this.organizationId || this.ended) return;
    this.firstLive ??= event.cursor;
    // The relay may be slower than the reader of the outbox.
    const isRead = this.readTo !== undefined && !isLater(event.cursor, this.readTo);
    if (!isRead && this.concerns(event)) this.wait(event);
    this.wake?.();
  }

  private wait(event: PublishedEvent): void {
    const key = this.plan.latest ? this.keyOf(event) : event.cursor;
    const known = this.waiting.get(key);
    if (known && thingOf(known) === thingOf(event) && isNewerState(known.cursor, event.cursor)) return;
    // Taken out first, so that what waits stays in the order of the events.
    this.waiting.delete(key);
    this.waiting.set(key, event);
    if (this.waiting.size > MAX_WAITING) this.fallBehind();
  }

  /** Too much waits. It lies in the outbox as well, and is read there from where the reader stands. */
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

  /** Whether a later state of the same thing has been told already; if not, this one is remembered as told. */
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

  /** Until something happens; or for so many milliseconds at most. */
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

/** What an event is about: one thing's events tell of one row, which each of their transactions had to itself. */
function thingOf({ type, key }: PublishedEvent): string {
  return `${type}:${key}`;
}

/** The place just before an event. */
function before(cursor: string): string {
  const [xid, sequence] = cursor.split('-');
  return `${xid}-${Number(sequence) - 1}`;
}
