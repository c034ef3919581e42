/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type {
  EntityReference as Branch,
  EntityReference as Brand,
  EntityReference as Category,
  EntityReference as Customer,
  EntityReference as Product,
  EntityReference as User,
  EntityReference as Variant,
} from '#kernel/graph/entity-reference';
export type {
  CampaignEntryRow as DiscountUse,
  CampaignRow as Campaign,
  DiscountCodeRow as DiscountCode,
} from './tables.generated';
export type { CodeBatch as DiscountCodeBatch } from './codes/discount-codes';
export type { CodeUsage as DiscountUsage } from './codes/code-usage';
export type {
  CampaignItems,
  StoredAction as CampaignAction,
  StoredCondition as CampaignCondition,
  StoredWindow as CampaignWindow,
} from './campaigns/campaign-terms.rules';
export type { ExpiringPoints, LoyaltyBalance } from './loyalty/members.queries';
export type { LoyaltyEntryRow as LoyaltyEntry } from './tables.generated';
export type { LoyaltyProgram } from './loyalty/program';
export type { LoyaltyTier } from './loyalty/tiers';
export type { RedeemedPoints } from './loyalty/manual-points';
