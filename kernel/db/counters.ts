/** Gapless human numbers: orders, receipts, Z-reports, tickets. */
import { sql, type Transaction } from './database';

/**
 * The next number under a name, from 1. The counter's row stays locked until the transaction ends, and a
 * rollback restores the number, so there are neither gaps nor duplicates; take it as late in the transaction as
 * possible.
 *
 * @param name for example `order:${series}`; counters belong to the organization.
 */
export async function nextNumber(tx: Transaction, name: string): Promise<number> {
  const row = await tx.one<{ value: number }>(sql`
    insert into counters (organization_id, name, value) values (${tx.organizationId}, ${name}, 1)
    on conflict (organization_id, name) do update set value = counters.value + 1
    returning value`);
  return row.value;
}
