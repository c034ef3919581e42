/** Rows of webhooks: deliveries are deleted, except those that are still to be sent. */
import { sql } from '#kernel/db/database';
import { STAYS, type Retention } from '#kernel/retention';

export const WEBHOOK_RETENTION: Retention = {
  rules: [
    {
      table: 'webhook_deliveries',
      rows: 'Deliveries that are not to be sent any more, from the event',
      keep: 'webhookDeliveriesDays',
      since: sql`t.created_at`,
      where: sql`t.status <> 'pending'`,
    },
  ],
  stay: [{ because: STAYS.masterData, tables: ['webhook_endpoints'] }],
};
