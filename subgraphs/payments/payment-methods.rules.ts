/** The payment methods and their default settings. */
import type { PaymentMethodKind } from './inputs.generated';
import type { PaymentMethodSettingRow } from './tables.generated';

/** A payment method with its settings; `version` is 0 for the defaults. */
export type PaymentMethod = Omit<PaymentMethodSettingRow, 'organizationId' | 'updatedAt'>;

/** The settings of an organization that has not changed them, in the order in which a till shows the payment methods. */
export const DEFAULT_PAYMENT_METHODS: readonly PaymentMethod[] = [
  { method: 'cash', name: 'Cash', enabled: true, opensDrawer: true, needsReference: false, version: 0 },
  { method: 'card', name: 'Card', enabled: true, opensDrawer: false, needsReference: false, version: 0 },
  {
    method: 'bank_transfer',
    name: 'Bank transfer',
    enabled: true,
    opensDrawer: false,
    needsReference: false,
    version: 0,
  },
  {
    method: 'credit',
    name: 'Customer account',
    enabled: true,
    opensDrawer: false,
    needsReference: false,
    version: 0,
  },
  {
    method: 'gift_card',
    name: 'Gift card',
    enabled: true,
    opensDrawer: false,
    needsReference: false,
    version: 0,
  },
  {
    method: 'mobile',
    name: 'Mobile payment',
    enabled: true,
    opensDrawer: false,
    needsReference: false,
    version: 0,
  },
  { method: 'other', name: 'Other', enabled: true, opensDrawer: true, needsReference: false, version: 0 },
];

/** All payment methods that a caller can pay with, in the order in which a till shows them. */
export const PAYMENT_METHODS: readonly PaymentMethodKind[] = DEFAULT_PAYMENT_METHODS.map(
  ({ method }) => method,
);

export function isPaymentMethod(text: string): text is PaymentMethodKind {
  return (PAYMENT_METHODS as readonly string[]).includes(text);
}
