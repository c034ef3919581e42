/** The clocks of a ticket: deadlines, pauses, breaches and escalations. Pure. */
import type { TicketRow } from '../tables.generated';
import { isRunning } from '../tickets/ticket-states.rules';
import { addBusinessTime, businessTimeBetween, type BusinessCalendar } from './business-time.rules';
import type { SlaEscalation, SlaMetric, SlaTarget } from './sla-model';

const METRICS: readonly SlaMetric[] = ['first_response', 'next_response', 'resolution'];

/** The terms of a ticket: its branch's hours, and its policy's targets; no targets without a policy. */
export interface SlaTerms {
  readonly policyId: string | null;
  readonly targets: readonly SlaTarget[];
  readonly escalations: readonly SlaEscalation[];
  readonly calendar: BusinessCalendar;
}

/** The columns from which the clocks follow. */
export type TicketClock = Pick<
  TicketRow,
  | 'status'
  | 'priority'
  | 'createdAt'
  | 'awaitingSince'
  | 'firstResponseDueAt'
  | 'firstRespondedAt'
  | 'resolutionDueAt'
  | 'consumedMs'
  | 'clockFrom'
>;

/** The deadlines of a ticket. */
export type Deadlines = Pick<
  TicketRow,
  'slaPolicyId' | 'firstResponseDueAt' | 'nextResponseDueAt' | 'resolutionDueAt'
>;

const MINUTE_MS = 60_000;

/** Business time of the resolution at a moment, in milliseconds. The clock runs while the ticket waits for the staff. */
export function consumedAt(clock: TicketClock, calendar: BusinessCalendar, now: Date): number {
  return (
    clock.consumedMs + (isRunning(clock.status) ? businessTimeBetween(calendar, clock.clockFrom, now) : 0)
  );
}

/** The clock with everything until a moment in `consumedMs`. A later change of the terms does not change what has passed. */
function settledClock(
  clock: TicketClock,
  calendar: BusinessCalendar,
  now: Date,
): Pick<TicketRow, 'consumedMs' | 'clockFrom'> {
  const clockFrom = now > clock.clockFrom ? now : clock.clockFrom;
  return { consumedMs: consumedAt(clock, calendar, now), clockFrom };
}

/** The deadlines of a ticket by its present terms. */
export function deadlinesOf(clock: TicketClock, terms: SlaTerms): Deadlines {
  const { firstResponseDueAt, firstRespondedAt, resolutionDueAt, clockFrom } = clock;
  const due = (metric: SlaMetric) => momentOf(clock, terms, metric, 100)?.at ?? null;
  const resolution = due('resolution');
  // A deadline that has passed stays where it was.
  const isOverdue = resolution?.getTime() === clockFrom.getTime() && resolutionDueAt !== null;
  return {
    slaPolicyId: terms.policyId,
    // A response that was given had the deadline of its time.
    firstResponseDueAt: firstRespondedAt ? firstResponseDueAt : due('first_response'),
    nextResponseDueAt: due('next_response'),
    resolutionDueAt: isOverdue && resolutionDueAt < clockFrom ? resolutionDueAt : resolution,
  };
}

/**
 * The columns of a ticket's clocks after a change. Time that has passed is counted by the terms before, later time by those after.
 * @param before the ticket before the change.
 * @param after the ticket with the change.
 */
export function changedClock(
  before: TicketRow,
  after: TicketRow,
  terms: { readonly before: SlaTerms; readonly after: SlaTerms },
  now: Date,
): Deadlines & Pick<TicketRow, 'consumedMs' | 'clockFrom' | 'pausedAt'> {
  const isAffected =
    before.status !== after.status ||
    before.priority !== after.priority ||
    JSON.stringify(calendarKey(terms.before)) !== JSON.stringify(calendarKey(terms.after));
  const clock = isAffected
    ? settledClock(before, terms.before.calendar, now)
    : { consumedMs: before.consumedMs, clockFrom: before.clockFrom };
  const pausedAt = isRunning(after.status) ? null : (before.pausedAt ?? now);
  return { ...clock, pausedAt, ...deadlinesOf({ ...after, ...clock }, terms.after) };
}

/** The terms as a value that can be compared. */
function calendarKey({ policyId, targets, calendar }: SlaTerms): unknown {
  if (calendar === 'always') return [policyId, targets, calendar];
  return [policyId, targets, calendar.timeZone, calendar.week, [...calendar.holidays]];
}

/** A moment at which a part of a target has passed. */
export interface SlaMoment {
  readonly metric: SlaMetric;
  readonly percent: number;
  /** The beginning of the wait. */
  readonly since: Date;
  readonly at: Date;
  /** The step to take; undefined for the target itself, which is then missed. */
  readonly escalation: SlaEscalation | undefined;
}

/** The moments of all targets and escalations that a ticket can still reach, the earliest first. */
export function slaMoments(clock: TicketClock, terms: SlaTerms): SlaMoment[] {
  const steps = [
    ...METRICS.map((metric) => ({ metric, percent: 100, escalation: undefined })),
    ...terms.escalations.map((escalation) => ({ ...escalation, escalation })),
  ];
  return steps
    .flatMap(({ metric, percent, escalation }) => {
      const moment = momentOf(clock, terms, metric, percent);
      return moment ? [{ metric, percent, escalation, ...moment }] : [];
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

function momentOf(
  clock: TicketClock,
  { targets, calendar }: SlaTerms,
  metric: SlaMetric,
  percent: number,
): { since: Date; at: Date } | undefined {
  const target = targets.find(({ priority }) => priority === clock.priority);
  const minutes = target && minutesOfTarget(target, metric);
  const since = sinceOf(clock, metric);
  if (minutes == null || !since) return undefined;
  const targetMs = (minutes * MINUTE_MS * percent) / 100;
  const at =
    metric === 'resolution'
      ? addBusinessTime(calendar, clock.clockFrom, targetMs - clock.consumedMs)
      : addBusinessTime(calendar, since, targetMs);
  return at ? { since, at } : undefined;
}

function minutesOfTarget(target: SlaTarget, metric: SlaMetric): number | null {
  if (metric === 'first_response') return target.firstResponseMinutes;
  return metric === 'next_response' ? target.nextResponseMinutes : target.resolutionMinutes;
}

/** The beginning of a wait that has not ended; null if there is none. */
function sinceOf(clock: TicketClock, metric: SlaMetric): Date | null {
  const { status, createdAt, firstRespondedAt, awaitingSince } = clock;
  if (status === 'resolved' || status === 'closed') return null;
  if (metric === 'first_response') return firstRespondedAt ? null : createdAt;
  if (metric === 'next_response') return firstRespondedAt ? awaitingSince : null;
  return isRunning(status) ? createdAt : null;
}
