/** Balances of ledgers from the sums of their entries. Pure. */
import { sum, type Decimal } from '#kernel/decimal';
import type { LiabilityAccount, LiabilitySide } from '../../inputs.generated';

/** The entries of one kind. */
export interface KindSums {
  readonly kind: string;
  /** Before the first day. */
  readonly before: Decimal;
  /** On the days. */
  readonly amount: Decimal;
}

/** A ledger: opening + movements = closing. */
export interface LedgerBalance {
  readonly opening: Decimal;
  readonly movements: readonly { readonly kind: string; readonly amount: Decimal }[];
  readonly closing: Decimal;
}

/** Each ledger in money with its side of the balance sheet. */
export const LEDGERS: readonly (readonly [account: LiabilityAccount, side: LiabilitySide])[] = [
  ['gift_cards', 'liability'],
  ['store_credit', 'liability'],
  ['vendors', 'liability'],
  ['receivables', 'asset'],
];

/** The balance of a ledger. Kinds without entries on the days are omitted from the movements. */
export function ledgerBalance(sums: readonly KindSums[]): LedgerBalance {
  const opening = sum(sums.map(({ before }) => before));
  const movements = sums
    .filter(({ amount }) => !amount.isZero())
    .map(({ kind, amount }) => ({ kind, amount }));
  return { opening, movements, closing: opening.plus(sum(movements.map(({ amount }) => amount))) };
}
