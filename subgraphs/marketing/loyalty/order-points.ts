/** The points of orders: redeemed and earned by a sale, reversed and restored by its returns. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { ONE, ZERO, sum, type Decimal } from '#kernel/decimal';
import { PosProError, type FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import type { RoundingMode } from '#kernel/money';
import { presentId } from '#subgraphs/customers/index';
import type { LoyaltyEntryRow, LoyaltyLotRow } from '../tables.generated';
import { drainLots, postPoints, type NewLot } from './points-ledger';
import {
  earnRate,
  earningAmount,
  keptAmount,
  keptPoints,
  pointsFor,
  restoredPoints,
  type EarningSale,
  type RemainingSale,
} from './points.rules';
import { programTerms, type ProgramTerms } from './program';

/** The program, and the points of a sale's customer. */
export interface MemberTerms {
  program: ProgramTerms;
  customerId: string;
  /** Points that can be redeemed. */
  balance: number;
  /** Whether the sale earns points: the customer is enrolled, or the sale enrols them. */
  earns: boolean;
  /** The multiplier of the customer's tier. */
  multiplier: Decimal;
}

/** A customer, and the account, which may be missing. */
interface MemberRow {
  readonly id: string;
  readonly balance: number | null;
  readonly multiplier: Decimal | null;
}

/** The terms of the points of a customer, of a merged one those of the customer that it became; undefined without a customer and without an active program, for which nothing is read. */
export async function memberTerms(
  ctx: RequestContext,
  db: Queryable,
  customerId: string | null | undefined,
): Promise<MemberTerms | undefined> {
  if (customerId == null || !isUuid(customerId)) return undefined;
  const program = await programTerms(ctx, db);
  if (!program.active) return undefined;
  const member = await db.maybeOne<MemberRow>(sql`
    select p.id, a.balance, t.multiplier from (select ${presentId(customerId)} as id) p
    left join loyalty_accounts a on a.customer_id = p.id left join loyalty_tiers t on t.id = a.tier_id where p.id is not null`);
  if (!member) return undefined;
  const { id, balance, multiplier } = member;
  const earns = balance !== null || program.autoEnroll;
  return { program, customerId: id, balance: balance ?? 0, earns, multiplier: multiplier ?? ONE };
}

/** The points that a sale earns, and the values that a return needs to reverse them. */
export interface EarnedPoints {
  points: number;
  amount: Decimal;
  rate: Decimal;
}

/** The points that a sale earns. @param multipliers of campaigns. */
export function earnedPoints(
  { program, earns, multiplier }: MemberTerms,
  sale: EarningSale,
  multipliers: readonly Decimal[] = [],
): EarnedPoints {
  if (!earns) return { points: 0, amount: ZERO, rate: ZERO };
  const amount = earningAmount(program, sale);
  const rate = earnRate(program, [multiplier, ...multipliers]);
  return { points: pointsFor(amount, rate), amount, rate };
}

/** Points that pay a part of an order. */
export interface RedeemedPart {
  points: number;
  /** The discount that they give; above zero. */
  amount: Decimal;
}

/** The points of an order that is placed. */
export interface OrderPoints {
  orderId: string;
  branchId: string;
  /** Time of the sale. */
  createdAt: Date;
  member: MemberTerms;
  redeemed: RedeemedPart | undefined;
  earned: EarnedPoints;
}

/**
 * Takes the redeemed points of an order, and adds those that it earns.
 * @throws PosProError 422 POINTS_INSUFFICIENT if the balance does not cover the redeemed points; nothing has been taken then.
 */
