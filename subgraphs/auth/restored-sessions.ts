/** Sessions after a restore. */
import type { Client } from 'pg';

/** Ends all sessions of a restored database: a session that was ended after the backup must not live again. */
export async function endAllSessions(client: Client): Promise<void> {
  await client.query(
    `update sessions set revoked_at = now(), revoked_reason = 'revoked' where revoked_at is null`,
  );
}
