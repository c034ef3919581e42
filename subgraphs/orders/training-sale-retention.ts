/** Rows of orders that are deleted after some days. A training sale is not a sale. */
import { sql } from '#kernel/db/database';
import type { RetentionRule } from '#kernel/retention';

export const ORDER_RETENTION: readonly RetentionRule[] = [
  { table: 'training_sales', setting: 'trainingSalesDays', since: sql`t.created_at` },
];
