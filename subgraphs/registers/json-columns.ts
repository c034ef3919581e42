/** Values of the jsonb columns. Decimals are stored as texts, because a JSON number would be read as a binary float. */
import type { PaymentMethodKind } from './inputs.generated';

/** The total of one tax rate. */
export interface StoredTax {
  rate: string;
  net: string;
  tax: string;
}

/** The total of one payment method. */
export interface StoredTender {
  method: PaymentMethodKind;
  count: number;
  amount: string;
}

/** The number of one note or coin. */
export interface StoredDenomination {
  value: string;
  count: number;
}

/** The limits of one role, in percent; null for no limit. */
export interface StoredLimit {
  role: string;
  discountPercent: string | null;
  overridePercent: string | null;
}
