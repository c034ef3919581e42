/** The kinds of tender there are, and how each is usually taken. Pure. */
import type { PaymentMethodSettingRow, PaymentRow } from './tables.generated';

export type PaymentMethodKind = PaymentRow['method'];

/** How a kind of tender is taken; `version` is 0 where the organization has never said so. */
export type PaymentMethodTerms = Omit<PaymentMethodSettingRow, 'organizationId' | 'updatedAt'>;

/** How an organization takes each kind until it says otherwise, in the order in which a till shows them. */
export const USUAL_TERMS: readonly PaymentMethodTerms[] = [
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

/** Every kind of tender, in the order in which a till shows them. */
export const PAYMENT_METHODS: readonly PaymentMethodKind[] = USUAL_TERMS.map(({ method }) => method);

export function isPaymentMethod(text: string): text is PaymentMethodKind {
  return (PAYMENT_METHODS as readonly string[]).includes(text);
}
