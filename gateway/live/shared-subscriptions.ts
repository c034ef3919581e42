/**
 * Equal subscriptions share one upstream and one execution per event: a hundred equal subscriptions cost as
 * much as one, except for sending.
 */
import type { ExecutionResult } from 'graphql';
import { randomUUID } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Actor } from '#kernel/auth/actor';
import { canonicalJson } from '#kernel/canonical-json.rules';
import type { GraphRequest } from '#kernel/graph/executor';
import type { Stream } from '#kernel/graph/event-stream';
import type { SubscriptionEvent } from '../executor';
import { maskError } from '../executor/mask-errors';
import { ClientQueue } from './client-queue';
import { patientAnswer } from './patient-answer';

type Opener = (request: GraphRequest) => Promise<Stream<SubscriptionEvent> | ExecutionResult>;
type Queue = ClientQueue<ExecutionResult>;

/** The counts of subscriptions, for metrics and tests. */
export interface LiveCounts {
  /** Number of open upstreams. */
  upstreams: number;
  /** Number of subscribers of open upstreams: each of them gets every event from now on. */
  subscribers: number;
  /** Number of executions since the start, one per event and upstream. */
  executions: number;
  /** Number of slow subscribers disconnected since the start. */
  dropped: number;
}

export interface SubscribeOptions {
  /** Whether the subscription starts from its own cursor in the past: then it cannot be shared. */
  readonly resumes: boolean;
  /** Called once, if the subscriber reads too slowly. */
  readonly onOverflow: () => void;
}

interface Group {
  readonly queues: Set<Queue>;
  readonly opened: Promise<Stream<SubscriptionEvent> | ExecutionResult>;
  /** The snapshot, if the subscription has one: for later subscribers. */
  last: ExecutionResult | undefined;
}

export class SharedSubscriptions {
  private readonly groups = new Map<string, Group>();
  /** The groups whose upstream is open. A group that is still being opened would miss an event. */
  private readonly listening = new Set<Group>();
  private executions = 0;
  private dropped = 0;

  constructor(private readonly open: Opener) {}

  counts(): LiveCounts {
    const { executions, dropped } = this;
    let subscribers = 0;
    for (const { queues } of this.listening) subscribers += queues.size;
    return { upstreams: this.listening.size, subscribers, executions, dropped };
  }

  /** Joins an equal running subscription, or opens one. A result means an error. */
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
      if (group.queues.delete(queue) && group.queues.size === 0) this.close(key, group);
    };
    const queue: Queue = new ClientQueue(() => {
      this.dropped += 1;
      leave();
      onOverflow();
    }, leave);
    group.queues.add(queue);
    if (group.last) queue.push(group.last, 'standing');
    return queue;
  }

  private close(key: string, group: Group): void {
    if (this.groups.get(key) === group) this.groups.delete(key);
    void group.opened.then((opened) => (Symbol.asyncIterator in opened ? opened.return() : undefined));
  }

  /** Reads each event, makes the answer once, and sends it to all subscribers. */
  private async run(key: string, group: Group, request: GraphRequest): Promise<void> {
    const opened = await group.opened;
    if (!(Symbol.asyncIterator in opened)) {
      if (this.groups.get(key) === group) this.groups.delete(key);
      return;
    }
    this.listening.add(group);
    let failure: Error | undefined;
    try {
      for (let next = await opened.next(); !next.done; next = await opened.next())
        await this.tell(group, next.value, request);
    } catch (error) {
      failure = maskError(error, request.context, 'subscription');
      await opened.return();
    }
    this.listening.delete(group);
    if (this.groups.get(key) === group) this.groups.delete(key);
    for (const queue of group.queues) queue.end(failure);
    // Waiting answers are still delivered, but there are no subscribers any more.
    group.queues.clear();
  }

  private async tell(group: Group, event: SubscriptionEvent, { context }: GraphRequest): Promise<void> {
    const result = await patientAnswer(event, context, {
      isNeeded: () => group.queues.size > 0,
      onAttempt: () => (this.executions += 1),
    });
    if (event.lasting) group.last = result;
    for (const queue of [...group.queues]) queue.push(result, event.latestKey);
    // Sockets are written between two events; otherwise clients would seem slow in a burst.
    await breathe();
  }
}

/** The key of equal subscriptions: everything that may affect any field of the answer. */
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
