/** Checks of service levels and business hours. Pure. */
import { WEEKDAYS } from '#kernel/business-day.rules';
import { rangeErrors, type FieldErrors } from '#kernel/validation';
import type { BusinessWindowInput, SlaEscalationInput, SlaTargetInput } from '../inputs.generated';
import { minutesOf, type BusinessWindow } from './business-time.rules';
import type { SlaEscalation, SlaTarget } from './sla-model';

/** A year. */
const MAX_MINUTES = 525_600;
const MAX_ESCALATIONS = 20;
const MAX_PERCENT = 500;
const MAX_WINDOWS = 50;

/** The targets as they are stored. */
export function checkedTargets(errors: FieldErrors, targets: readonly SlaTargetInput[]): SlaTarget[] {
  const seen = new Set<string>();
  return targets.map((target, index) => {
    const { priority, firstResponseMinutes, nextResponseMinutes, resolutionMinutes } = target;
    const minutes = { firstResponseMinutes, nextResponseMinutes, resolutionMinutes };
    for (const [field, value] of Object.entries(minutes))
      if (value != null) errors.take(rangeErrors(`targets.${index}.${field}`, value, 1, MAX_MINUTES));
    if (seen.has(priority)) errors.add(`targets.${index}.priority`, 'Name each priority once.', 'DUPLICATE');
    seen.add(priority);
    return {
      priority,
      firstResponseMinutes: firstResponseMinutes ?? null,
      nextResponseMinutes: nextResponseMinutes ?? null,
      resolutionMinutes: resolutionMinutes ?? null,
    };
  });
}

/** The escalations as they are stored. Whether their users and queues exist is checked elsewhere. */
export function checkedEscalations(
  errors: FieldErrors,
  escalations: readonly SlaEscalationInput[],
): SlaEscalation[] {
  if (escalations.length > MAX_ESCALATIONS)
    errors.add('escalations', `Name at most ${MAX_ESCALATIONS}.`, 'LENGTH');
  const seen = new Set<string>();
  return escalations.map(({ metric, percent, assigneeId, queueId, priority }, index) => {
    errors.take(rangeErrors(`escalations.${index}.percent`, percent, 1, MAX_PERCENT));
    if (seen.has(`${metric} ${percent}`))
      errors.add(`escalations.${index}.percent`, 'Name each step of a clock once.', 'DUPLICATE');
    seen.add(`${metric} ${percent}`);
    return {
      metric,
      percent,
      assigneeId: assigneeId?.toLowerCase() ?? null,
      queueId: queueId?.toLowerCase() ?? null,
      priority: priority ?? null,
    };
  });
}

const FROM = /^([01]\d|2[0-3]):[0-5]\d$/;
const TO = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** The windows as they are stored: weekdays in their order, each once. */
export function checkedWindows(
  errors: FieldErrors,
  windows: readonly BusinessWindowInput[],
): BusinessWindow[] {
  if (windows.length > MAX_WINDOWS) errors.add('windows', `Name at most ${MAX_WINDOWS}.`, 'LENGTH');
  return windows.map(({ weekdays, from, to }, index) => {
    const field = (name: string) => `windows.${index}.${name}`;
    if (weekdays.length === 0) errors.add(field('weekdays'), 'Name at least one.', 'REQUIRED');
    if (!FROM.test(from)) errors.add(field('from'), 'Must be a time, 00:00 to 23:59.');
    if (!TO.test(to)) errors.add(field('to'), 'Must be a time, 00:01 to 24:00.');
    else if (FROM.test(from) && minutesOf(to) <= minutesOf(from))
      errors.add(field('to'), 'Must be later than from.', 'RANGE');
    return { weekdays: WEEKDAYS.filter((day) => weekdays.includes(day)), from, to };
  });
}
