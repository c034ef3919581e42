/** The terms of a service level, as they are stored. */

/** A clock of a ticket. */
export type SlaMetric = 'first_response' | 'next_response' | 'resolution';

type Priority = 'low' | 'normal' | 'high' | 'urgent';

/** Targets for the tickets of one priority, in minutes; null for none. */
export interface SlaTarget {
  readonly priority: Priority;
  readonly firstResponseMinutes: number | null;
  readonly nextResponseMinutes: number | null;
  readonly resolutionMinutes: number | null;
}

/** A step that is taken when a part of a target has passed: below 100 percent a warning, above a reminder. */
export interface SlaEscalation {
  readonly metric: SlaMetric;
  /** 1 to 500. */
  readonly percent: number;
  /** The user who gets the ticket; null for no change. */
  readonly assigneeId: string | null;
  /** The queue that gets the ticket; null for no change. */
  readonly queueId: string | null;
  /** The priority that the ticket gets; null for no change. */
  readonly priority: Priority | null;
}
