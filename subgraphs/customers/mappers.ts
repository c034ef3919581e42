/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { ImportJobRow as ImportJob } from '#kernel/import/import-jobs';
export type {
  AddressRow as CustomerAddress,
  CreditEntryRow as CustomerCreditEntry,
  CustomerRow as Customer,
  CustomerRow as CustomerCredit,
} from './model';
