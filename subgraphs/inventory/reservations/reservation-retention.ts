/** Reservations that have ended are deleted after some days; the ledger has the movements. */
import { sql } from '#kernel/db/database';
import type { RetentionRule } from '#kernel/retention';

export const RESERVATION_RETENTION: readonly RetentionRule[] = [
  {
    table: 'stock_reservations',
    setting: 'reservationsDays',
    since: sql`t.ended_at`,
    where: sql`t.status <> 'active'`,
  },
];