export async function takePoints(tx: Transaction, ctx: RequestContext, order: OrderPoints): Promise<void> {
  const { orderId, branchId, createdAt, redeemed, earned, member } = order;
  const { customerId, program, earns } = member;
  const subject = { customerId, referenceType: 'order', referenceId: orderId, branchId };
  if (redeemed) {
    const { points, amount } = redeemed;
    const redemption = { ...subject, kind: 'redeem', points: -points, amount, guarded: true } as const;
    const entry = await postPoints(tx, ctx, redemption);
    if (!entry) throw insufficientPoints(await memberBalance(tx, customerId), points);
    drainLots(tx, entry);
  }
  if (!earns || earned.amount.isZero()) return;
  const lot = lotOf(program, earned.points, createdAt, tx.now);
  await postPoints(tx, ctx, {
    ...subject,
    kind: 'earn',
    points: lot.pending ? 0 : earned.points,
    pendingPoints: lot.pending ? earned.points : 0,
    amount: earned.amount,
    rate: earned.rate,
    spentAt: createdAt,
    enrolls: program.autoEnroll,
    ...(earned.points > 0 ? { lot } : {}),
    ...(program.hasTiers ? { reviewAt: tx.now } : {}),
  });
}

const DAY_MS = 86_400_000;

/** The lot of new points. @param from the moment from which their days count. */
export function lotOf(
  { holdDays, expiryDays }: Pick<ProgramTerms, 'holdDays' | 'expiryDays'>,
  points: number,
  from: Date,
  now: Date,
): NewLot {
  const after = (days: number) => new Date(from.getTime() + days * DAY_MS);
  const availableAt = after(holdDays);
  return {
    points,
    pending: availableAt > now,
    availableAt,
    expiresAt: expiryDays === null ? null : after(expiryDays),
  };
}

/** The balance of a customer; 0 for a customer who is not enrolled. */
async function memberBalance(db: Queryable, customerId: string): Promise<number> {
  const account = await db.maybeOne<{ balance: number }>(
    sql`select balance from loyalty_accounts where customer_id = ${customerId}`,
  );
  return account?.balance ?? 0;
}

/** The error of more points than a customer has. */
export function insufficientPoints(balance: number, points: number, field = 'redeemPoints'): PosProError {
  const error = insufficientError(balance, points, field);
  return new PosProError('POINTS_INSUFFICIENT', error.message, { errors: [error], details: { balance } });
}

/** The field error of more points than a customer has. */
export function insufficientError(balance: number, points: number, field = 'redeemPoints'): FieldError {
  const message = `The balance of ${balance} points does not cover ${points}.`;
  return { field, message, code: 'POINTS_INSUFFICIENT' };
}

// --- Returns ---

/** An order of which a part is returned or cancelled. */
export interface ReturnedOrder {
  orderId: string;
  /** The customer who has the points now. */
  customerId: string;
  branchId: string;
  /** The part of the order that remains; it keeps earned points. */
  kept: RemainingSale;
  /** The part of the discount by points that belongs to what is returned now. */
  restoredAmount: Decimal;
  currency: string;
  roundingMode: RoundingMode;
}

/** Points that a return moved. */
export interface ReturnedPoints {
  /** Earned points that were reversed. */
  reversed: number;
  /** Redeemed points that the customer has again. */
  restored: number;
}

/**
 * Reverses the earned points of the returned part of an order, and restores the points that paid for it into their old lots, with
 * their old expiry dates. Both depend on the sum of all returns, so no sequence of returns leaves a point. The caller has locked the
 * order.
 */
export async function returnPoints(
  tx: Transaction,
  ctx: RequestContext,
  order: ReturnedOrder,
): Promise<ReturnedPoints> {
  const program = await programTerms(ctx, tx);
  if (program.version === 0) return { restored: 0, reversed: 0 };
  // Gift cards that earned nothing keep nothing.
  const kept = program.earnsOnGiftCards ? order.kept : (order.kept.goods ?? order.kept);
  const entries = await tx.many<LoyaltyEntryRow>(sql`
    select e.* from loyalty_entries e
    where e.reference_id = ${order.orderId} and e.kind in ('earn', 'redeem', 'reverse', 'restore')`);
  const ofKind = (kind: LoyaltyEntryRow['kind']) => entries.filter((entry) => entry.kind === kind);
  const [earned] = ofKind('earn');
  const [redeemed] = ofKind('redeem');
  return {
    restored: redeemed ? await restore(tx, ctx, order, redeemed, ofKind('restore')) : 0,
    reversed: earned ? await reverse(tx, ctx, { ...order, kept }, earned, ofKind('reverse')) : 0,
  };
}

