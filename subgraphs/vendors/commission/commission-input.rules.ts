/** Checks of commission rules in the input. */
import { cleanName } from '#kernel/clean-text.rules';
import { type Decimal, ZERO, formatDecimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { amountErrors, rangeErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import type { CreateCommissionRuleInput } from '../inputs.generated';
import type { StoredTier } from '../model';

const MAX_POSITION = 10_000;
const MAX_TIERS = 20;
const MAX_IDS = 1_000;

/** A rule as it is stored, without its position. @throws PosProError 422 by field. */
export function checkedRule(input: CreateCommissionRuleInput, currency: string) {
  const { name, kind, value = null, tiers, base, minimum = null, maximum = null } = input;
  const { validFrom = null, validUntil = null } = input;
  const steps = tiers ?? [];
  throwFieldErrors([
    ...textErrors('name', name, { min: 1, max: 100, lines: false }),
    ...(input.position == null ? [] : rangeErrors('position', input.position, 1, MAX_POSITION)),
    ...valueErrors(kind, value, steps, currency),
    ...tierErrors(steps),
    ...(minimum === null ? [] : amountErrors('minimum', minimum, currency, 'not_negative')),
    ...(maximum === null ? [] : amountErrors('maximum', maximum, currency, 'not_negative')),
    ...orderErrors(
      minimum !== null && maximum !== null && minimum.greaterThan(maximum),
      'maximum',
      'minimum',
    ),
    ...orderErrors(
      validFrom !== null && validUntil !== null && validFrom >= validUntil,
      'validUntil',
      'validFrom',
    ),
    ...idErrors(input),
  ]);
  const idsOf = (ids: readonly string[] | null | undefined) => [
    ...new Set((ids ?? []).map((id) => id.toLowerCase())),
  ];
  return {
    name: cleanName(name),
    kind,
    value,
    tiers: steps.map(({ from, percent }): StoredTier => ({
      from: formatDecimal(from),
      percent: formatDecimal(percent),
    })),
    base: base ?? ('net' as const),
    minimum,
    maximum,
    vendorIds: idsOf(input.vendorIds),
    categoryIds: idsOf(input.categoryIds),
    productIds: idsOf(input.productIds),
    validFrom,
    validUntil,
  };
}

/** A rule has one value, or the tiers of a percentage. */
function valueErrors(
  kind: CreateCommissionRuleInput['kind'],
  value: Decimal | null,
  tiers: readonly object[],
  currency: string,
): FieldError[] {
  if (kind === 'fixed') {
    if (tiers.length > 0)
      return [{ field: 'tiers', message: 'Only a percentage has tiers.', code: 'NOT_PERCENT' }];
    return value === null ? [required()] : amountErrors('value', value, currency, 'not_negative');
  }
  if (tiers.length > 0)
    return value === null
      ? []
      : [{ field: 'value', message: 'Omit the value of a rule with tiers.', code: 'TIERS' }];
  return value === null ? [required()] : percentErrors('value', value);
}

function required(): FieldError {
  return { field: 'value', message: 'A rule needs a value, or tiers.', code: 'REQUIRED' };
}

function percentErrors(field: string, percent: Decimal): FieldError[] {
  if (percent.decimalPlaces() > 4)
    return [{ field, message: 'A percentage has 4 decimal places at most.', code: 'PRECISION' }];
  return rangeErrors(field, percent.toNumber(), 0, 100);
}

function tierErrors(tiers: NonNullable<CreateCommissionRuleInput['tiers']>): FieldError[] {
  if (tiers.length > MAX_TIERS)
    return [{ field: 'tiers', message: `A rule has ${MAX_TIERS} tiers at most.`, code: 'TOO_MANY' }];
  return tiers.flatMap(({ from, percent }, index) => {
    const field = `tiers.${index}`;
    const least = index === 0 ? ZERO : tiers[index - 1]!.from;
    const isPlaced = index === 0 ? from.isZero() : from.greaterThan(least);
    const message = index === 0 ? 'The first tier begins at 0.' : 'Each tier begins above the one before.';
    return [
      ...(isPlaced ? [] : [{ field: `${field}.from`, message, code: 'ORDER' }]),
      ...percentErrors(`${field}.percent`, percent),
    ];
  });
}

function orderErrors(isWrong: boolean, field: string, other: string): FieldError[] {
  return isWrong ? [{ field, message: `Must be above "${other}".`, code: 'RANGE' }] : [];
}

function idErrors({ vendorIds, categoryIds, productIds }: CreateCommissionRuleInput): FieldError[] {
  return Object.entries({ vendorIds, categoryIds, productIds }).flatMap(([field, ids]) =>
    (ids ?? []).length > MAX_IDS ? [{ field, message: `At most ${MAX_IDS} entries.`, code: 'TOO_MANY' }] : [],
  );
}
