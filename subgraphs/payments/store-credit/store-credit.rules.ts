/**
 * Store credit is a set of lots, each of which expires at once. A payment uses the lots that expire first; a refund restores them in
 * the opposite order, so that the customer keeps the longer-lasting ones.
 */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import type { StoreCreditLotRow } from '../tables.generated';

/** A lot, with the part that a step may move. */
export interface Lot extends Pick<StoreCreditLotRow, 'id' | 'expiresAt'> {
  remaining: Decimal;
}

/** A change of one lot; negative if it has less left. */
export interface LotChange {
  lotId: string;
  amount: Decimal;
}

/** The changes of lots that pay for an amount. */
export interface LotUse {
  /** Lots that have expired: all that was left of them. */
  expired: LotChange[];
  /** The lots that pay, the first to expire first. */
  used: LotChange[];
  /** Amount that the lots do not cover. */
  missing: Decimal;
}

/** Whether a lot can no longer pay. */
export function isExpired({ expiresAt }: Pick<Lot, 'expiresAt'>, now: Date): boolean {
  return expiresAt !== null && expiresAt <= now;
}

/** The sum of what can pay. */
export function spendable(lots: readonly Lot[], now: Date): Decimal {
  return sum(lots.filter((lot) => !isExpired(lot, now)).map((lot) => lot.remaining));
}

/** Uses lots for an amount, the first to expire first; lots without an end come last. @param amount not negative. */
export function useLots(lots: readonly Lot[], amount: Decimal, now: Date): LotUse {
  const open = lots.filter((lot) => lot.remaining.greaterThan(ZERO));
  const expired = open.filter((lot) => isExpired(lot, now));
  const { taken, missing } = take(open.filter((lot) => !isExpired(lot, now)).sort(byExpiry), amount);
  return {
    expired: expired.map(({ id, remaining }) => ({ lotId: id, amount: remaining.negated() })),
    used: taken.map((part) => ({ ...part, amount: part.amount.negated() })),
    missing,
  };
}

/**
 * Restores an amount to the lots that paid it, the last to expire first.
 * @param taken what each lot has paid and was not restored yet.
 * @returns the changes, and the amount that no lot can take any more because it has expired, or because it was not paid by a lot.
 */
export function restoreLots(
  taken: readonly Lot[],
  amount: Decimal,
  now: Date,
): { restored: LotChange[]; missing: Decimal } {
  const open = taken.filter((lot) => lot.remaining.greaterThan(ZERO) && !isExpired(lot, now));
  const { taken: restored, missing } = take(open.sort(byExpiry).reverse(), amount);
  return { restored, missing };
}

function take(lots: readonly Lot[], amount: Decimal): { taken: LotChange[]; missing: Decimal } {
  let missing = amount;
  const taken: LotChange[] = [];
  for (const { id, remaining } of lots) {
    const part = Decimal.min(remaining, missing);
    if (part.isZero()) continue;
    taken.push({ lotId: id, amount: part });
    missing = missing.minus(part);
  }
  return { taken, missing };
}

function byExpiry(a: Lot, b: Lot): number {
  const order = (a.expiresAt?.getTime() ?? Infinity) - (b.expiresAt?.getTime() ?? Infinity);
  return order || (a.id < b.id ? -1 : 1);
}
