/** Columns of an import of customers. */
import {
  columnNames,
  type ColumnNames,
  type NumberedRow,
  type RawRow,
} from '#kernel/import/import-columns.rules';

/**
 * Columns, in the graph's names. An export has more columns than an import reads: `currency` and `creditBalance` are only compared
 * with the stored values; `phoneE164` follows from `phone`, and is ignored as the code, the payment days, the times and the version are.
 */
const CUSTOMER_COLUMN_LIST = [
  'id', 'code', 'name', 'firstName', 'lastName', 'company', 'email', 'phone', 'phoneE164', 'taxNumber', 'language', 'notes', 'tags', 'currency', 'creditLimit', 'paymentDays', 'creditBalance',
  'marketingConsent', 'createdAt', 'updatedAt', 'version', 'erasedAt',
] as const; // prettier-ignore

/** `substituteName` comes from exports of other systems: the name of a new customer who has no name there. */
export type CustomerColumn = (typeof CUSTOMER_COLUMN_LIST)[number] | 'substituteName';

export type RawCustomer = RawRow<CustomerColumn>;
export type NumberedCustomer = NumberedRow<CustomerColumn>;

/** Other titles of the columns, without blanks, signs and case. */
export const CUSTOMER_COLUMNS: ColumnNames<CustomerColumn> = columnNames<CustomerColumn>(CUSTOMER_COLUMN_LIST, {
  customername: 'name', fullname: 'name', displayname: 'name', customer: 'name', givenname: 'firstName', forename: 'firstName',
  surname: 'lastName', familyname: 'lastName', companyname: 'company', organization: 'company', emailaddress: 'email', mail: 'email',
  phonenumber: 'phone', telephone: 'phone', telephonenumber: 'phone', tel: 'phone', mobile: 'phone', mobilephone: 'phone', cellphone: 'phone',
  taxid: 'taxNumber', vat: 'taxNumber', vatid: 'taxNumber', vatnumber: 'taxNumber', note: 'notes', memo: 'notes', comment: 'notes',
  comments: 'notes', remarks: 'notes', tag: 'tags', labels: 'tags', balance: 'creditBalance', newsletter: 'marketingConsent',
  lang: 'language', locale: 'language', preferredlanguage: 'language', consent: 'marketingConsent', optin: 'marketingConsent', acceptsmarketing: 'marketingConsent',
}); // prettier-ignore
