/** Checks of the settings of a loyalty program, and of its tiers. */
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { amountErrors, rangeErrors } from '#kernel/validation';
import type { LoyaltyProgramRow, LoyaltyTierRow } from '../tables.generated';
import { MAX_POINTS } from './points.rules';

/** Lowest and highest value of each number. */
const RANGES = {
  holdDays: [0, 365],
  minimumRedeem: [1, MAX_POINTS],
  birthdayPoints: [0, MAX_POINTS],
  tierMonths: [1, 60],
} as const;
const MAX_EXPIRY_DAYS = 3_660;

type Settings = Pick<
  LoyaltyProgramRow,
  keyof typeof RANGES | 'earnRate' | 'pointValue' | 'expiryDays' | 'maximumPercent'
>;

/** The errors of the settings of a program. */
export function programErrors(program: Settings): FieldError[] {
  const { earnRate, pointValue, expiryDays, holdDays, maximumPercent } = program;
  const expiry =
    expiryDays === null ? [] : rangeErrors('expiryDays', expiryDays, holdDays + 1, MAX_EXPIRY_DAYS);
  return [
    ...decimalErrors('earnRate', earnRate, { min: 0, max: 10_000, places: 4 }),
    ...decimalErrors('pointValue', pointValue, { min: '0.000001', max: 10_000, places: 6 }),
    ...decimalErrors('maximumPercent', maximumPercent, { min: '0.01', max: 100, places: 2 }),
    ...Object.entries(RANGES).flatMap(([name, [min, max]]) =>
      rangeErrors(name, program[name as keyof typeof RANGES], min, max),
    ),
    ...expiry,
  ];
}

/** The errors of a tier, apart from its name. */
export function tierErrors(
  { threshold, upkeep, multiplier }: Pick<LoyaltyTierRow, 'threshold' | 'upkeep' | 'multiplier'>,
  currency: string,
): FieldError[] {
  const message = 'Must not be above the threshold.';
  return [
    ...amountErrors('threshold', threshold, currency, 'not_negative'),
    ...amountErrors('upkeep', upkeep, currency, 'not_negative'),
    ...(upkeep.greaterThan(threshold) ? [{ field: 'upkeep', message, code: 'OUT_OF_RANGE' }] : []),
    ...decimalErrors('multiplier', multiplier, { min: '0.001', max: 100, places: 3 }),
  ];
}

/** The errors of a number of points that a person grants or redeems. */
export function pointsErrors(points: number): FieldError[] {
  return rangeErrors('points', points, 1, MAX_POINTS);
}

function decimalErrors(
  field: string,
  value: Decimal,
  { min, max, places }: { min: number | string; max: number; places: number },
): FieldError[] {
  const errors = rangeErrors(field, value, min, max);
  if (errors.length > 0 || value.decimalPlaces() <= places) return errors;
  return [{ field, message: `Must have ${places} decimal places at most.`, code: 'PRECISION' }];
}
