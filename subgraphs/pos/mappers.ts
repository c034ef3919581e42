/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { SaleConflict } from './offline/offline-conflicts';
export type { Conflict as OfflineConflict } from './offline/offline-conflicts.rules';
export type { OfflineSaleEvent as OfflineSaleNotice } from './offline/offline-events';
export type { OfflineResult } from './offline/offline-result';
export type { UnpostedSale as HeldSale, UnpostedSale as PendingSale } from './offline/unposted-sales';
export type { ParkedBasket } from './parked-sales/parked-sales';
export type { DailyReport as DailySalesReport } from './reports/daily-sales-report';
export type {
  CashierReport,
  CashierRow as CashierSales,
  ShiftFigures as ShiftReport,
} from './reports/shift-report';
export type { Exchange } from './returns/exchange';
export type { CreatedApproval as Approval } from './sale/approvals';
export type { Issue as CheckoutIssue, PointsPreview } from '#subgraphs/orders/index';
export type { Quote as CheckoutTotals, Validation as CheckoutValidation } from './sale/checkout-preview';
export type {
  ParkedLineView as ParkedItem,
  DiscountView as ParkedDiscount,
  HourView as DailyHour,
  ScannedItemView as ScannedProduct,
  CheckoutLineView as CheckoutItem,
  TenderView as CheckoutTender,
  PaymentsView as PaymentTotal,
  TaxView as TaxTotal,
} from './view-types';
export type {
  EntityReference as Customer,
  EntityReference as Register,
  EntityReference as RegisterSession,
  EntityReference as User,
  EntityReference as Variant,
} from '#kernel/graph/entity-reference';
