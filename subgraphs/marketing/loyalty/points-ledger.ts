/**
 * The ledger of points: an account whose balance is the sum of its entries, and lots whose remaining points sum to the same.
 *
 * An entry and the new balance are written by one statement that locks the account. Lots follow the balance: whatever lowers it takes
 * points from the lots that expire first, and points that arrive while the balance is negative settle that first.
 */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { empty, sql, type Sql, type Transaction } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { pointsChanged } from '../events';
import {
  loyaltyAccounts,
  loyaltyEntries,
  loyaltyLots,
  type LoyaltyEntryRow,
  type NewLoyaltyEntry,
} from '../tables.generated';

/** A lot that an entry makes. */
export interface NewLot {
  /** Above zero. */
  points: number;
  pending: boolean;
  availableAt: Date;
  expiresAt: Date | null;
}

/** Columns of an entry that its account decides. */
type Assigned = 'id' | 'organizationId' | 'number' | 'balance' | 'pending' | 'userId' | 'createdAt';

/** An entry to post. */
export interface PointsPosting extends Omit<NewLoyaltyEntry, Assigned> {
  /** The lot of new points. */
  lot?: NewLot;
  /** Whether the customer is enrolled by this entry, if they are not yet. */
  enrolls?: boolean;
  /** Whether the balance may not fall below zero, nor below points that have expired. */
  guarded?: boolean;
  /** When the tier is computed next. */
  reviewAt?: Date;
}

const POSTED = loyaltyEntries.omit('organizationId', 'customerId', 'number', 'balance', 'pending');
const LOT = loyaltyLots.omit('organizationId', 'customerId', 'remaining');

/**
 * Posts an entry, with its lot, in one statement.
 * @returns undefined if the customer is not enrolled, or a guarded balance does not cover the points.
 */
export async function postPoints(
  tx: Transaction,
  ctx: RequestContext,
  posting: PointsPosting,
): Promise<LoyaltyEntryRow | undefined> {
  const { lot, enrolls = false, guarded = false, reviewAt, customerId, ...columns } = posting;
  const stored = { ...columns, id: ctx.ids.next(), userId: userOf(ctx), createdAt: tx.now };
  const change = { points: posting.points, pending: posting.pendingPoints ?? 0, reviewAt };
  const account = enrolls
    ? upsertAccount(tx, customerId, change)
    : updateAccount(tx, customerId, change, guarded);
  const entry = await tx.maybeOne<LoyaltyEntryRow>(sql`
    with account as (${account} returning customer_id, organization_id, entries, balance, pending),
    entry as (
      insert into loyalty_entries (organization_id, customer_id, number, balance, pending, ${POSTED.columns})
      select organization_id, customer_id, entries, balance, pending, ${POSTED.parameters(stored)} from account
      returning *
    )${lot ? lotPart(ctx, stored.id, lot, tx.now) : empty}
    select entry.* from entry`);
  if (entry) {
    emitPointsChanged(tx, entry);
    return entry;
  }
  // A customer who was merged since the caller read the account has the points under another id.
  const merged = await tx.maybeOne<{ mergedIntoId: string }>(sql`
    select merged_into_id from loyalty_accounts where customer_id = ${customerId} and merged_into_id is not null`);
  return merged && postPoints(tx, ctx, { ...posting, customerId: merged.mergedIntoId });
}

interface AccountChange {
  points: number;
  pending: number;
  reviewAt: Date | undefined;
}

function upsertAccount(
  tx: Transaction,
  customerId: string,
  { points, pending, reviewAt }: AccountChange,
): Sql {
  const { organizationId, now } = tx;
  const account = {
    customerId,
    organizationId,
    balance: points,
    pending,
    entries: 1,
    reviewAt: reviewAt ?? null,
  };
  return sql`
    ${loyaltyAccounts.insert({ ...account, enrolledAt: now, updatedAt: now })}
    on conflict (customer_id) do update set balance = loyalty_accounts.balance + excluded.balance,
      pending = loyalty_accounts.pending + excluded.pending, entries = loyalty_accounts.entries + 1,
      review_at = coalesce(excluded.review_at, loyalty_accounts.review_at), updated_at = excluded.updated_at
    where loyalty_accounts.merged_into_id is null`;
}

function updateAccount(
  tx: Transaction,
  customerId: string,
  { points, pending, reviewAt }: AccountChange,
  guarded: boolean,
): Sql {
  // Points that have expired are taken out of the balance by a worker, a little later.
  const expired = sql`(select coalesce(sum(l.remaining), 0) from loyalty_lots l
    where l.customer_id = ${customerId} and l.remaining > 0 and not l.pending and l.expires_at <= ${tx.now})`;
  return sql`
    update loyalty_accounts a set balance = a.balance + ${points}::int, pending = a.pending + ${pending}::int,
      entries = a.entries + 1, review_at = coalesce(${reviewAt ?? null}, a.review_at), updated_at = ${tx.now}
    where a.customer_id = ${customerId} and a.merged_into_id is null ${guarded ? sql`and a.balance + ${points}::int >= ${expired}` : empty}`;
}

/** A lot keeps what a negative balance does not need. */
function lotPart(ctx: RequestContext, entryId: string, lot: NewLot, createdAt: Date): Sql {
  invariant(lot.points > 0, 'a lot has points');
  const stored = { ...lot, id: ctx.ids.next(), entryId, createdAt };
  const remaining = lot.pending
    ? sql`${lot.points}::int`
    : sql`least(${lot.points}::int, greatest(account.balance, 0))`;
  return sql`, lot as (
      insert into loyalty_lots (organization_id, customer_id, remaining, ${LOT.columns})
      select organization_id, customer_id, ${remaining}, ${LOT.parameters(stored)} from account
    )`;
}

/**
 * Takes the points above the balance from the lots, those that expire first, on behalf of an entry. The account is locked by the
 * statement that posted the entry. Points that have expired come last: they are not available, and a worker ends them.
 */
export function drainLots(
  tx: Transaction,
  { id, customerId }: Pick<LoyaltyEntryRow, 'id' | 'customerId'>,
): void {
  tx.send(sql`
    with open as (
      select l.id, l.remaining, sum(l.remaining) over (
          order by coalesce(l.expires_at <= ${tx.now}, false), l.expires_at, l.id) - l.remaining as before,
        sum(l.remaining) over () - greatest(a.balance, 0) as excess
      from loyalty_lots l join loyalty_accounts a on a.customer_id = l.customer_id
      where l.customer_id = ${customerId} and l.remaining > 0 and not l.pending
    ), taken as (
      update loyalty_lots l set remaining = l.remaining - least(o.remaining, o.excess - o.before)
      from open o where l.id = o.id and o.before < o.excess
      returning l.id, least(o.remaining, o.excess - o.before) as points
    )
    insert into loyalty_lot_uses (organization_id, entry_id, lot_id, points)
    select ${tx.organizationId}::uuid, ${id}, id, points from taken`);
}

/** Emits that the points of a customer changed. */
function emitPointsChanged(tx: Transaction, entry: LoyaltyEntryRow): void {
  const { customerId, kind, points, pendingPoints, balance, pending, referenceType, referenceId } = entry;
  const change = { customerId, kind, points, pendingPoints, balance, pending };
  tx.emit(pointsChanged({ key: customerId, payload: { ...change, referenceType, referenceId } }));
}
