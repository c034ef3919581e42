import type { RequestContext } from '#kernel/context';
import type { PublishedEvent } from '#kernel/events/bus';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { ticketChanged } from '../events';
import type { SubscriptionTicketChangedArgs, TicketChangeKind } from '../inputs.generated';
import type { TicketRow } from '../tables.generated';

/** A change of a ticket. */
export interface TicketChange extends Pick<TicketRow, 'status' | 'priority' | 'queueId' | 'assigneeId'> {
  /** Cursor to continue after this change. */
  readonly cursor: string;
  readonly at: Date;
  readonly ticketId: string;
  readonly number: string;
  readonly change: TicketChangeKind;
}

/** Tickets as they change. @throws PosProError 400 for a bad cursor. */
export function ticketChanges(
  ctx: RequestContext,
  { ticketId, assigneeId, queueId, since }: SubscriptionTicketChangedArgs,
): Stream<StreamItem<TicketChange>> {
  const isSame = (id: string | null | undefined, value: unknown) => id == null || id.toLowerCase() === value;
  return eventStream(ctx, {
    types: [ticketChanged.type],
    since,
    accept: ({ key, payload }) =>
      isSame(ticketId, key) && isSame(assigneeId, payload.assigneeId) && isSame(queueId, payload.queueId),
    map: changeOf,
  });
}

function changeOf({ cursor, at, key, payload }: PublishedEvent): TicketChange {
  const { number, status, priority, queueId, assigneeId, change } = payload as unknown as Omit<
    TicketChange,
    'cursor' | 'at' | 'ticketId'
  >;
  return { cursor, at, ticketId: key, number, status, priority, queueId, assigneeId, change };
}
