/** Fees that providers kept, from the imported settlements. */
import { sql, type Sql } from '#kernel/db/database';
import { branchDay, type FinanceRange } from '../range/finance-range';

/**
 * Rows (day, branch_id, amount) of all fees in the organization's currency. A fee of a payment belongs to the payment's branch; one that is a row
 * of its own, such as a monthly fee, to the whole organization.
 */
export const paymentFees = ({ branchId, currency }: FinanceRange): Sql =>
  sql`
    select ${branchDay(sql`coalesce(t.occurred_at, t.created_at)`)} as day, b.id as branch_id, t.fee + case when t.kind = 'fee' then -t.gross else 0 end as amount
    from settlement_transactions t
    left join payments p on p.organization_id = t.organization_id and p.id = t.payment_id
    left join branches b on b.id = p.branch_id
    where t.kind <> 'payout' and t.currency = ${currency} and ${branchId === null ? sql`true` : sql`b.id = ${branchId}::uuid`}`;
