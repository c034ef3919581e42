/** Sums of ledgers by kind of entry. */
import { sql, type Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { LiabilityAccount } from '../../inputs.generated';

/** Days of the organization, both inclusive. */
export interface LedgerDays {
  readonly from: string;
  readonly asOf: string;
}

/** The entries of one kind of a ledger. */
export interface LedgerSums {
  readonly account: LiabilityAccount | 'points';
  readonly kind: string;
  /** Before the first day. */
  readonly before: Decimal;
  /** On the days. */
  readonly amount: Decimal;
}

/** Sums of all ledgers until the end of the last day, by ledger and kind. One statement. */
export function ledgerSums(db: Queryable, { from, asOf }: LedgerDays): Promise<LedgerSums[]> {
  return db.many<LedgerSums>(sql`
    with bounds as (
      select ${from}::date::timestamp at time zone o.time_zone as first, (${asOf}::date + 1)::timestamp at time zone o.time_zone as ending
      from organizations o
    ), entries as (
      select 'gift_cards' as account, e.kind, e.amount, e.created_at from gift_card_entries e
      union all
      select 'store_credit', e.kind, e.amount, e.created_at from store_credit_entries e
      union all
      select 'vendors', e.kind, e.amount, e.created_at from vendor_entries e
      union all
      select 'receivables', e.kind, e.amount, e.created_at from customer_credit_entries e
      union all
      select 'points', e.kind, (e.points + e.pending_points)::numeric, e.created_at from loyalty_entries e
    )
    select e.account, e.kind, coalesce(sum(e.amount) filter (where e.created_at < b.first), 0) as before,
      coalesce(sum(e.amount) filter (where e.created_at >= b.first), 0) as amount
    from entries e, bounds b where e.created_at < b.ending
    group by e.account, e.kind order by e.account, e.kind`);
}
