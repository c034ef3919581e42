/** The positions of webhooks after a restore. */
import type { Client } from 'pg';

/**
 * Moves each endpoint to the number that the last of its events gets in a restored database, where events are numbered from 1 in their
 * order (kernel/backup/renew-server-state.ts): it receives the events after that one. Runs before the events get their numbers.
 */
export async function moveRestoredPositions(client: Client): Promise<void> {
  await client.query(`
    update webhook_endpoints e set xid = pg_current_xact_id(),
      sequence = (select count(*) from outbox_events o where (o.xid, o.sequence) <= (e.xid, e.sequence))`);
}
