/** Settlement of debts on a customer's account: each payment and each advance pays the debt that is due first. */
import { sql, type Transaction } from '#kernel/db/database';

/**
 * Settles open debts with open payments, refunds and advances, in one statement: both are laid end to end, the debts by due date and the
 * rest in the order in which it came, and what lies side by side settles each other. The account's row is locked.
 *
 * @param originalOrderId the order whose debt comes before all others.
 */
export async function settleAccount(
  tx: Transaction,
  customerId: string,
  originalOrderId: string | null | undefined,
): Promise<void> {
  await tx.run(sql`
    with debts as (
      select e.id, e.business_date, sum(e.open) over line as upto, sum(e.open) over line - e.open as above
      from customer_credit_entries e where e.customer_id = ${customerId} and e.open > 0
      window line as (order by (e.reference_id = ${originalOrderId ?? null}::uuid) is true desc, e.due_date, e.number)
    ), credits as (
      select e.id, e.business_date, sum(-e.open) over line as upto, sum(-e.open) over line + e.open as above
      from customer_credit_entries e where e.customer_id = ${customerId} and e.open < 0
      window line as (order by e.number)
    ), pairs as (
      select d.id as debt, c.id as credit, least(d.upto, c.upto) - greatest(d.above, c.above) as amount,
        greatest(d.business_date, c.business_date) as day
      from debts d join credits c on greatest(d.above, c.above) < least(d.upto, c.upto)
    ), allocated as (
      insert into customer_credit_allocations (organization_id, customer_id, debt_entry_id, credit_entry_id, amount, business_date)
      select ${tx.organizationId}::uuid, ${customerId}::uuid, debt, credit, amount, day from pairs
    )
    update customer_credit_entries e set open = e.open + s.amount
    from (
      select debt as id, -sum(amount) as amount from pairs group by debt
      union all select credit, sum(amount) from pairs group by credit
    ) s where e.id = s.id`);
}
