/** The payment methods and their default settings. */
import type { PaymentMethodKind } from './inputs.generated';
import type { PaymentMethodSettingRow } from './tables.generated';

/** A payment method with its settings; for the defaults `version` is 0 and `updatedAt` null. */
export interface PaymentMethod extends Omit<PaymentMethodSettingRow, 'organizationId' | 'updatedAt'> {
  readonly updatedAt: Date | null;
}

/** The settings of an organization that has not changed them, in the order in which a till shows the payment methods. */
export const DEFAULT_PAYMENT_METHODS: readonly PaymentMethod[] = [
  preset('cash', 'Cash', { opensDrawer: true }),
  preset('card', 'Card'),
  preset('bank_transfer', 'Bank transfer'),
  preset('credit', 'Customer account'),
  preset('gift_card', 'Gift card'),
  preset('mobile', 'Mobile payment'),
  preset('other', 'Other', { opensDrawer: true }),
];

function preset(method: PaymentMethodKind, name: string, { opensDrawer = false } = {}): PaymentMethod {
  return { method, name, enabled: true, opensDrawer, needsReference: false, version: 0, updatedAt: null };
}

/** All payment methods that a caller can pay with, in the order in which a till shows them. */
export const PAYMENT_METHODS: readonly PaymentMethodKind[] = DEFAULT_PAYMENT_METHODS.map(
  ({ method }) => method,
);

/** Whether a caller can pay with a method; offline sales may name any text. */
export function isPaymentMethod(text: string): boolean {
  return (PAYMENT_METHODS as readonly string[]).includes(text);
}
