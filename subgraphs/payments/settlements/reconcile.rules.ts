/** Compares the rows of settlement files with the payments that they settle. Pure. */
import { Decimal, sum } from '#kernel/decimal';
import type { SettlementTransactionReason, SettlementTransactionStatus } from '../inputs.generated';
import type { SettlementTransactionRow } from '../tables.generated';

/** A payment, as far as a settlement depends on it. */
export interface SettledPayment {
  readonly id: string;
  readonly currency: string;
  readonly capturedAmount: Decimal;
  readonly refundedAmount: Decimal;
}

/** A stored row, as far as its state depends on it. */
export type ComparedRow = Pick<
  SettlementTransactionRow,
  | 'id'
  | 'kind'
  | 'currency'
  | 'gross'
  | 'chargedAmount'
  | 'chargedCurrency'
  | 'paymentReference'
  | 'refundReference'
>;

/** The result of the comparison of a row. */
export interface RowState {
  readonly status: SettlementTransactionStatus;
  readonly reason: SettlementTransactionReason | null;
  /** The amount that PosPro expects, in the currency of the payment. */
  readonly expectedAmount: Decimal | null;
}

const MATCHED: RowState = { status: 'matched', reason: null, expectedAmount: null };
const UNRELATED: RowState = { status: 'unrelated', reason: null, expectedAmount: null };

/** Kinds of rows that move the money of a payment; fees, payouts and adjustments may have none. */
const OF_PAYMENTS: ReadonlySet<string> = new Set(['charge', 'refund', 'dispute']);

/** The state of a row without a known payment. */
export function stateWithoutPayment({
  kind,
  paymentReference,
}: Pick<ComparedRow, 'kind' | 'paymentReference'>): RowState {
  if (paymentReference === null && !OF_PAYMENTS.has(kind)) return UNRELATED;
  const reason = paymentReference === null ? 'no_reference' : 'unknown_payment';
  return { status: 'unmatched', reason, expectedAmount: null };
}

/**
 * The states of all rows of one payment, by their ids. Amounts of charges are compared as a whole, since a capture in part is a charge
 * of all and a reversal of the rest; a refund is compared with its own request, or else all refunds with the refunded amount.
 *
 * @param refunds amounts of the payment's refunds by the provider's references.
 */
export function statesOfPayment(
  payment: SettledPayment,
  rows: readonly ComparedRow[],
  refunds: ReadonlyMap<string, Decimal>,
): ReadonlyMap<string, RowState> {
  const amounts = new Map(rows.map((row) => [row.id, amountIn(payment.currency, row)]));
  const total = (kind: string) =>
    sum(rows.filter((row) => row.kind === kind).flatMap(({ id }) => amounts.get(id) ?? []));
  const charged = total('charge');
  const refunded = total('refund').negated();
  const stateOf = (row: ComparedRow): RowState => {
    const amount = amounts.get(row.id);
    if (amount === undefined) return mismatched('other_currency', null);
    if (row.kind === 'charge') return compared(charged, payment.capturedAmount);
    if (row.kind === 'dispute')
      return compared(amount.abs(), Decimal.min(amount.abs(), payment.capturedAmount));
    if (row.kind !== 'refund') return MATCHED;
    if (amount.isPositive()) return mismatched('refund_failed', null);
    const own = refunds.get(row.refundReference ?? '');
    if (own) return compared(amount, own.negated());
    return refunded.greaterThan(payment.refundedAmount)
      ? mismatched('other_amount', payment.refundedAmount.negated())
      : MATCHED;
  };
  return new Map(rows.map((row) => [row.id, stateOf(row)]));
}

/** The amount of a row in the currency of its payment; undefined if the file has none. */
function amountIn(currency: string, row: ComparedRow): Decimal | undefined {
  if (row.currency === currency) return row.gross;
  if (row.chargedAmount === null || row.chargedCurrency !== currency) return undefined;
  // Files differ in the sign of the customer's amount, never in that of the payout's.
  return row.gross.isNegative() ? row.chargedAmount.abs().negated() : row.chargedAmount.abs();
}

function compared(amount: Decimal, expected: Decimal): RowState {
  return amount.equals(expected) ? MATCHED : mismatched('other_amount', expected);
}

function mismatched(reason: SettlementTransactionReason, expectedAmount: Decimal | null): RowState {
  return { status: 'mismatched', reason, expectedAmount };
}
