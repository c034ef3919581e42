import type { RequestContext } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { loader } from '#kernel/graph/loader';
import { formatMoney } from '#kernel/money';
import { currencyOf } from '#subgraphs/auth/index';
import type { CampaignActionType, CampaignConditionType, OrderChannel } from '../inputs.generated';
import type { Resolvers } from '../types.generated';
import {
  activateCampaign,
  campaignsByIds,
  createCampaign,
  deleteCampaign,
  listCampaigns,
  pauseCampaign,
  requireCampaign,
  shownStatus,
  updateCampaign,
} from './campaigns';

export const resolvers: Resolvers = {
  Query: {
    campaigns: (_, filter, ctx) => listCampaigns(ctx, filter),
    campaign: (_, { id }, ctx) => requireCampaign(ctx, id),
  },
  Mutation: {
    createCampaign: (_, { input }, ctx) => createCampaign(ctx, input),
    updateCampaign: (_, { id, input }, ctx) => updateCampaign(ctx, id, input),
    activateCampaign: (_, { id }, ctx) => activateCampaign(ctx, id),
    pauseCampaign: (_, { id }, ctx) => pauseCampaign(ctx, id),
    deleteCampaign: (_, { id, version }, ctx) => deleteCampaign(ctx, id, version),
  },
  Campaign: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'marketing.campaign', (ids) => campaignsByIds(ctx.db, ids)).load(id)) ?? null,
    status: (campaign, _, ctx) => shownStatus(campaign, ctx.clock.now()),
    channels: ({ channels }) => channels as OrderChannel[],
    budget: ({ budget }, _, ctx) => inCurrency(ctx, budget),
    spent: async ({ spent }, _, ctx) => formatMoney(spent, await currencyOf(ctx)),
  },
  CampaignCondition: {
    type: ({ type }) => type satisfies CampaignConditionType,
    amount: (condition, _, ctx) => inCurrency(ctx, 'amount' in condition ? condition.amount : null),
  },
  CampaignAction: {
    type: ({ type }) => type satisfies CampaignActionType,
    amount: (action, _, ctx) => inCurrency(ctx, 'amount' in action ? action.amount : null),
    price: (action, _, ctx) => inCurrency(ctx, 'price' in action ? action.price : null),
  },
};

/** An amount in the organization's currency; of stored terms it is a text. */
async function inCurrency(ctx: RequestContext, amount: Decimal | string | null): Promise<string | null> {
  return amount === null ? null : formatMoney(new Decimal(amount), await currencyOf(ctx));
}