async function restore(
  tx: Transaction,
  ctx: RequestContext,
  order: ReturnedOrder,
  redeemed: LoyaltyEntryRow,
  earlier: readonly LoyaltyEntryRow[],
): Promise<number> {
  const amount = order.restoredAmount;
  if (amount.isZero()) return 0;
  const value = { restored: amount.plus(sumOfAmounts(earlier)), redeemed: redeemed.amount ?? ZERO };
  const points = restoredPoints(-redeemed.points, value) - total(earlier);
  const entry = await postPoints(tx, ctx, { ...subjectOf(order), kind: 'restore', points, amount });
  if (!entry) return 0;
  // The lots that expire last were taken last, so they are restored first.
  tx.send(sql`
    with uses as (
      select u.lot_id, u.points - u.restored as open,
        sum(u.points - u.restored) over (order by l.expires_at desc nulls first, l.id desc) - (u.points - u.restored) as before
      from loyalty_lot_uses u join loyalty_lots l on l.id = u.lot_id
      where u.entry_id = ${redeemed.id} and u.points > u.restored
    ), restored as (
      update loyalty_lot_uses u set restored = u.restored + least(s.open, ${points}::int - s.before)
      from uses s where u.entry_id = ${redeemed.id} and u.lot_id = s.lot_id and s.before < ${points}::int
      returning u.lot_id, least(s.open, ${points}::int - s.before) as points
    )
    update loyalty_lots l set remaining = l.remaining + r.points from restored r where l.id = r.lot_id`);
  drainLots(tx, entry);
  return points;
}

async function reverse(
  tx: Transaction,
  ctx: RequestContext,
  order: ReturnedOrder,
  { id, amount, rate, spentAt, points, pendingPoints }: LoyaltyEntryRow,
  earlier: readonly LoyaltyEntryRow[],
): Promise<number> {
  const earning = { amount: amount ?? ZERO, rate: rate ?? ZERO };
  const reversedAmount = earning.amount
    .plus(sumOfAmounts(earlier))
    .minus(keptAmount(earning.amount, order.kept, order));
  // The worker that makes pending points available, and ends expired ones, locks the account, too.
  await tx.run(sql`select from loyalty_accounts where customer_id = ${order.customerId} for update`);
  const lot = await tx.maybeOne<LoyaltyLotRow>(sql`select l.* from loyalty_lots l where l.entry_id = ${id}`);
  // Points that expired are gone already.
  const reversible = points + pendingPoints - (lot?.expired ?? 0) - keptPoints(earning, order.kept);
  const reversed = Math.max(0, reversible + total(earlier));
  if (reversed === 0 && reversedAmount.isZero()) return 0;
  const fromLot = lot ? Math.min(lot.remaining, reversed) : 0;
  const pending = lot?.pending ? fromLot : 0;
  const entry = await postPoints(tx, ctx, {
    ...subjectOf(order),
    kind: 'reverse',
    points: pending - reversed,
    pendingPoints: -pending,
    amount: reversedAmount.negated(),
    spentAt,
    reviewAt: tx.now,
  });
  if (!entry) return 0;
  // The points of the sale itself first, then those of others.
  if (lot && fromLot > 0)
    tx.send(sql`update loyalty_lots set remaining = remaining - ${fromLot}::int where id = ${lot.id}`);
  drainLots(tx, entry);
  return reversed;
}

function subjectOf({ customerId, orderId, branchId }: ReturnedOrder) {
  return { customerId, referenceType: 'order', referenceId: orderId, branchId };
}

function sumOfAmounts(entries: readonly LoyaltyEntryRow[]): Decimal {
  return sum(entries.map(({ amount }) => amount ?? ZERO));
}

/** The points of entries, available and pending. */
function total(entries: readonly LoyaltyEntryRow[]): number {
  return entries.reduce((points, entry) => points + entry.points + entry.pendingPoints, 0);
}
