/** The entries of vendors' ledgers that a payout pays. */
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';

/** The entries that a payout claimed. */
export interface ClaimedEntries {
  readonly vendorId: string;
  readonly payoutId: string;
  /** Sum of the entries. */
  readonly amount: Decimal;
}

/**
 * Whether no payout has claimed the entry `e`, and its hold has ended before a moment. All entries of an order wait for the hold of its
 * goods, refunds as well: goods that come back within the hold never reach a payout. An entry without an order does not wait.
 */
export function isPayable(before: Date): Sql {
  return sql`e.payout_id is null and (e.order_id is null or exists (
    select from vendor_orders o where o.organization_id = e.organization_id and o.order_id = e.order_id and o.vendor_id = e.vendor_id
      and o.available_at <= ${before}::timestamptz))`;
}

/** The sums of the entries that a payout would pay, by vendor; vendors without such entries are missing. */
export async function payableAmounts(
  db: Queryable,
  vendorIds: readonly string[],
  before: Date,
): Promise<ReadonlyMap<string, Decimal>> {
  const rows = await db.many<{ vendorId: string; amount: Decimal }>(sql`
    select e.vendor_id, greatest(sum(e.amount), 0) as amount from vendor_entries e
    where e.vendor_id = any(${[...vendorIds]}::uuid[]) and ${isPayable(before)} group by e.vendor_id`);
  return new Map(rows.map(({ vendorId, amount }) => [vendorId, amount]));
}

/**
 * Claims the payable entries of locked vendors, in one statement: whichever runs meet, an entry is paid once. Vendors to whom the shop owes
 * nothing, or less than the minimum, keep their entries.
 * @param payouts the payout that claims the entries of each vendor.
 */
export function claimEntries(
  tx: Transaction,
  payouts: readonly { vendorId: string; payoutId: string }[],
  { before, minimum }: { before: Date; minimum: Decimal },
): Promise<ClaimedEntries[]> {
  return tx.many<ClaimedEntries>(sql`
    with payable as materialized (
      select e.id, e.amount, x."vendorId" as vendor_id, x."payoutId" as payout_id
      from jsonb_to_recordset(${JSON.stringify(payouts)}::jsonb) as x ("vendorId" uuid, "payoutId" uuid)
      join vendor_entries e on e.vendor_id = x."vendorId" where ${isPayable(before)}
    ),
    paid as (
      select vendor_id, payout_id, sum(amount) as amount from payable group by vendor_id, payout_id
      having sum(amount) > 0 and sum(amount) >= ${minimum}::numeric
    ),
    claimed as (
      update vendor_entries e set payout_id = payable.payout_id from payable join paid using (payout_id) where e.id = payable.id
    )
    select vendor_id, payout_id, amount from paid order by vendor_id`);
}
