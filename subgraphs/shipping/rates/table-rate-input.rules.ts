/** Checks of a rate in the input. */
import { cleanName } from '#kernel/clean-text.rules';
import { withoutNull } from '#kernel/collections';
import { FieldErrors, amountErrors, nameErrors, rangeErrors } from '#kernel/validation';
import type { RateBandInput, UpdateShippingRateInput } from '../inputs.generated';
import type { TableRateRow } from '../tables.generated';
import type { RateBand } from './rate-band';

/** The columns of a rate that people edit. */
export type RateTerms = Omit<
  TableRateRow,
  'id' | 'organizationId' | 'zoneId' | 'createdAt' | 'updatedAt' | 'version'
>;

const MAX_BANDS = 100;
const CODE = /^[A-Za-z0-9_-]{1,50}$/;

/** The terms of a rate after changes; omitted fields keep their values. @throws PosProError 422 by field. */
export function changedTerms(before: RateTerms, input: UpdateShippingRateInput, currency: string): RateTerms {
  const errors = new FieldErrors();
  const { bands, name, code, ...fields } = input;
  const after: RateTerms = {
    ...before,
    ...optionalTerms(before, fields),
    ...withoutNull({ basis: fields.basis, units: fields.units, enabled: fields.enabled }),
    roundDimensions: fields.roundDimensions ?? before.roundDimensions,
    code: code?.trim() ?? before.code,
    name: cleanName(name ?? before.name),
    bands: bands ? checkedBands(errors, bands, currency) : before.bands,
  };
  const { freeFrom, divisor, weightStep } = input;
  errors.take(nameErrors('name', after.name, { min: 1, max: 100 }));
  if (!CODE.test(after.code))
    errors.add('code', 'Must have 1 to 50 letters, digits, hyphens and underscores.');
  if (freeFrom != null) errors.take(amountErrors('freeFrom', freeFrom, currency, 'not_negative'));
  for (const [field, value] of Object.entries({ divisor, weightStep })) {
    if (value == null) continue;
    errors.take(rangeErrors(field, value, '0.001', 100_000));
    if (value.decimalPlaces() > 3) errors.add(field, 'Must have at most 3 decimal places.', 'PLACES');
  }
  errors.take(dayErrors(after));
  errors.throwIfAny();
  return after;
}

type OptionalTerms = Pick<RateTerms, 'freeFrom' | 'divisor' | 'weightStep' | 'minDays' | 'maxDays'>;

/** The terms that null clears. */
function optionalTerms(before: OptionalTerms, input: UpdateShippingRateInput): OptionalTerms {
  const { freeFrom, divisor, weightStep, minDays, maxDays } = input;
  return {
    freeFrom: freeFrom === undefined ? before.freeFrom : freeFrom,
    divisor: divisor === undefined ? before.divisor : divisor,
    weightStep: weightStep === undefined ? before.weightStep : weightStep,
    minDays: minDays === undefined ? before.minDays : minDays,
    maxDays: maxDays === undefined ? before.maxDays : maxDays,
  };
}

function dayErrors({ minDays, maxDays }: Pick<RateTerms, 'minDays' | 'maxDays'>) {
  if ((minDays === null) !== (maxDays === null))
    return [{ field: 'maxDays', message: 'Give both numbers of days, or none.', code: 'REQUIRED' }];
  if (minDays === null || maxDays === null) return [];
  return [...rangeErrors('minDays', minDays, 0, 365), ...rangeErrors('maxDays', maxDays, minDays, 365)];
}

function checkedBands(errors: FieldErrors, bands: readonly RateBandInput[], currency: string): RateBand[] {
  if (bands.length < 1 || bands.length > MAX_BANDS)
    errors.add('bands', `A rate has 1 to ${MAX_BANDS} bands.`, 'LENGTH');
  bands.forEach(({ upTo, price }, index) => {
    const before = bands[index - 1]?.upTo;
    errors.take(amountErrors(`bands.${index}.price`, price, currency, 'not_negative'));
    const field = `bands.${index}.upTo`;
    if (upTo == null) {
      if (index < bands.length - 1) errors.add(field, 'Only the last band may have no limit.', 'REQUIRED');
    } else if (!upTo.greaterThan(before ?? 0))
      errors.add(field, 'Limits must be above zero and ascend.', 'OUT_OF_RANGE');
  });
  return bands.map(({ upTo, price }) => ({ upTo: upTo?.toFixed() ?? null, price: price.toFixed() }));
}
