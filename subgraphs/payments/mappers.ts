/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { CardCheck } from './cards.rules';
export type { ShownInstallment as Installment, ShownPlan as InstallmentPlan } from './installments';
export type { CardSummary, PaymentAction } from './model';
export type { ShownBranchSettings as BranchPaymentMethod } from './branch-payment-methods';
export type { PaymentMethod } from './payment-methods.rules';
export type {
  EntityReference as Branch,
  EntityReference as Customer,
  EntityReference as Order,
  EntityReference as User,
} from '#kernel/graph/entity-reference';
export type { GiftCard } from './gift-cards/gift-card-ledger';
export type { GiftCardEntry } from './gift-cards/gift-cards.queries';
export type {
  CustomerStoreCredit as StoreCredit,
  ShownEntry as StoreCreditEntry,
  ShownLot as StoreCreditLot,
} from './store-credit/store-credit.queries';
export type { PaymentProviderSettings } from './providers/provider-settings';
export type { PaymentUpdate as PaymentChange } from './payment-changes';
export type { ShownPayment as Payment } from './shown-payments';
export type {
  PaymentAttemptRow as PaymentAttempt,
  SettlementRow as Settlement,
  SettlementTransactionRow as SettlementTransaction,
} from './tables.generated';
export type { ImportJobRow as ImportJob } from '#kernel/import/import-jobs';
