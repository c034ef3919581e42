/** Deliveries are deleted after some days, except those that are still to be sent. */
import { sql } from '#kernel/db/database';
import type { RetentionRule } from '#kernel/retention';

export const WEBHOOK_RETENTION: readonly RetentionRule[] = [
  {
    table: 'webhook_deliveries',
    setting: 'webhookDeliveriesDays',
    since: sql`t.created_at`,
    where: sql`t.status <> 'pending'`,
  },
];
