/** The rows of this domain's tables, as the database hands them out. Amounts are in the row's `currency`, moments in UTC. */
import { sql } from '../../kernel/db/database';
import { type Decimal } from '../../kernel/decimal';

export interface CustomerRow {
  id: string;
  organizationId: string;
  name: string;
  email: string | null;
  phone: string | null;
  taxNumber: string | null;
  notes: string | null;
  tags: string[];
  /** The currency of the account. */
  currency: string;
  /** How much the customer may owe. */
  creditLimit: Decimal;
  /** What the customer owes; negative where the customer paid in advance. */
  creditBalance: Decimal;
  marketingConsent: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** When the personal data was erased; null for a customer who is one. */
  erasedAt: Date | null;
}

export type AddressKind = 'shipping' | 'billing';

export interface AddressRow {
  id: string;
  customerId: string;
  kind: AddressKind;
  label: string | null;
  recipient: string | null;
  line1: string;
  line2: string | null;
  city: string;
  region: string | null;
  postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
  phone: string | null;
  isDefault: boolean;
  createdAt: Date;
}

export type CreditKind = 'sale' | 'payment' | 'refund' | 'correction';

export interface CreditEntryRow {
  id: string;
  customerId: string;
  /** 1, 2, 3 … within the customer. */
  number: number;
  kind: CreditKind;
  /** Positive: the customer owes more; negative: the customer paid. */
  amount: Decimal;
  /** What the customer owes after it. */
  balance: Decimal;
  currency: string;
  referenceType: string;
  referenceId: string;
  method: string | null;
  reference: string | null;
  branchId: string | null;
  userId: string | null;
  createdAt: Date;
}

/** The columns of a CustomerRow; `c` is customers. */
export const CUSTOMER_COLUMNS = sql`
  c.id, c.organization_id, c.name, c.email, c.phone, c.tax_number, c.notes, c.tags, c.currency, c.credit_limit, c.credit_balance,
  c.marketing_consent, c.created_at, c.updated_at, c.erased_at`;
