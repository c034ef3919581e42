import type { RequestContext } from '#kernel/context';
import { ZERO } from '#kernel/decimal';
import { FieldErrors, amountErrors } from '#kernel/validation';
import { currencyOf } from '#subgraphs/auth/index';
import type { CalculateInstallmentsInput } from './inputs.generated';
import { installmentPlan, type Installment, type InstallmentPlan } from './installments.rules';

/** A plan with the currency in which its amounts are formatted. */
export interface ShownPlan extends InstallmentPlan {
  readonly currency: string;
  readonly schedule: readonly ShownInstallment[];
}

/** An installment with the currency in which its amounts are formatted. */
export type ShownInstallment = Installment & { currency: string };

const MAX_COUNT = 480;
const MAX_RATE = 100;
const MAX_RATE_PLACES = 4;

/**
 * Calculates installments in the organization's currency.
 * @throws PosProError 422 by field.
 */
export async function calculateInstallments(
  ctx: RequestContext,
  { amount, annualRate, count, method, startDate }: CalculateInstallmentsInput,
): Promise<ShownPlan> {
  const currency = await currencyOf(ctx);
  const errors = new FieldErrors();
  errors.take(amountErrors('amount', amount, currency, 'positive'));
  if (annualRate.lessThan(ZERO) || annualRate.greaterThan(MAX_RATE))
    errors.add('annualRate', `Must be from 0 to ${MAX_RATE}.`, 'OUT_OF_RANGE');
  else if (annualRate.decimalPlaces() > MAX_RATE_PLACES)
    errors.add('annualRate', `Must have at most ${MAX_RATE_PLACES} decimal places.`, 'PRECISION');
  if (count < 1 || count > MAX_COUNT) errors.add('count', `Must be from 1 to ${MAX_COUNT}.`, 'OUT_OF_RANGE');
  errors.throwIfAny();
  const plan = installmentPlan({
    amount,
    currency,
    annualRate,
    count,
    method: method ?? 'annuity',
    startDate,
  });
  return { ...plan, currency, schedule: plan.schedule.map((part) => ({ ...part, currency })) };
}
