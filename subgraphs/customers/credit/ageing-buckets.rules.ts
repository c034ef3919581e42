/** Buckets of days overdue. Pure. */
import { FieldErrors } from '#kernel/validation';

/** Days overdue, both inclusive; without an end in the last bucket. */
export interface AgeingBucket {
  readonly fromDays: number;
  readonly toDays: number | null;
}

/** The last days of the buckets, but for that of the last one. */
const DEFAULT_LAST_DAYS: readonly number[] = [30, 60, 90];
const MAX_BUCKETS = 10;
const MAX_DAYS = 3_660;

/**
 * The buckets of an ageing: day 0, the due date itself, begins the first one.
 *
 * @example
 * ageingBuckets([30, 60]); // 0 to 30, 31 to 60, from 61
 * @throws PosProError 422 for days that do not rise, or are out of range.
 */
export function ageingBuckets(lastDays: readonly number[] = DEFAULT_LAST_DAYS): AgeingBucket[] {
  const errors = new FieldErrors();
  if (lastDays.length > MAX_BUCKETS)
    errors.add('buckets', `Must have at most ${MAX_BUCKETS} days.`, 'TOO_MANY');
  lastDays.forEach((day, index) => {
    if (day < 0 || day > MAX_DAYS || day <= (lastDays[index - 1] ?? -1))
      errors.add(`buckets.${index}`, `Must rise from 0 to at most ${MAX_DAYS}.`);
  });
  errors.throwIfAny();
  const starts = [0, ...lastDays.map((day) => day + 1)];
  return starts.map((fromDays, index) => ({ fromDays, toDays: lastDays[index] ?? null }));
}
