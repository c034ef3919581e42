/** Rows of inventory: reservations that have ended are deleted; the ledger has the movements. */
import { sql } from '#kernel/db/database';
import { STAYS, type Retention } from '#kernel/retention';

export const INVENTORY_RETENTION: Retention = {
  rules: [
    {
      table: 'stock_reservations',
      rows: 'Reservations that have ended, from their end',
      keep: 'reservationsDays',
      since: sql`t.ended_at`,
      where: sql`t.status <> 'active'`,
    },
  ],
  stay: [
    {
      because: STAYS.records,
      tables: [
        'stock_movements',
        'stock_movement_batches',
        'stock_transfers',
        'stock_transfer_lines',
        'stock_receipts',
        'stock_receipt_lines',
        'stock_takes',
        'stock_take_lines',
        'stock_take_counts',
      ],
    },
    {
      because: 'The present quantities: a row for each item and warehouse, or batch.',
      tables: ['stock_levels', 'stock_batches'],
    },
    { because: STAYS.masterData, tables: ['warehouses'] },
  ],
};
