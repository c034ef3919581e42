/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type {
  EntityReference as Branch,
  EntityReference as Order,
  EntityReference as Product,
  EntityReference as User,
} from '#kernel/graph/entity-reference';
export type { User as VendorUser } from '#subgraphs/auth/index';
export type {
  CommissionTotals,
  ShownVendorItem as VendorOrderItem,
  ShownVendorOrder as VendorOrder,
} from './ledger/vendor-ledger.queries';
export type { VendorPayoutRun } from './payouts/payouts.queries';
export type { VendorSettings } from './settings/vendor-settings';
export type { MaskedAccount } from './vendors/bank-account.rules';
export type {
  CommissionRuleRow as CommissionRule,
  VendorEntryRow as VendorEntry,
  VendorPayoutRow as VendorPayout,
  VendorRow as Vendor,
} from './tables.generated';
