/** The ledger of a vendor: append-only entries, numbered without gaps; the balance is their sum. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { join, sql, type Sql, type Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { vendorBalanceChanged } from '../events';
import { vendorEntries, vendors, type VendorEntryRow, type VendorRow } from '../tables.generated';

/** A change of a vendor's balance. */
export interface PostedEntry extends Pick<VendorEntryRow, 'vendorId' | 'kind' | 'amount'> {
  readonly orderId?: string | null;
  readonly orderLineId?: string | null;
  /** The payout that the entry belongs to from the start: its own. */
  readonly payoutId?: string;
  /** The payout that came back. */
  readonly returnedId?: string;
  /** Why the balance was adjusted. */
  readonly reason?: string;
}

/**
 * Locks vendors until the commit, in id order, so that two sales of the same vendors never deadlock. They come last: nothing else is locked
 * after them but by the goods of an exchange.
 */
export async function lockVendors(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, VendorRow>> {
  const rows = await tx.many<VendorRow>(sql`
    select ${vendors.select('v')} from vendors v where v.id = any(${[...new Set(ids)]}::uuid[]) order by v.id for no key update`);
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Writes entries of locked vendors and their new balances, in one statement. Entries of nothing are omitted. Emits
 * "vendor_balance.changed" for each vendor.
 * @param locked of `lockVendors`.
 * @param parts further parts of the statement, `name as (…)`.
 */
export async function postEntries(
  tx: Transaction,
  ctx: RequestContext,
  locked: ReadonlyMap<string, VendorRow>,
  entries: readonly PostedEntry[],
  parts: readonly Sql[] = [],
): Promise<VendorEntryRow[]> {
  const heads = new Map<string, { balance: Decimal; count: number }>();
  const { organizationId, now: createdAt } = tx;
  const rows = entries
    .filter(({ amount }) => !amount.isZero())
    .map((entry) => {
      const vendor = locked.get(entry.vendorId);
      invariant(vendor, 'entries are posted to locked vendors');
      const head = heads.get(vendor.id) ?? { balance: vendor.balance, count: vendor.entriesCount };
      const balance = head.balance.plus(entry.amount);
      heads.set(vendor.id, { balance, count: head.count + 1 });
      const { currency } = vendor;
      const place = { number: head.count + 1, balance, currency };
      const cause = { id: ctx.ids.next(), organizationId, userId: userOf(ctx) ?? null, createdAt };
      return vendorEntries.complete({ ...entry, ...place, ...cause });
    });
  const changes = [...heads].map(([id, { balance, count }]) => {
    const before = locked.get(id)!;
    return { id, amount: balance.minus(before.balance), count: count - before.entriesCount };
  });
  await tx.run(sql`
    with ${join([...parts, sql`entry as (${vendorEntries.insertMany(rows)})`], ', ')}
    update vendors v set balance = v.balance + x.amount, entries_count = v.entries_count + x.count
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as x (id uuid, amount numeric, count int) where v.id = x.id`);
  for (const [id, { balance }] of heads) emitBalanceChanged(tx, locked.get(id)!, balance);
  return rows;
}

function emitBalanceChanged(tx: Transaction, { id, currency }: VendorRow, balance: Decimal): void {
  tx.emit(vendorBalanceChanged({ key: id, payload: { balance: formatMoney(balance, currency), currency } }));
}
