/** Figures of sales and carts for Prometheus, of all organizations. */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { MetricSource, Reading } from '#kernel/metric-source';
import { saleCompleted } from './events';
import { STOREFRONT_DEFAULTS } from './storefront/storefront-settings';

const SALES_MINUTES = 5;

interface SalesOfChannel {
  readonly channel: string;
  readonly currency: string;
  readonly sales: number;
  readonly amount: number;
}

/** The sales of the last minutes, without returns. Read from their events, which have an index by time. */
function recentSales({ database }: Services): Promise<SalesOfChannel[]> {
  return database.system.many<SalesOfChannel>(sql`
    select e.payload ->> 'channel' as channel, e.payload ->> 'currency' as currency, count(*) as sales,
      sum((e.payload ->> 'total')::numeric)::float8 as amount
    from outbox_events e
    where e.at > now() - make_interval(mins => ${SALES_MINUTES}) and e.type = ${saleCompleted.type} and e.payload ->> 'kind' = 'sale'
    group by 1, 2`);
}

/** Carts with items that were opened in the last 24 hours, by their state. */
async function recentCarts({ database }: Services): Promise<readonly Reading[]> {
  const carts = await database.system.one<{ active: number; abandoned: number; converted: number }>(sql`
    select count(*) filter (where c.status = 'checked_out') as converted,
      count(*) filter (where c.is_gone) as abandoned,
      count(*) filter (where c.status = 'open' and not c.is_gone) as active
    from organizations o
    left join storefront_settings s on s.organization_id = o.id
    cross join lateral (
      select c.status, c.status = 'expired' or c.status = 'open' and c.updated_at < now() - make_interval(mins =>
        coalesce(s.abandoned_after_minutes, ${STOREFRONT_DEFAULTS.abandonedAfterMinutes})) as is_gone
      from carts c
      where c.organization_id = o.id and c.created_at > now() - interval '24 hours' and c.items_count > 0 and c.status <> 'merged'
    ) as c`);
  return Object.entries(carts).map(([state, value]) => ({ labels: { state }, value }));
}

export const ORDER_METRICS: readonly MetricSource[] = [
  {
    name: 'pospro_sales_per_minute',
    help: `Sales a minute, over the last ${SALES_MINUTES} minutes, by channel and currency. Alike in every process.`,
    labels: ['channel', 'currency'],
    read: async (services) =>
      (await recentSales(services)).map(({ channel, currency, sales }) => ({
        labels: { channel, currency },
        value: sales / SALES_MINUTES,
      })),
  },
  {
    name: 'pospro_sales_amount_per_minute',
    help: `Amount of the sales a minute, over the last ${SALES_MINUTES} minutes, by channel and currency. Alike in every process.`,
    labels: ['channel', 'currency'],
    read: async (services) =>
      (await recentSales(services)).map(({ channel, currency, amount }) => ({
        labels: { channel, currency },
        value: amount / SALES_MINUTES,
      })),
  },
  {
    name: 'pospro_carts',
    help: 'Carts with items of the last 24 hours, by state: active, abandoned, converted. Alike in every process.',
    labels: ['state'],
    read: recentCarts,
  },
];
