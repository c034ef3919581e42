/** Figures of sales and carts for Prometheus, of all organizations. */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { MetricDescription, MetricSource, Reading } from '#kernel/metric-source';
import { STOREFRONT_DEFAULTS } from './storefront/storefront-settings';
import { orderCountsOf } from './order-counts';

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

/** A counter over the events of all processes since the first scrape of this one. */
function counter(name: string, what: string, ...labels: string[]): MetricDescription {
  return { name, type: 'counter', help: `${what}, since the first scrape. Alike in every process.`, labels };
}

export const ORDER_METRICS: readonly MetricSource[] = [
  {
    metrics: [
      counter('pospro_sales_total', 'Completed sales', 'channel', 'currency'),
      counter('pospro_sales_amount_total', 'Amount of completed sales with tax', 'channel', 'currency'),
      counter('pospro_refunds_total', 'Completed returns and refunds', 'channel', 'currency'),
      counter('pospro_refunds_amount_total', 'Refunded amount with tax', 'channel', 'currency'),
      counter('pospro_tenders_total', 'Tenders of completed sales', 'method', 'currency'),
      counter('pospro_tenders_amount_total', 'Amount of the tenders of sales', 'method', 'currency'),
      counter(
        'pospro_order_status_changes_total',
        'Orders that entered a status, new ones too',
        'channel',
        'status',
      ),
    ],
    read: ({ database }) => orderCountsOf(database),
  },
  {
    metrics: [
      {
        name: 'pospro_carts',
        type: 'gauge',
        help: 'Carts with items of the last 24 hours, by state: active, abandoned, converted. Alike in every process.',
        labels: ['state'],
      },
    ],
    read: async (services) => ({ pospro_carts: await recentCarts(services) }),
  },
];
