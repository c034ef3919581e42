/** Changes to the places, the limits and the cash rounding of a payment method. Pure. */
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { isCurrency } from '#kernel/iso-currencies';
import { amountErrors } from '#kernel/validation';
import type { OrderChannel } from './inputs.generated';
import type { PaymentMethod } from './payment-methods.rules';

/** The channels, the currencies, the limits and the cash rounding of a payment method. */
export type PaymentPlaces = Pick<
  PaymentMethod,
  'channels' | 'currencies' | 'minAmount' | 'maxAmount' | 'cashRoundingStep'
>;

/** Changes to them: an omitted field stays, null clears it. */
export interface PlaceChanges {
  readonly channels?: readonly OrderChannel[] | null;
  readonly currencies?: readonly string[] | null;
  readonly minAmount?: Decimal | null;
  readonly maxAmount?: Decimal | null;
  readonly cashRoundingStep?: Decimal | null;
}

const orBefore = <Given, Before>(given: Given | undefined, before: Before): Given | Before =>
  given === undefined ? before : given;

/** The values after a change. Lists have no double entries. */
export function changedPlaces(input: PlaceChanges, before: PaymentPlaces): PaymentPlaces {
  return {
    channels: [...new Set(orBefore(input.channels, before.channels) ?? [])],
    currencies: [
      ...new Set((orBefore(input.currencies, before.currencies) ?? []).map((code) => code.toUpperCase())),
    ],
    minAmount: orBefore(input.minAmount, before.minAmount),
    maxAmount: orBefore(input.maxAmount, before.maxAmount),
    cashRoundingStep: orBefore(input.cashRoundingStep, before.cashRoundingStep),
  };
}

/** The errors of a change: unknown currencies, and limits that are negative, too exact, or in the wrong order. */
export function placeInputErrors(input: PlaceChanges, before: PaymentPlaces, currency: string): FieldError[] {
  const { currencies, minAmount, maxAmount } = changedPlaces(input, before);
  const unknown = currencies
    .filter((code) => !isCurrency(code))
    .map((code) => ({
      field: 'currencies',
      message: `"${code}" is not a currency of ISO 4217.`,
      code: 'INVALID',
    }));
  const errors = [
    ...unknown,
    ...(minAmount ? amountErrors('minAmount', minAmount, currency, 'not_negative') : []),
    ...(maxAmount ? amountErrors('maxAmount', maxAmount, currency, 'positive') : []),
  ];
  if (errors.length > 0 || !minAmount || !maxAmount || !minAmount.greaterThan(maxAmount)) return errors;
  return [{ field: 'maxAmount', message: 'Must not be below the minimum.', code: 'OUT_OF_RANGE' }];
}
