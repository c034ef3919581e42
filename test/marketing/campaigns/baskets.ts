/** Campaigns and baskets for tests of the rules, without a database. */
import type { Decimal } from '#kernel/decimal';
import type { CampaignLine } from '#subgraphs/marketing/campaigns/campaign-actions.rules';
import type { Circumstances } from '#subgraphs/marketing/campaigns/campaign-eligibility.rules';
import type { StoredAction, StoredCondition } from '#subgraphs/marketing/campaigns/campaign-terms.rules';
import { compileCampaigns, type CampaignSet } from '#subgraphs/marketing/campaigns/compile-campaigns.rules';
import {
  evaluateCampaigns,
  type CampaignResult,
} from '#subgraphs/marketing/campaigns/evaluate-campaigns.rules';
import type { CampaignRow } from '#subgraphs/marketing/tables.generated';
import { amount } from '#test/harness/values';

export const ALL = { variantIds: [], productIds: [], categoryIds: [], brandIds: [] };
/** The id of a short name. */
export const idOf = (name: string): string =>
  `00000000-0000-7000-8000-${Buffer.from(name.slice(0, 6)).toString('hex').padStart(12, '0')}`;
export const variants = (...names: string[]) => ({ ...ALL, variantIds: names.map(idOf) });

/** A campaign; the number is its id. */
export function campaign(number: number, action: StoredAction, more: Partial<CampaignRow> = {}): CampaignRow {
  return {
    id: String(number).padStart(4, '0'),
    organizationId: 'org',
    name: `Campaign ${number}`,
    description: null,
    status: 'active',
    priority: 0,
    stacking: 'stackable',
    stackingGroup: null,
    requiresCode: false,
    startsAt: null,
    endsAt: null,
    windows: [],
    channels: [],
    branchIds: [],
    audience: 'anyone',
    customerIds: [],
    groupIds: [],
    segmentIds: [],
    items: ALL,
    conditions: [],
    action,
    budget: null,
    usesLimit: null,
    usesPerCustomer: null,
    uses: 0,
    spent: amount(0),
    entries: 0,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    version: 1,
    deletedAt: null,
    ...more,
  };
}

export const percent = (value: string): StoredAction => ({ type: 'percent', percent: value });
export const off = (value: string): StoredAction => ({ type: 'amount', amount: value });
export const minimum = (value: string): StoredCondition => ({ type: 'minimum_amount', amount: value });

const compiled = (...rows: CampaignRow[]): CampaignSet => compileCampaigns(rows, (id) => [id]);

/** A line of a variant, which is also the name of its product. */
export function line(
  name: string,
  value: string,
  quantity: string | number = 1,
  more: Partial<CampaignLine> = {},
): CampaignLine {
  const ids = { variantId: idOf(name), productId: idOf(name), categoryId: null, brandId: null };
  return { ...ids, quantity: amount(quantity), amount: amount(value), ...more };
}

const CIRCUMSTANCES: Circumstances = {
  at: new Date('2026-11-27T12:00:00Z'),
  local: () => ({ weekday: 4, minute: 13 * 60 }),
  channel: 'pos',
  branchId: 'main',
  customerId: null,
  audiences: new Set(),
  identified: false,
  codes: new Map(),
  usedUp: new Map(),
  remainingBudgets: new Map(),
};

export const evaluate = (
  rows: readonly CampaignRow[],
  lines: readonly CampaignLine[],
  more: Partial<Circumstances> = {},
  currency = 'EUR',
): CampaignResult =>
  evaluateCampaigns(
    compiled(...rows),
    lines,
    { ...CIRCUMSTANCES, ...more },
    { currency, roundingMode: 'HALF_UP' },
  );

/** The amount of each campaign that was applied, in their order. */
export const amountsOf = ({ applied }: CampaignResult): string[] =>
  applied.map((step) => step.amount.toFixed(2));
/** The parts of the lines in all campaigns. */
export const sharesOf = ({ applied }: CampaignResult, index = 0): string[] =>
  (applied[index]?.amounts ?? []).map((share) => share.toFixed(2));
export const reasonsOf = ({ skipped }: CampaignResult): string[] =>
  skipped.map(({ campaign: { id }, reason }) => `${id} ${reason}`);
export const total = (lines: readonly CampaignLine[], result: CampaignResult): Decimal =>
  lines
    .reduce((sum, { amount: value }) => sum.plus(value), amount(0))
    .minus(result.applied.reduce((sum, step) => sum.plus(step.amount), amount(0)));
