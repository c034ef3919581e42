/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { ImportJobRow as ImportJob } from '#kernel/import/import-jobs';
export type { DuplicateGroup as CustomerDuplicate } from './duplicates';
export type {
  AddressRow as CustomerAddress,
  CreditEntryRow as CustomerCreditEntry,
  CustomerRow as Customer,
  CustomerRow as CustomerCredit,
} from './model';
export type {
  CustomerCardRow as CustomerCard,
  CustomerConsentRow as CustomerConsent,
  CustomerGroupRow as CustomerGroup,
  CustomerSegmentRow as CustomerSegment,
} from './tables.generated';
export type { SegmentRule as CustomerSegmentRule } from './segments/segment-rule.rules';
export type { CreditDebt, CustomerAgeing } from './credit/debts';
export type { StatementPdf } from './credit/print-statement';
export type { CustomerStatement } from './credit/statement';
