/** The payment methods, their default settings, and the places in which each is accepted. Pure. */
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import type { OrderChannel, PaymentMethodKind } from './inputs.generated';
import type { PaymentMethodBranchRow, PaymentMethodSettingRow } from './tables.generated';

/** A payment method with its settings; for the defaults `version` is 0 and `updatedAt` null. */
export interface PaymentMethod extends Omit<PaymentMethodSettingRow, 'organizationId' | 'updatedAt'> {
  readonly updatedAt: Date | null;
}

/** A branch's own settings; null and empty lists are as in the organization. */
export type BranchSettings = Omit<PaymentMethodBranchRow, 'organizationId' | 'updatedAt'> & {
  readonly updatedAt: Date | null;
};

/** The part of them that comes before the settings of the organization. */
type BranchPlaces = Pick<
  BranchSettings,
  'enabled' | 'channels' | 'currencies' | 'minAmount' | 'maxAmount' | 'cashRoundingStep'
>;

/** The settings of an organization that has not changed them, in the order in which a till shows the payment methods. */
export const DEFAULT_PAYMENT_METHODS: readonly PaymentMethod[] = [
  preset('cash', 'Cash', { opensDrawer: true }),
  preset('card', 'Card'),
  preset('bank_transfer', 'Bank transfer'),
  preset('credit', 'Customer account'),
  preset('gift_card', 'Gift card'),
  preset('store_credit', 'Store credit'),
  preset('mobile', 'Mobile payment'),
  preset('other', 'Other', { opensDrawer: true }),
];

function preset(method: PaymentMethodKind, name: string, { opensDrawer = false } = {}): PaymentMethod {
  const everywhere = {
    channels: [],
    currencies: [],
    minAmount: null,
    maxAmount: null,
    cashRoundingStep: null,
  };
  const settings = { enabled: true, opensDrawer, needsReference: false, ...everywhere };
  return { method, name, ...settings, version: 0, updatedAt: null };
}

/** All payment methods that a caller can pay with, in the order in which a till shows them. */
export const PAYMENT_METHODS: readonly PaymentMethodKind[] = DEFAULT_PAYMENT_METHODS.map(
  ({ method }) => method,
);

/** Whether a caller can pay with a method; offline sales may name any text. */
export function isPaymentMethod(text: string): boolean {
  return (PAYMENT_METHODS as readonly string[]).includes(text);
}

/** A payment method in a branch: the branch's own settings before those of the organization. */
export function inBranch(method: PaymentMethod, branch: BranchPlaces | undefined): PaymentMethod {
  if (!branch) return method;
  return {
    ...method,
    enabled: branch.enabled ?? method.enabled,
    channels: branch.channels.length > 0 ? branch.channels : method.channels,
    currencies: branch.currencies.length > 0 ? branch.currencies : method.currencies,
    minAmount: branch.minAmount ?? method.minAmount,
    maxAmount: branch.maxAmount ?? method.maxAmount,
    cashRoundingStep: branch.cashRoundingStep ?? method.cashRoundingStep,
  };
}

/**
 * The smallest coin with which cash is paid: that of the payment method, in which a branch's own comes first, else the organization's.
 * Zero if cash is not rounded.
 */
export function cashStepOf(
  methods: readonly Pick<PaymentMethod, 'method' | 'cashRoundingStep'>[],
  organizationCashStep: Decimal,
): Decimal {
  return methods.find(({ method }) => method === 'cash')?.cashRoundingStep ?? organizationCashStep;
}

/** The place of a payment. What is omitted is not checked. */
export interface PaymentPlace {
  readonly channel?: OrderChannel | null | undefined;
  readonly currency?: string | null | undefined;
}

/** The reason why a method is not accepted in a place; undefined if it is. */
export function placeError(
  { name, enabled, channels, currencies }: PaymentMethod,
  { channel, currency }: PaymentPlace,
): string | undefined {
  if (!enabled) return `${name} is not accepted here.`;
  if (channel != null && channels.length > 0 && !channels.includes(channel))
    return `${name} is not accepted in the channel ${channel}.`;
  if (currency != null && currencies.length > 0 && !currencies.includes(currency))
    return `${name} is not accepted in ${currency}.`;
  return undefined;
}

/**
 * The errors of the amount of a payment. Refunds, which are negative, have no limits.
 * @param field the place of the amount in the input.
 * @param amount the amount that the shop keeps: cash without the change.
 */
export function limitErrors(
  field: string,
  { name, minAmount, maxAmount }: Pick<PaymentMethod, 'name' | 'minAmount' | 'maxAmount'>,
  amount: Decimal,
  currency: string,
): FieldError[] {
  if (!amount.greaterThan(0)) return [];
  const shown = (limit: Decimal) => `${formatMoney(limit, currency)} ${currency}`;
  if (minAmount && amount.lessThan(minAmount))
    return [{ field, message: `${name} is accepted from ${shown(minAmount)}.`, code: 'BELOW_MINIMUM' }];
  if (maxAmount && amount.greaterThan(maxAmount))
    return [{ field, message: `${name} is accepted up to ${shown(maxAmount)}.`, code: 'ABOVE_MAXIMUM' }];
  return [];
}

/** Whether a method is accepted for a payment. @param amount what is to be paid; not checked if it is omitted. */
export function isAccepted(
  method: PaymentMethod,
  place: PaymentPlace,
  amount: Decimal | null | undefined,
): boolean {
  const { minAmount, maxAmount } = method;
  if (placeError(method, place) !== undefined) return false;
  if (amount == null) return true;
  return !(minAmount?.greaterThan(amount) ?? false) && !(maxAmount?.lessThan(amount) ?? false);
}
