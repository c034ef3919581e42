/**
 * Equal subscriptions share one upstream and one execution per event: what a hundred tills of a shop watch costs as much as what
 * one of them watches, and only the sending is done for each.
 */
import type { ExecutionResult } from 'graphql';
import { randomUUID } from 'node:crypto';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '#kernel/auth/actor';
import { canonicalJson } from '#kernel/canonical-json.rules';
import { createContext, type RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { GraphRequest } from '#kernel/graph/executor';
import type { Stream } from '#kernel/graph/event-stream';
import type { SubscriptionEvent } from '../executor';
import { maskError } from '../executor/mask-errors';
import { ClientQueue } from './client-queue';

/** Between the attempts to make an answer for which something was away: 12 seconds together. */
const RETRY_AFTER_MS = [100, 400, 1_500, 4_000, 6_000];

type Opener = (request: GraphRequest) => Promise<Stream<SubscriptionEvent> | ExecutionResult>;
type Queue = ClientQueue<ExecutionResult>;

/** What the live part counts, for metrics and tests. */
export interface LiveCounts {
  /** Upstreams that are open at this moment. */
  upstreams: number;
  /** Subscribers of all upstreams at this moment. */
  subscribers: number;
  /** Executions since the start, one per event and upstream. */
  executions: number;
  /** Subscribers that were dropped since the start because they read too slowly. */
  dropped: number;
}

export interface SubscribeOptions {
  /** Whether the subscription begins in the past, at a place of its own: then there is nothing to share. */
  readonly resumes: boolean;
  /** Called once, where the subscriber reads too slowly. */
  readonly onOverflow: () => void;
}

interface Group {
  readonly queues: Set<Queue>;
  readonly opened: Promise<Stream<SubscriptionEvent> | ExecutionResult>;
  /** How things stand, where the subscription tells that: for those who join later. */
  last: ExecutionResult | undefined;
}

export class SharedSubscriptions {
  readonly counts: LiveCounts = { upstreams: 0, subscribers: 0, executions: 0, dropped: 0 };
  private readonly groups = new Map<string, Group>();

  constructor(private readonly open: Opener) {}

  /** Joins the equal subscription that is running, or opens one. A result is the refusal. */
  async subscribe(
    request: GraphRequest,
    options: SubscribeOptions,
  ): Promise<Stream<ExecutionResult> | ExecutionResult> {
    const key = options.resumes ? randomUUID() : keyOf(request);
    let group = this.groups.get(key);
    if (!group) {
      group = { queues: new Set(), opened: this.open(request), last: undefined };
      this.groups.set(key, group);
      void this.run(key, group, request);
    }
    const queue = this.join(key, group, options);
    const opened = await group.opened;
    if (Symbol.asyncIterator in opened) return queue;
    await queue.return();
    return opened;
  }

  private join(key: string, group: Group, { onOverflow }: SubscribeOptions): Queue {
    const leave = () => {
      if (!group.queues.delete(queue)) return;
      this.counts.subscribers -= 1;
      if (group.queues.size === 0) this.close(key, group);
    };
    const queue: Queue = new ClientQueue(() => {
      this.counts.dropped += 1;
      leave();
      onOverflow();
    }, leave);
    group.queues.add(queue);
    this.counts.subscribers += 1;
    if (group.last) queue.push(group.last, 'standing');
    return queue;
  }

  private close(key: string, group: Group): void {
    if (this.groups.get(key) === group) this.groups.delete(key);
    void group.opened.then((opened) => (Symbol.asyncIterator in opened ? opened.return() : undefined));
  }

  /** Takes each event, makes the answer once, and gives it to everybody. */
  private async run(key: string, group: Group, request: GraphRequest): Promise<void> {
    const opened = await group.opened;
    if (!(Symbol.asyncIterator in opened)) {
      if (this.groups.get(key) === group) this.groups.delete(key);
      return;
    }
    this.counts.upstreams += 1;
    let failure: Error | undefined;
    try {
      for (let next = await opened.next(); !next.done; next = await opened.next())
        await this.tell(group, next.value, request);
    } catch (error) {
      failure = maskError(error, request.context, 'subscription');
      await opened.return();
    }
    this.counts.upstreams -= 1;
    if (this.groups.get(key) === group) this.groups.delete(key);
    for (const queue of group.queues) queue.end(failure);
    // What still waits is given out, but nobody listens any more.
    this.counts.subscribers -= group.queues.size;
    group.queues.clear();
  }

  /**
   * The answer to an event. An event that is told without its fields is lost to those who hear it, so the fields are asked for again
   * while the database is away.
   * @throws PosProError UNAVAILABLE where it stays away: the subscription ends, and its clients go on from their cursors.
   */
  private async answer(
    group: Group,
    event: SubscriptionEvent,
    context: RequestContext,
  ): Promise<ExecutionResult> {
    for (const pause of [...RETRY_AFTER_MS, undefined]) {
      this.counts.executions += 1;
      // Loaders remember what they have read, so each event gets a context of its own.
      const result = await event.execute(freshContext(context));
      if (!isUnavailable(result) || group.queues.size === 0) return result;
      if (pause !== undefined) await sleep(pause, undefined, { ref: false });
    }
    throw new PosProError(
      'UNAVAILABLE',
      'The data of an event cannot be read. Subscribe again with the last cursor.',
    );
  }

  private async tell(group: Group, event: SubscriptionEvent, { context }: GraphRequest): Promise<void> {
    const result = await this.answer(group, event, context);
    if (event.lasting) group.last = result;
    for (const queue of [...group.queues]) queue.push(result, event.latestKey);
    // Sockets are written to between two events; otherwise a burst would look like slow clients.
    await breathe();
  }
}

function isUnavailable({ errors }: ExecutionResult): boolean {
  return errors?.some(({ extensions }) => extensions.code === 'UNAVAILABLE') ?? false;
}

function freshContext(context: RequestContext): RequestContext {
  return createContext(context, context.actor, context.request);
}

/** What two subscriptions must have in common to be one: whatever may make a difference to any field of the answer. */
function keyOf({ documentKey, operationName, variables, context }: GraphRequest): string {
  const { adminIpAllow } = context.config;
  const address = adminIpAllow.length > 0 ? context.request.address : '';
  return canonicalJson([documentKey, operationName, variables ?? {}, actorKey(context.actor), address]);
}

function actorKey(actor: Actor): unknown {
  if (actor.kind === 'anonymous') return [];
  const { organizationId, branchId } = actor;
  return actor.kind === 'system'
    ? [organizationId, branchId]
    : [organizationId, branchId, actor.kind, actor.role, [...actor.scopes].sort()];
}
