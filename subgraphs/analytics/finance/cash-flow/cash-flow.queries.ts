/** Flows of money, from running totals and ledgers. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { CashFlowKind, PaymentMethodKind } from '../../inputs.generated';
import { openDays } from '../../report-days/report-days.queries';
import { tips, type CoveredRange } from '../profit-loss/day-figures.queries';
import { paymentFees } from '../profit-loss/payment-fees.queries';
import { branchDay, ofBranch, type FinanceRange } from '../range/finance-range';

/** Money of one kind by one payment method. */
export interface CashMovementTotal {
  readonly kind: CashFlowKind;
  readonly method: PaymentMethodKind;
  readonly currency: string;
  readonly amount: Decimal;
}

/** The sums of a kind of flow: positive for inflows, negative for outflows. */
export interface FlowSums {
  readonly kind: CashFlowKind;
  readonly method: PaymentMethodKind;
  /** On the days of the range. */
  readonly amount: Decimal;
  /** On all days before. */
  readonly before: Decimal;
}

/** Methods by which money moves. The others settle an account, a card or another order. */
const MONEY = ['cash', 'card', 'bank_transfer', 'mobile', 'other'] as const;

/** Rows (day, branch_id, kind, method, amount) of all flows until the end of the range, which begins before all of them. */
export function flows(range: CoveredRange): Sql {
  const { branchIds, to } = range;
  const untilEnd = sql`t.branch_id = any(${branchIds}::uuid[]) and t.business_date <= ${to}::date`;
  return sql`
    select t.business_date as day, t.branch_id, 'sale' as kind, t.method, t.amount + t.refunded as amount
    from order_day_payments t where ${untilEnd} and t.method = any(${MONEY})
    union all
    select t.business_date, t.branch_id, 'refund', t.method, -t.refunded
    from order_day_payments t where ${untilEnd} and t.method = any(${MONEY})
    union all
    select p.day, p.branch_id, p.kind, p.method, p.amount from (${tips(range)}) p where p.method = any(${MONEY})
    union all
    select e.business_date, b.id, 'account_payment', e.method, -e.amount
    from customer_credit_entries e left join branches b on b.id = e.branch_id
    where e.kind = 'payment' and e.business_date <= ${to}::date and e.method = any(${MONEY}) and ${ofBranch(range)}
    union all
    select ${branchDay(sql`m.created_at`)}, b.id, m.kind, 'cash', case when m.kind = 'cash_in' then m.amount else -m.amount end
    from cash_movements m join register_sessions s on s.id = m.session_id join branches b on b.id = s.branch_id
    where not s.training and ${branchDay(sql`m.created_at`)} <= ${to}::date and ${ofBranch(range)}
    union all
    select ${branchDay(sql`z.closed_at`)}, b.id, case when z.difference > 0 then 'cash_over' else 'cash_short' end, 'cash', z.difference
    from z_reports z join branches b on b.id = z.branch_id
    where z.difference <> 0 and ${branchDay(sql`z.closed_at`)} <= ${to}::date and ${ofBranch(range)}
    union all
    select ${branchDay(sql`e.created_at`)}, b.id, 'vendor_' || e.kind, 'bank_transfer', e.amount
    from vendor_entries e left join branches b on false
    where e.kind in ('payout', 'payout_return') and ${branchDay(sql`e.created_at`)} <= ${to}::date and ${ofBranch(range)}
    union all
    select f.day, f.branch_id, 'payment_fee', 'card', -f.amount from (${paymentFees(range)}) f where f.day <= ${to}::date`;
}

/** The days from the first one to the end of the range. */
export async function daysUntilEnd(db: Queryable, range: FinanceRange): Promise<CoveredRange> {
  const days = { from: '0001-01-01', to: range.to };
  return { ...range, ...days, openDays: await openDays(db, 'orders', days) };
}

/** Sums by kind and method, sorted by both. */
export async function cashFlowSums(db: Queryable, range: FinanceRange): Promise<FlowSums[]> {
  const covered = await daysUntilEnd(db, range);
  return db.many<FlowSums>(sql`
    select f.kind, f.method, coalesce(sum(f.amount) filter (where f.day >= ${range.from}::date), 0) as amount,
      coalesce(sum(f.amount) filter (where f.day < ${range.from}::date), 0) as before
    from (${flows(covered)}) f group by f.kind, f.method order by f.kind, f.method`);
}

/** The cash of orders, as their days and as the sessions of registers have recorded it. */
export interface RecordedCash {
  readonly recordedCash: Decimal;
  readonly registerCash: Decimal;
}

/** Both sums so far: two independent sets of running totals. One statement. */
export function recordedCash(
  db: Queryable,
  { branchIds }: Pick<FinanceRange, 'branchIds'>,
): Promise<RecordedCash> {
  return db.one<RecordedCash>(sql`
    select
      (select coalesce(sum(t.amount), 0) from order_day_payments t where t.branch_id = any(${branchIds}::uuid[]) and t.method = 'cash') as recorded_cash,
      (select coalesce(sum(t.amount), 0) from register_sessions s join register_session_tenders t on t.session_id = s.id
       where s.branch_id = any(${branchIds}::uuid[]) and t.kind = 'sale' and t.method = 'cash') as register_cash`);
}
