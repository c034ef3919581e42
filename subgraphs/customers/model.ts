/** Rows as the database returns them. Amounts are in the row's `currency`, times in UTC. */
import {
  customers,
  type CustomerAddressRow,
  type CustomerCreditEntryRow,
  type CustomerRow as StoredCustomer,
} from './tables.generated';

/** Columns that only writing and searching need. */
const INTERNAL_COLUMNS = [
  'emailKey',
  'creditLimitApprovedBy',
  'creditEntries',
  'mergedIntoId',
  'searchText',
  'searchGrams',
] as const;

/** The columns of a CustomerRow. */
export const customerColumns = customers.omit(...INTERNAL_COLUMNS);

export type CustomerRow = Omit<StoredCustomer, (typeof INTERNAL_COLUMNS)[number]>;

export type AddressRow = CustomerAddressRow;
export type AddressKind = AddressRow['kind'];

/** An entry with the currency of its account. */
export type CreditEntryRow = CustomerCreditEntryRow & Pick<CustomerRow, 'currency'>;
export type CreditKind = CreditEntryRow['kind'];
