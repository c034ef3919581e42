/** The active campaigns of an organization, cached ready for pricing: every sale needs them, and they change rarely. */
import { droppedBy, type CacheDefinition } from '#kernel/cache';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { FEATURES_CHANGED } from '#kernel/features';
import { categoriesBelow, categoryChanged } from '#subgraphs/catalog/index';
import { campaignChanged } from '../events';
import { campaigns, type CampaignRow } from '../tables.generated';
import { ACTION } from './campaign-terms.rules';
import { compileCampaigns, type CampaignSet } from './compile-campaigns.rules';

const LIVE_CAMPAIGNS: CacheDefinition<CampaignSet> = {
  name: 'live_campaigns',
  domain: 'marketing',
  maxSize: 20_000,
  lifetimeMs: 3_600_000,
  drops: [droppedBy(campaignChanged), droppedBy(categoryChanged), { type: FEATURES_CHANGED }],
};
const KEY = 'all';

/**
 * The active campaigns, none while the feature is switched off, including those that start later: their period is compared with the moment of each sale.
 * @param db the caller's own connection: a caller in a transaction must not wait for a second connection.
 */
export async function liveCampaigns(ctx: RequestContext, db: Queryable): Promise<CampaignSet> {
  const cache = ctx.caches.of(LIVE_CAMPAIGNS);
  const cached = cache.get(db.organizationId, KEY);
  if (cached) return cached;
  const keep = cache.keeping(db);
  const set = await readCampaigns(ctx, db);
  keep({ value: set, keys: [KEY], size: 1 + set.campaigns.length });
  return set;
}

async function readCampaigns(ctx: RequestContext, db: Queryable): Promise<CampaignSet> {
  const rows = await db.many<CampaignRow>(sql`
    select ${campaigns.columns} from campaigns
    where status = 'active' and deleted_at is null and (ends_at is null or ends_at > ${ctx.clock.now()})
      and not exists (select from feature_settings f where not f.campaigns)`);
  const below = await categoriesBelow(db, rows.flatMap(categoryIdsOf));
  return compileCampaigns(rows, (id) => below.get(id) ?? [id]);
}

/** The categories of a campaign's items, conditions and rewards. */
function categoryIdsOf({ items, conditions, action }: CampaignRow): string[] {
  const parsed = ACTION.parse(action);
  return [
    items,
    ...conditions.map((condition) => condition.items),
    parsed.type === 'buy_x_get_y' ? parsed.rewards : null,
  ].flatMap((selection) => selection?.categoryIds ?? []);
}
