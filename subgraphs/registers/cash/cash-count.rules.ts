import { amountErrors, throwFieldErrors } from '#kernel/validation';
import { sum, type Decimal } from '#kernel/decimal';
import { invalid, type FieldError } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import type { CloseRegisterInput, DenominationInput } from '../inputs.generated';

/** Maximum number of kinds of notes and coins; more than any currency has. */
const MAX_KINDS = 50;
/** Maximum number of notes or coins of one kind. */
const MAX_COUNT = 1_000_000;

/**
 * The cash counted in a drawer, entered as a sum or by notes and coins.
 * @param field the name of the sum in the input.
 * @returns null without a count.
 * @throws PosProError 422 by field; COUNT_MISMATCH if the sum differs from that of the notes and coins.
 *
 * @example
 * countedTotal('EUR', { denominations: [{ value: 50, count: 2 }, { value: 0.2, count: 3 }] }, 'countedCash') // 100.60
 */
export function countedTotal(
  currency: string,
  { countedCash, denominations }: Pick<CloseRegisterInput, 'countedCash' | 'denominations'>,
  field: string,
): Decimal | null {
  if (countedCash != null) throwFieldErrors(amountErrors(field, countedCash, currency, 'not_negative'));
  if (denominations == null) return countedCash ?? null;
  throwFieldErrors(denominationErrors(currency, denominations));
  const total = sum(denominations.map(({ value, count }) => value.times(count)));
  throwFieldErrors(amountErrors(field, total, currency, 'not_negative'));
  if (countedCash == null || countedCash.equals(total)) return total;
  throw invalid(
    field,
    `The notes and coins sum to ${formatMoney(total, currency)} ${currency}, not to ${formatMoney(countedCash, currency)} ${currency}.`,
    'COUNT_MISMATCH',
  );
}

function denominationErrors(currency: string, denominations: readonly DenominationInput[]): FieldError[] {
  if (denominations.length > MAX_KINDS) {
    return [{ field: 'denominations', message: `${MAX_KINDS} kinds at most.`, code: 'TOO_MANY' }];
  }
  return denominations.flatMap(({ value, count }, index) => {
    const at = `denominations.${index}`;
    const valid = Number.isInteger(count) && count >= 0 && count <= MAX_COUNT;
    return [
      ...amountErrors(`${at}.value`, value, currency, 'positive'),
      ...(valid
        ? []
        : [
            {
              field: `${at}.count`,
              message: `Must be a whole number from 0 to ${MAX_COUNT}.`,
              code: 'INVALID',
            },
          ]),
    ];
  });
}
