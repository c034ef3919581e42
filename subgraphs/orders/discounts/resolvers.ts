import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { shownSteps } from './shown-steps';
import { applyDiscount, simulateCampaigns, validateDiscount } from './discount-preview';

export const resolvers: Resolvers = {
  Query: {
    simulateCampaigns: (_, { input }, ctx) => simulateCampaigns(ctx, input),
    validateDiscount: (_, { input }, ctx) => validateDiscount(ctx, input),
    applyDiscount: (_, { code, input }, ctx) => applyDiscount(ctx, code, input),
  },
  DiscountPreview: {
    currency: ({ terms }) => terms.currency,
    subtotal: ({ terms, totals }) => formatMoney(totals.subtotal, terms.currency),
    discountTotal: ({ terms, totals }) => formatMoney(totals.discountTotal, terms.currency),
    taxTotal: ({ terms, totals }) => formatMoney(totals.taxTotal, terms.currency),
    total: ({ terms, totals }) => formatMoney(totals.total, terms.currency),
    applied: ({ terms, campaigns }) => shownSteps(terms.currency, campaigns.applied),
    skipped: ({ campaigns }) =>
      campaigns.skipped.map(({ campaign, reason }) => ({
        campaignId: campaign.id,
        label: campaign.name,
        reason,
      })),
    freeShipping: ({ campaigns }) => campaigns.freeShipping,
    pointsMultiplier: ({ campaigns }) => campaigns.pointsMultiplier,
  },
  DiscountCheck: {
    valid: ({ issue }) => issue === undefined,
    reason: ({ issue }) => issue?.code ?? null,
    message: ({ issue }) => issue?.message ?? null,
    amount: ({ terms, amount }) => amount && formatMoney(amount, terms.currency),
  },
};
