/** The public events of support. They have no text of a ticket, which would outlive the erasure of its customer. */
import { publicEvent } from '#kernel/events/public-event';
import type { TicketChangeKind } from './inputs.generated';
import type { SlaMetric } from './sla/sla-model';
import type { TicketRow } from './tables.generated';

const READERS = ['support:read'] as const;

/** A ticket was created or changed, or has another message. */
export const ticketChanged = publicEvent<
  { ticketId: string; number: string; change: TicketChangeKind } & Pick<
    TicketRow,
    'status' | 'priority' | 'queueId' | 'assigneeId'
  >
>('ticket.changed', READERS);

interface MissedMoment {
  ticketId: string;
  number: string;
  metric: SlaMetric;
  dueAt: string;
}

/** A target of a ticket was missed. */
export const ticketBreached = publicEvent<MissedMoment>('ticket.breached', READERS);

/** A step of escalation was taken. */
export const ticketEscalated = publicEvent<MissedMoment & { percent: number }>('ticket.escalated', READERS);

interface NamedChange {
  name: string;
  change: 'created' | 'updated' | 'deleted';
}

/** A queue of tickets was created, changed or deleted. */
export const ticketQueueChanged = publicEvent<NamedChange>('ticket_queue.changed', READERS);

/** A canned answer was created, changed or deleted. */
export const cannedAnswerChanged = publicEvent<NamedChange>('canned_answer.changed', READERS);

/** A service level was created, changed or deleted. */
export const slaPolicyChanged = publicEvent<NamedChange>('sla_policy.changed', READERS);

/** The business hours or the holidays of a branch changed; null for all branches. */
export const businessHoursChanged = publicEvent<{ branchId: string | null }>(
  'business_hours.changed',
  READERS,
);

export const SUPPORT_EVENTS = [
  ticketChanged,
  ticketBreached,
  ticketEscalated,
  ticketQueueChanged,
  cannedAnswerChanged,
  slaPolicyChanged,
  businessHoursChanged,
];
