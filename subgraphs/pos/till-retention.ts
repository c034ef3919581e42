/** Rows of the till that are deleted after some days. Prints of receipts stay: they mark a reprint as a copy. */
import { sql } from '#kernel/db/database';
import type { RetentionRule } from '#kernel/retention';

export const POS_RETENTION: readonly RetentionRule[] = [
  { table: 'approvals', setting: 'approvalsDays', since: sql`t.expires_at` },
  {
    table: 'pending_sales',
    setting: 'queuedSalesDays',
    since: sql`t.received_at`,
    where: sql`t.status in ('booked', 'rejected')`,
  },
  // At most a hundred of each user, which every scan changes: an index by time would cost more than it saves.
  { table: 'recent_scans', setting: 'recentScansDays', since: sql`t.scanned_at` },
];
