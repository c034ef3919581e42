/** Rows of the till. */
import { sql } from '#kernel/db/database';
import { STAYS, type Retention } from '#kernel/retention';

export const POS_RETENTION: Retention = {
  rules: [
    {
      table: 'approvals',
      rows: 'Approvals of managers, from their end',
      keep: 'approvalsDays',
      since: sql`t.expires_at`,
    },
    {
      table: 'pending_sales',
      rows: 'Queued sales that were posted or rejected, from their arrival',
      keep: 'queuedSalesDays',
      since: sql`t.received_at`,
      where: sql`t.status in ('booked', 'rejected')`,
    },
    // At most a hundred of each user, which every scan changes: an index by time would cost more than it saves.
    {
      table: 'recent_scans',
      rows: 'Items that a user has scanned, from the last scan',
      keep: 'recentScansDays',
      since: sql`t.scanned_at`,
    },
  ],
  stay: [
    {
      because: 'One row for each printed order, which marks the next print as a copy.',
      tables: ['receipt_prints'],
    },
    {
      because: 'A parked sale stays until a cashier recalls or discards it: a customer may come back for it.',
      tables: ['parked_baskets'],
    },
    { because: STAYS.records, tables: ['offline_conflicts'] },
  ],
};
