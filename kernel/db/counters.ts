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
  const [number] = await nextNumbers(tx, name, 1);
  return number!;
}

/** The next numbers under a name, in order; as nextNumber. @param count at least 1. */
export async function nextNumbers(tx: Transaction, name: string, count: number): Promise<number[]> {
  const { value } = await tx.one<{ value: number }>(sql`
    insert into counters (organization_id, name, value) values (${tx.organizationId}, ${name}, ${count})
    on conflict (organization_id, name) do update set value = counters.value + excluded.value
    returning value`);
  return Array.from({ length: count }, (_, index) => value - count + 1 + index);
}
