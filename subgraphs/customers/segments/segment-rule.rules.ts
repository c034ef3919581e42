/** The rule of a segment, and its checks. Pure. */
import { isCountry, NOT_A_COUNTRY } from '#kernel/countries.rules';
import { FieldErrors, textErrors } from '#kernel/validation';
import type { ConsentPurpose } from '../inputs.generated';

/** Conditions, all of which must hold. A list holds if one of its values does; an omitted or empty condition always holds. */
export interface SegmentRule {
  /** Groups, of which the customer is in one. */
  readonly groupIds?: readonly string[] | null;
  /** Groups, of which the customer is in none. */
  readonly notGroupIds?: readonly string[] | null;
  readonly tags?: readonly string[] | null;
  readonly notTags?: readonly string[] | null;
  /** Purposes, to each of which the customer agreed. */
  readonly consents?: readonly ConsentPurpose[] | null;
  /** Countries of an address, ISO 3166-1 alpha-2. */
  readonly countries?: readonly string[] | null;
  /** The customer was created within so many days before now. */
  readonly newWithinDays?: number | null;
  readonly hasEmail?: boolean | null;
  readonly hasPhone?: boolean | null;
  readonly hasCard?: boolean | null;
  /** Whether sales on account are permitted. */
  readonly hasCredit?: boolean | null;
}

const MAX_VALUES = 50;
const MAX_DAYS = 3_660;
const LISTS = ['groupIds', 'notGroupIds', 'tags', 'notTags', 'consents', 'countries'] as const;

/** The rule as it is stored: conditions that say something, the countries in capitals. @throws PosProError 422 by field. */
export function checkedRule(rule: SegmentRule): SegmentRule {
  const errors = new FieldErrors();
  for (const field of LISTS) {
    const values = rule[field] ?? [];
    if (values.length > MAX_VALUES)
      errors.add(`rule.${field}`, `Must have at most ${MAX_VALUES} values.`, 'TOO_MANY');
  }
  for (const field of ['tags', 'notTags'] as const)
    (rule[field] ?? []).forEach((tag, index) =>
      errors.take(textErrors(`rule.${field}.${index}`, tag, { min: 1, max: 50 })),
    );
  (rule.countries ?? []).forEach((country, index) => {
    if (!isCountry(country)) errors.add(`rule.countries.${index}`, NOT_A_COUNTRY);
  });
  const days = rule.newWithinDays;
  if (days != null && (days < 1 || days > MAX_DAYS))
    errors.add('rule.newWithinDays', `Must be 1 to ${MAX_DAYS}.`);
  errors.throwIfAny();
  const countries = rule.countries?.map((country) => country.toUpperCase());
  const said = Object.entries({ ...rule, countries }).filter(
    ([, value]) => value != null && !(Array.isArray(value) && value.length === 0),
  );
  if (said.length === 0) errors.add('rule', 'Must have at least one condition.', 'REQUIRED');
  errors.throwIfAny();
  return Object.fromEntries(said);
}
