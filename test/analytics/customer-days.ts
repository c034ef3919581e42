/** Purchases of customers, as orders would have added them to the running totals. */
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Till } from '#test/harness/shop';

/** Purchases of one day. */
interface CustomerDay {
  /** Any name; each has an id of its own. */
  readonly customer: string;
  readonly day: string;
  readonly amount: number;
  readonly channel?: string;
}

export async function insertCustomerDays(till: Till, rows: readonly CustomerDay[]): Promise<void> {
  const ids = new Map(
    [...new Set(rows.map(({ customer }) => customer))].map((name) => [name, till.ctx.ids.next()]),
  );
  const days = rows.map((row) => ({ channel: 'pos', ...row, id: ids.get(row.customer) }));
  await transact(till.ctx, (tx) =>
    tx.run(sql`
      insert into order_day_customers (organization_id, branch_id, business_date, customer_id, channel, sales, returns, net, tax, cost, uncosted_net)
      select ${tx.organizationId}::uuid, ${till.branchId}::uuid, d.day, d.id, d.channel, 1, 0, d.amount, 0, 0, 0
      from jsonb_to_recordset(${JSON.stringify(days)}::jsonb) as d(day date, id uuid, channel text, amount numeric)`),
  );
}
