/** The public events of analytics and finance. */
import { publicEvent, type PublicEventType } from '#kernel/events/public-event';

/** A filing period was closed. */
export const taxPeriodClosed = publicEvent<{ number: number; from: string; to: string; hash: string }>(
  'tax_period.closed',
  ['finance:read'],
);

export const ANALYTICS_EVENTS: readonly PublicEventType[] = [taxPeriodClosed];
