/** Points and enrolment by hand: grants, redemptions outside a sale, enrolment at a till. */
import { ownBranch } from '#kernel/auth/actor';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { PosProError, invalid, invariant } from '#kernel/errors';
import { futureErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { requireCustomer } from '#subgraphs/customers/index';
import type {
  AddLoyaltyPointsInput,
  EnrollCustomerInput,
  RedeemLoyaltyPointsInput,
} from '../inputs.generated';
import { loyaltyAccounts, type LoyaltyEntryRow } from '../tables.generated';
import { isBirthday } from './birthdays.rules';
import { loyaltyBalance, membersByIds, type LoyaltyBalance } from './members.queries';
import { insufficientPoints, lotOf } from './order-points';
import { drainLots, postPoints } from './points-ledger';
import { pointsValue } from './points.rules';
import { loyaltyProgram, type LoyaltyProgram } from './program';
import { pointsErrors } from './program.rules';

/**
 * Grants points to a customer, who is enrolled if necessary. They are available at once.
 * @throws PosProError 404; 409 ILLEGAL_STATE without an active program; 422 by field.
 */
export async function addLoyaltyPoints(
  ctx: RequestContext,
  customerId: string,
  input: AddLoyaltyPointsInput,
): Promise<LoyaltyEntryRow> {
  throwFieldErrors([
    ...pointsErrors(input.points),
    ...textErrors('reason', input.reason, { min: 1, max: 500 }),
  ]);
  const { expiresAt } = input;
  const idempotent = { operation: 'addLoyaltyPoints', input: { customerId, ...input } };
  return transact(
    ctx,
    async (tx) => {
      const program = await requireProgram(tx);
      const customer = await requireCustomer(tx, customerId);
      throwFieldErrors(futureErrors('expiresAt', expiresAt, tx.now));
      const lot = lotOf({ ...program, holdDays: 0 }, input.points, tx.now, tx.now);
      const entry = await postPoints(tx, ctx, {
        customerId: customer.id,
        kind: 'grant',
        points: input.points,
        reason: input.reason.trim(),
        branchId: ownBranch(ctx.actor),
        enrolls: true,
        reviewAt: tx.now,
        lot: expiresAt ? { ...lot, expiresAt } : lot,
      });
      invariant(entry, 'a grant enrols the customer');
      return entry;
    },
    { idempotent },
  );
}

/** Points that were redeemed outside a sale, and their value. */
export interface RedeemedPoints {
  entry: LoyaltyEntryRow;
  value: Decimal;
  currency: string;
}

/**
 * Redeems points outside a sale, for example for a reward.
 * @throws PosProError 404; 409 ILLEGAL_STATE without an active program; 422 POINTS_INSUFFICIENT, and by field.
 */
export async function redeemLoyaltyPoints(
  ctx: RequestContext,
  customerId: string,
  input: RedeemLoyaltyPointsInput,
): Promise<RedeemedPoints> {
  throwFieldErrors([
    ...pointsErrors(input.points),
    ...textErrors('reason', input.reason, { min: 1, max: 500 }),
    ...textErrors('reference', input.reference, { max: 200 }),
  ]);
  const { points } = input;
  const idempotent = { operation: 'redeemLoyaltyPoints', input: { customerId, ...input } };
  return transact(
    ctx,
    async (tx) => {
      const program = await requireProgram(tx);
      const { id } = await requireCustomer(tx, customerId);
      if (points < program.minimumRedeem) throw belowMinimum(program.minimumRedeem);
      const entry = await postPoints(tx, ctx, {
        customerId: id,
        kind: 'redeem',
        points: -points,
        guarded: true,
        reason: input.reason.trim(),
        reference: emptyToNull(input.reference),
        branchId: ownBranch(ctx.actor),
      });
      if (!entry) {
        const member = (await membersByIds(tx, [id])).get(id);
        throw insufficientPoints(member?.balance ?? 0, points, 'points');
      }
      drainLots(tx, entry);
      const { currency } = program;
      return { entry, value: pointsValue(program, points, currency), currency };
    },
    { idempotent },
  );
}

function belowMinimum(minimum: number): PosProError {
  return invalid('points', `At least ${minimum} points must be redeemed at once.`, 'BELOW_MINIMUM');
}

/** @throws PosProError 409 ILLEGAL_STATE without an active program. */
async function requireProgram(tx: Transaction): Promise<LoyaltyProgram> {
  const program = await loyaltyProgram(tx);
  if (program.active) return program;
  throw new PosProError('ILLEGAL_STATE', 'The loyalty program is not active.', {
    details: { active: false },
  });
}

/**
 * Enrols a customer, or sets the birthday of an enrolled customer.
 * @throws PosProError 404; 409 ILLEGAL_STATE without an active program; 422 by field.
 */
export async function enrollCustomer(
  ctx: RequestContext,
  customerId: string,
  { birthday }: EnrollCustomerInput,
): Promise<LoyaltyBalance> {
  if (birthday != null && !isBirthday(birthday))
    throw invalid('birthday', 'Must be a month and a day, such as "03-14".');
  return transact(ctx, async (tx) => {
    await requireProgram(tx);
    const { id } = await requireCustomer(tx, customerId);
    const { organizationId, now } = tx;
    const account = { customerId: id, organizationId, birthday: birthday ?? null, reviewAt: now };
    await tx.run(sql`
      ${loyaltyAccounts.insert({ ...account, enrolledAt: now, updatedAt: now })}
      on conflict (customer_id) do update set birthday = coalesce(excluded.birthday, loyalty_accounts.birthday), updated_at = excluded.updated_at`);
    return loyaltyBalance(ctx, tx, id);
  });
}
