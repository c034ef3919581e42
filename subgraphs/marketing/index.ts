/** Everything that other domains may call: campaigns and loyalty. */
export { insertCampaign } from './campaigns/campaigns';
export { generateDiscountCodes } from './codes/discount-codes';
export type { NewCampaign } from './tables.generated';
export { campaignPricing, type CampaignPricing, type CheckedCode } from './campaigns/campaign-pricing';
export type { CampaignLine } from './campaigns/campaign-actions.rules';
export type { SkipReason } from './campaigns/campaign-eligibility.rules';
export type { AppliedCampaign, CampaignResult } from './campaigns/evaluate-campaigns.rules';
export { codeKey, isCode } from './codes/code-text.rules';
export type { CodeReason } from './codes/code-validity.rules';
export type { Buyer } from './uses/customer-keys';
export { discountsPart } from './uses/discounts-part';
export { releaseDiscounts, takeDiscounts } from './uses/take-uses';
export { MARKETING_EVENTS } from './events';
export {
  earnedPoints,
  insufficientError,
  memberTerms,
  returnPoints,
  takePoints,
  type EarnedPoints,
  type MemberTerms,
  type RedeemedPart,
} from './loyalty/order-points';
export { loyaltyPart } from './loyalty/loyalty-part';
export { redeemLimit, redemption, type RemainingSale } from './loyalty/points.rules';
export { DISCOUNTS_OF_ORDER, MARKETING_RECORDS } from './marketing-records';
export { runLoyalty } from './loyalty/loyalty.worker';
export { addLoyaltyPoints, enrollCustomer } from './loyalty/manual-points';
export { updateLoyaltyProgram } from './loyalty/program';
export { createLoyaltyTier } from './loyalty/tiers';
