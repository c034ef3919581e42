/** A customer of a loyalty program, over the real ledger. */
import type { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO, type Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { roundMoney } from '#kernel/money';
import { insertCustomers } from '#subgraphs/customers/index';
import type { UpdateLoyaltyProgramInput } from '#subgraphs/marketing/inputs.generated';
import { runLoyalty } from '#subgraphs/marketing/loyalty/loyalty.worker';
import { loyaltyBalance } from '#subgraphs/marketing/loyalty/members.queries';
import {
  earnedPoints,
  memberTerms,
  returnPoints,
  takePoints,
  type ReturnedPoints,
} from '#subgraphs/marketing/loyalty/order-points';
import { updateLoyaltyProgram } from '#subgraphs/marketing/loyalty/program';
import type { LoyaltyEntryRow, LoyaltyLotRow } from '#subgraphs/marketing/tables.generated';
import type { TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const DAY_MS = 86_400_000;

const value = (points: number) => amount(points).dividedBy(100);

/** A point for each euro, worth a cent. */
const PROGRAM = { active: true, earnRate: amount(1), pointValue: amount('0.01') };

export interface Member {
  readonly shop: Shop;
  readonly ctx: RequestContext;
  readonly customerId: string;
  /** A sale of this amount, in part paid with points. @returns its order's id. */
  sell(total: string | number, redeemed?: number): Promise<string>;
  /** Returns a part of a sale, so that `remaining` of `total` is left of it. */
  giveBack(orderId: string, remaining: string | number, total: string | number): Promise<ReturnedPoints>;
  /** Another customer of the shop. */
  another(): Promise<Member>;
  points(): Promise<{ balance: number; pending: number }>;
  entries(): Promise<LoyaltyEntryRow[]>;
  lots(): Promise<LoyaltyLotRow[]>;
}

/** A day that the tests' clock can be set to. */
export const day = (text: string): Date => new Date(`${text}T12:00:00Z`);

/** Opens a shop with a program, and adds a customer. */
export async function openProgram(
  db: TestDatabase,
  program: UpdateLoyaltyProgramInput = {},
): Promise<Member> {
  const shop = await openShop(db, { currency: 'EUR', timeZone: 'UTC' });
  await updateLoyaltyProgram(shop.ctx, { ...PROGRAM, ...program });
  return addMember(shop);
}

async function addMember(shop: Shop): Promise<Member> {
  const { ctx } = shop;
  const customerId = ctx.ids.next();
  const discounts = new Map<string, { amount: Decimal; restored: Decimal }>();
  await transact(ctx, (tx) => insertCustomers(tx, [{ id: customerId, name: 'Ann', currency: 'EUR' }]));
  return {
    shop,
    ctx,
    customerId,
    sell: async (total, redeemed = 0) => {
      const orderId = ctx.ids.next();
      await transact(ctx, async (tx) => {
        const member = await memberTerms(ctx, tx, customerId);
        invariant(member, 'the program is active');
        const earned = earnedPoints(member, { lines: [{ net: amount(total), tax: amount(0) }] });
        const { branchId } = shop;
        const part = redeemed > 0 ? { points: redeemed, amount: value(redeemed) } : undefined;
        await takePoints(tx, ctx, { orderId, branchId, createdAt: tx.now, member, redeemed: part, earned });
      });
      discounts.set(orderId, { amount: value(redeemed), restored: ZERO });
      return orderId;
    },
    giveBack: (orderId, remaining, total) => {
      const kept = { remaining: amount(remaining), total: amount(total) };
      const discount = discounts.get(orderId)!;
      const restored = discount.amount.times(kept.total.minus(kept.remaining)).dividedBy(kept.total);
      const restoredAmount = roundMoney(restored, 'EUR').minus(discount.restored);
      discount.restored = discount.restored.plus(restoredAmount);
      const order = { orderId, customerId, branchId: shop.branchId, kept, restoredAmount };
      const rounding = { currency: 'EUR', roundingMode: 'HALF_UP' } as const;
      return transact(ctx, (tx) => returnPoints(tx, ctx, { ...order, ...rounding }));
    },
    another: () => addMember(shop),
    points: async () => {
      const { points, pending } = await loyaltyBalance(ctx, ctx.db, customerId);
      return { balance: points, pending };
    },
    entries: () =>
      ctx.db.many(sql`select * from loyalty_entries where customer_id = ${customerId} order by number`),
    lots: () =>
      ctx.db.many(sql`select * from loyalty_lots where customer_id = ${customerId} order by expires_at, id`),
  };
}

/** Sets the clock, and does what is due until then. */
export async function passTo(db: TestDatabase, moment: Date): Promise<void> {
  (db.services.clock as SettableClock).set(moment);
  await runLoyalty(db.services);
}

/** As `passTo`, some days later. */
export function passDays(db: TestDatabase, days: number): Promise<void> {
  return passTo(db, new Date(db.services.clock.now().getTime() + days * DAY_MS));
}

/** Expects the head, the entries and the lots of an account to agree. */
export async function expectBalanced(member: Member): Promise<void> {
  const head = await member.points();
  const entries = await member.entries();
  const lots = await member.lots();
  const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
  expect({
    balance: sumOf(entries.map(({ points }) => points)),
    pending: sumOf(entries.map(({ pendingPoints }) => pendingPoints)),
  }).toEqual(head);
  expect({
    balance: sumOf(lots.filter(({ pending }) => !pending).map(({ remaining }) => remaining)),
    pending: sumOf(lots.filter(({ pending }) => pending).map(({ remaining }) => remaining)),
  }).toEqual({ ...head, balance: Math.max(head.balance, 0) });
  let [balance, pending] = [0, 0];
  entries.forEach((entry, index) => {
    balance += entry.points;
    pending += entry.pendingPoints;
    expect([entry.number, entry.balance, entry.pending]).toEqual([index + 1, balance, pending]);
  });
}
