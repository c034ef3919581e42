/** The campaigns and discount codes of the demo shop. */
import type { Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { generateDiscountCodes, insertCampaign, type NewCampaign } from '#subgraphs/marketing/index';
import { demoId } from './ids';
import { demoContext } from './shop';

/** Terms of all campaigns, unless they have their own. */
const TERMS = {
  channels: [],
  branchIds: [],
  customerIds: [],
  groupIds: [],
  segmentIds: [],
  items: { variantIds: [], productIds: [], categoryIds: [], brandIds: [] },
};

type DemoCampaign = Omit<
  NewCampaign,
  keyof typeof TERMS | 'id' | 'organizationId' | 'createdAt' | 'updatedAt'
> &
  Partial<Pick<NewCampaign, keyof typeof TERMS>>;

/** The campaigns, in the order of their ids; the examples of the API name the first ones. */
const CAMPAIGNS: readonly DemoCampaign[] = [
  {
    name: 'Welcome',
    description: 'Ten percent off with the code WELCOME10.',
    status: 'active',
    priority: 10,
    requiresCode: true,
    action: { type: 'percent', percent: '10' },
  },
  {
    name: 'Early bird',
    // The documented examples are small baskets, so that their totals are the same at any hour.
    description: 'A fifth off baskets of 500 or more on Saturdays before seven at High Street.',
    status: 'active',
    conditions: [{ type: 'minimum_amount', amount: '500' }],
    windows: [{ weekdays: ['saturday'], from: '06:00', to: '07:00' }],
    branchIds: [demoId.branch(1)],
    action: { type: 'percent', percent: '20' },
  },
  {
    name: 'Last summer',
    status: 'paused',
    stacking: 'exclusive',
    startsAt: new Date('2026-06-01T00:00:00Z'),
    endsAt: new Date('2026-09-01T00:00:00Z'),
    action: { type: 'percent', percent: '25' },
  },
  {
    name: 'Voucher',
    description: 'Five off a basket of 25 or more, with a code of one use.',
    status: 'active',
    requiresCode: true,
    budget: new Decimal(500),
    conditions: [{ type: 'minimum_amount', amount: '25' }],
    action: { type: 'amount', amount: '5' },
  },
  {
    name: 'Free delivery',
    description: 'No shipping costs from 75 on, in the web shop.',
    status: 'active',
    channels: ['web'],
    conditions: [{ type: 'minimum_amount', amount: '75' }],
    action: { type: 'free_shipping' },
  },
  {
    name: 'Three for two',
    description: 'The cheapest of three is free.',
    action: { type: 'buy_x_get_y', buy: 2, get: 1, percent: '100' },
  },
];

export async function seedMarketing(services: Services): Promise<void> {
  const ctx = demoContext(services, 1, 1);
  await transact(ctx, async (tx) => {
    const shared = { ...TERMS, organizationId: tx.organizationId, createdAt: tx.now, updatedAt: tx.now };
    for (const [index, campaign] of CAMPAIGNS.entries())
      await insertCampaign(tx, { ...shared, ...campaign, id: demoId.campaign(index + 1) });
  });
  await generateDiscountCodes(ctx, { campaignId: demoId.campaign(1), code: 'WELCOME10' });
  await generateDiscountCodes(ctx, { campaignId: demoId.campaign(4), count: 20, prefix: 'TEA-' });
}
