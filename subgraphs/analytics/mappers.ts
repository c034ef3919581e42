/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type {
  EntityReference as Branch,
  EntityReference as Customer,
  EntityReference as Product,
  EntityReference as StockLevel,
  EntityReference as User,
} from '#kernel/graph/entity-reference';
export type { AcquisitionGroup, AcquisitionReport, RetentionReport } from './customers/cohorts';
export type { CustomerValue, LifetimeValueReport } from './customers/lifetime-value';
export type { ScoredCustomer as RfmScore } from './customers/rfm-scores.queries';
export type { SegmentFigures, SegmentReport } from './customers/segments';
export type { AccountingSettings, AccountNumber } from './finance/accounts/accounting-settings';
export type { CashFlow } from './finance/cash-flow/cash-flow';
export type { CashMovementTotal as CashFlowItem } from './finance/cash-flow/cash-flow.queries';
export type { AccountingFile } from './finance/export/accounting-export';
export type { JournalPosting } from './finance/journal/journal';
export type { Liabilities, ShownLedger as LiabilityRow } from './finance/liabilities/liabilities';
export type { LedgerBalance as LiabilityPoints } from './finance/liabilities/liabilities.rules';
export type { ProfitAndLoss } from './finance/profit-loss/profit-and-loss';
export type { LateRow as LateTaxRow, TaxReport } from './finance/tax/tax-report';
export type { ManualAmounts } from './manual-amounts/manual-amounts';
export type { ProductTrend, TopProduct } from './products/product-sales';
export type { SalesFigures, SalesPoint, SalesReport } from './sales/sales-report';
export type { TaxPeriodRow as TaxPeriod } from './tables.generated';
