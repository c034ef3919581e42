import type { Decimal } from '#kernel/decimal';
import { sql, type Queryable } from '#kernel/db/database';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { listPage, NEWEST_ENTRY_FIRST, sameId, type Page, type PageArgs } from '#kernel/paging';
import type { QueryVendorPayoutsArgs } from '../inputs.generated';
import {
  vendorEntries,
  vendorPayoutRuns,
  vendorPayouts,
  type VendorEntryRow,
  type VendorPayoutRow,
  type VendorPayoutRunRow,
} from '../tables.generated';

/** A page of the payouts, the newest first. */
export function listPayouts(db: Queryable, filter: QueryVendorPayoutsArgs): Promise<Page<VendorPayoutRow>> {
  const { vendorId, status, runId } = filter;
  const list = {
    select: vendorPayouts.select('p'),
    from: sql`vendor_payouts p`,
    where: [
      ...sameId(sql`p.vendor_id`, vendorId),
      ...sameId(sql`p.run_id`, runId),
      ...(status == null ? [] : [sql`p.status = ${status}`]),
    ],
    sorts: { createdAt: sql`p.created_at`, updatedAt: sql`p.updated_at` },
    updatedAt: sql`p.updated_at`,
    defaultSort: '-createdAt',
    id: sql`p.id`,
  };
  return listPage<VendorPayoutRow>(db, list, filter);
}

/** Payouts by their ids. */
export function payoutsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, VendorPayoutRow>> {
  return rowsByIds(db, vendorPayouts, ids);
}

/** The payout with an id. @throws PosProError 404. */
export function requirePayout(db: Queryable, id: string): Promise<VendorPayoutRow> {
  return requireRow(db, vendorPayouts, 'payout', id);
}

/** The payouts that were made together. */
export interface VendorPayoutRun extends VendorPayoutRunRow {
  readonly count: number;
  readonly amount: Decimal;
}

/** Runs of payouts by their ids. */
export async function runsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, VendorPayoutRun>> {
  const rows = await db.many<VendorPayoutRun>(sql`
    select ${vendorPayoutRuns.select('r')}, count(*)::int as count, sum(p.amount) as amount
    from vendor_payout_runs r join vendor_payouts p on p.run_id = r.id where r.id = any(${[...ids]}::uuid[]) group by r.id`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The run of payouts with an id. @throws PosProError 404. */
export async function requireRun(db: Queryable, id: string): Promise<VendorPayoutRun> {
  const run = isUuid(id) ? (await runsByIds(db, [id])).get(id) : undefined;
  if (!run) throw notFound('run of payouts', id);
  return run;
}

/** The payouts of a run, in the order of their numbers. */
export function payoutsOfRun(db: Queryable, runId: string): Promise<VendorPayoutRow[]> {
  return db.many<VendorPayoutRow>(sql`
    select ${vendorPayouts.select('p')} from vendor_payouts p where p.run_id = ${runId}::uuid order by p.number`);
}

/** A page of the entries that a payout pays, the newest first. Its own entry, which balances them, is not among them. */
export async function listPayoutEntries(
  db: Queryable,
  payoutId: string,
  args: PageArgs,
): Promise<Page<VendorEntryRow>> {
  const { id } = await requirePayout(db, payoutId);
  const list = {
    select: vendorEntries.select('e'),
    from: sql`vendor_entries e`,
    where: [sql`e.payout_id = ${id}::uuid`, sql`e.kind <> 'payout'`],
    ...NEWEST_ENTRY_FIRST,
  };
  return listPage<VendorEntryRow>(db, list, args);
}

/** A line of a payout's statement: an order with its goods and commission, a payout that came back, or an adjustment. */
export interface StatementLine {
  /** The first of its entries. */
  readonly at: Date;
  /** Number of the order, or of the returned payout; the reason of an adjustment; empty without any. */
  readonly reference: string;
  readonly kind: 'order' | 'payout_return' | 'adjustment';
  readonly sales: VendorEntryRow['amount'];
  readonly refunds: VendorEntryRow['amount'];
  /** With the tax on it; below zero, unless refunds reversed more. */
  readonly commission: VendorEntryRow['amount'];
  readonly amount: VendorEntryRow['amount'];
}

/** The lines of a payout's statement, in the order of the ledger. */
export function statementLines(db: Queryable, payoutId: string, limit: number): Promise<StatementLine[]> {
  const sumOf = (...kinds: string[]) => sql`coalesce(sum(e.amount) filter (where e.kind = any(${kinds})), 0)`;
  return db.many<StatementLine>(sql`
    select min(e.created_at) as at, coalesce(min(o.order_number), min(r.number), min(e.reason), '') as reference,
      case when e.order_id is not null then 'order' when e.returned_id is not null then 'payout_return' else 'adjustment' end as kind,
      ${sumOf('sale')} as sales, ${sumOf('refund')} as refunds, ${sumOf('commission', 'commission_tax')} as commission, sum(e.amount) as amount
    from vendor_entries e
    left join vendor_orders o on o.organization_id = e.organization_id and o.order_id = e.order_id and o.vendor_id = e.vendor_id
    left join vendor_payouts r on r.id = e.returned_id
    where e.payout_id = ${payoutId}::uuid and e.kind <> 'payout'
    group by e.order_id, e.returned_id, case when e.kind = 'adjustment' then e.id end order by min(e.number) limit ${limit}`);
}

/** The end of a day, exclusive, in a time zone. */
export async function endOfDay(db: Queryable, day: string, timeZone: string): Promise<Date> {
  const { end } = await db.one<{ end: Date }>(
    sql`select (${day}::date + 1)::timestamp at time zone ${timeZone} as end`,
  );
  return end;
}
