/** State of a server that a restored database must not take over: numbers of transactions, cursors, and answers to retries. */
import type { Client } from 'pg';

/** No server counts as many transactions. */
const CURSOR_STEP = 1_000_000_000_000_000n;

/**
 * Renews the state in a restored database. Transactions are numbered by the server, which begins again: stored events become those of
 * the restoring transaction, numbered from 1 in their order, and entries of the audit trail that wait for their seal are sealed next. The
 * numbers in cursors move by a fixed amount, so that a cursor from before is expired and never taken for one of this server. An answer
 * to a retry may be of work that the backup does not have, so the keys are removed.
 * @param offset of the cursors of the server that made the backup.
 */
export async function renewServerState(client: Client, offset: string): Promise<void> {
  await client.query(`
    update outbox_events e set xid = pg_current_xact_id(), sequence = numbered.number
    from (select id, row_number() over (order by xid, sequence) as number from outbox_events) as numbered
    where numbered.id = e.id`);
  await client.query('delete from outbox_floors');
  await client.query('update audit_pending set xid = pg_current_xact_id()');
  await client.query('delete from idempotency_keys');
  await client.query(`
    create or replace function pospro_cursor_offset() returns bigint
      language sql immutable parallel safe
      return ${BigInt(offset) + CURSOR_STEP}`);
}
