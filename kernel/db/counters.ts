/** Gapless human numbers: orders, receipts, Z-reports, tickets. */
import { invariant } from '../errors';
import { sql, type Sql, type Transaction } from './database';

/**
 * The next number under a name, from 1. The counter's row stays locked until the transaction ends, and a
 * rollback restores the number, so there are neither gaps nor duplicates; take it as late in the transaction as
 * possible.
 *
 * @param name for example `order:${branchId}`; counters belong to the organization.
 */
export async function nextNumber(tx: Transaction, name: string): Promise<number> {
  const row = await tx.one<{ value: number }>(sql`
    insert into counters (organization_id, name, value) values (${tx.organizationId}, ${name}, 1)
    on conflict (organization_id, name) do update set value = counters.value + 1
    returning value`);
  return row.value;
}

/**
 * The next number under each of several names, in one statement; the answer has the order of the names.
 * The counters are locked in the order of their names, so that two callers cannot block each other.
 */
export async function nextNumbers(tx: Transaction, names: readonly string[]): Promise<number[]> {
  invariant(new Set(names).size === names.length, 'a counter is named twice');
  if (names.length === 0) return [];
  const rows = await tx.many<{ name: string; value: number }>(takeNumbers(tx.organizationId, names));
  const values = new Map(rows.map((row) => [row.name, row.value]));
  return names.map((name) => {
    const value = values.get(name);
    invariant(value !== undefined, `the counter ${name} gave no number`);
    return value;
  });
}

/**
 * The statement of `nextNumbers`, which returns rows of `name` and `value`: for a statement that takes its
 * numbers and writes the numbered rows together (`with number as (…) insert …`), and so locks the counters for
 * one round trip less.
 */
export function takeNumbers(organizationId: string, names: readonly string[]): Sql {
  return sql`
    insert into counters (organization_id, name, value)
    select ${organizationId}::uuid, name, 1 from unnest(${[...names].sort()}::text[]) with ordinality as given (name, place)
    order by place
    on conflict (organization_id, name) do update set value = counters.value + 1
    returning name, value`;
}
