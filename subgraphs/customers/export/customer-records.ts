/** The records that domains keep of customers, declared by table: the export of a customer's data reads them without knowing them. */
import { sql, type Sql } from '#kernel/db/database';
import {
  customerAddresses,
  customerCards,
  customerConsents,
  customerCreditAllocations,
  customerCreditEntries,
  customerGroupMembers,
  customerGroups,
  customers,
} from '../tables.generated';

/** A table, with the columns that are exported. */
export interface RecordTable {
  readonly name: string;
  /** The select list of an alias. */
  select(alias: string): Sql;
}

/** Rows that belong to a record, such as the lines of an order. */
export interface RecordPart {
  readonly table: RecordTable;
  /** The column of the part that has the key of its record. */
  readonly of: string;
  /** The columns by which the rows of one record are sorted. */
  readonly order: string;
}

/** The records of one kind. */
export interface CustomerRecords {
  /** Kind of record, for example "order". */
  readonly kind: string;
  readonly table: RecordTable;
  /** The condition on the rows `t` of the customers with these ids. */
  readonly where: (customerIds: readonly string[]) => Sql;
  /** The column by which records are read in turn: a UUID, unique among the records. */
  readonly key: string;
  /** The rows that belong to a record, by the name under which they are exported. */
  readonly parts?: Readonly<Record<string, RecordPart>>;
}

/** The condition of a table with a column `customer_id`. */
export const byCustomerId = (ids: readonly string[]): Sql => sql`t.customer_id = any(${ids}::uuid[])`;

/** The customers' own records. Search keys are excluded: they have nothing but the name, the number and the address once more. */
export const CUSTOMER_RECORDS: readonly CustomerRecords[] = [
  {
    kind: 'customer',
    table: customers.omit('searchText', 'searchGrams'),
    where: (ids) => sql`t.id = any(${ids}::uuid[])`,
    key: 'id',
  },
  { kind: 'address', table: customerAddresses, where: byCustomerId, key: 'id' },
  { kind: 'card', table: customerCards, where: byCustomerId, key: 'id' },
  { kind: 'consent', table: customerConsents, where: byCustomerId, key: 'id' },
  {
    kind: 'group',
    table: customerGroupMembers,
    where: byCustomerId,
    key: 'group_id',
    parts: { group: { table: customerGroups, of: 'id', order: 'id' } },
  },
  {
    kind: 'account_entry',
    table: customerCreditEntries,
    where: byCustomerId,
    key: 'id',
    parts: {
      settlements: { table: customerCreditAllocations, of: 'debt_entry_id', order: 'credit_entry_id' },
    },
  },
];
