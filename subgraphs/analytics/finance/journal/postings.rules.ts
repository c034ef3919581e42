/**
 * Double entry: each kind of amount has an account in debit and one in credit, so that every posting balances. Money of orders passes
 * through the account `orders`: a sale is posted against it, and each of its payments. Its balance is what orders are still owed. Pure.
 */
import { ZERO, type Decimal } from '#kernel/decimal';
import type { JournalAccount, JournalKind, PaymentMethodKind } from '../../inputs.generated';

/** The account of the money itself, by the payment method of the amount. */
const MONEY = 'money';

type Side = JournalAccount | typeof MONEY;

/** Debit and credit of a positive amount. */
const ACCOUNTS: Readonly<Record<JournalKind, readonly [debit: Side, credit: Side]>> = {
  sales: ['orders', 'revenue'],
  discounts: ['discounts', 'orders'],
  refunds: ['refunds', 'orders'],
  sales_tax: ['orders', 'output_tax'],
  refunds_tax: ['orders', 'output_tax'],
  shipping: ['orders', 'shipping_income'],
  shipping_tax: ['orders', 'output_tax'],
  cash_rounding: ['orders', 'cash_rounding'],
  payment_differences: ['orders', 'payment_differences'],
  vendor_goods: ['orders', 'vendor_goods'],
  vendor_goods_tax: ['orders', 'vendor_goods'],
  vendor_sales: ['vendor_goods', 'vendors'],
  // An entry of a vendor's ledger: below zero if the vendor is owed less.
  commission: ['commission_income', 'vendors'],
  commission_tax: ['commission_tax', 'vendors'],
  gift_card_sales: ['orders', 'gift_card_sales'],
  gift_card_tax: ['gift_card_tax', 'output_tax'],
  gift_cards_issued: ['gift_card_sales', 'gift_cards'],
  gift_card_grants: ['gift_card_grants', 'gift_cards'],
  gift_card_payments: ['orders', 'gift_cards'],
  store_credit_grants: ['store_credit_grants', 'store_credit'],
  store_credit_expiry: ['expired_store_credit', 'store_credit'],
  store_credit_payments: ['orders', 'store_credit'],
  account_sales: ['receivables', 'orders'],
  account_corrections: ['receivables', 'account_corrections'],
  account_payments: [MONEY, 'receivables'],
  payments: [MONEY, 'orders'],
  payment_refunds: [MONEY, 'orders'],
  tips: [MONEY, 'tips'],
  cash_in: [MONEY, 'cash_transfers'],
  cash_out: [MONEY, 'cash_transfers'],
  cash_over: [MONEY, 'cash_over'],
  cash_short: [MONEY, 'cash_short'],
  payment_fees: [MONEY, 'payment_fees'],
  vendor_payouts: [MONEY, 'vendors'],
  vendor_payout_returns: [MONEY, 'vendors'],
  cost_of_goods: ['cost_of_goods', 'inventory'],
  shrinkage: ['shrinkage', 'inventory'],
};

/** The accounts of money. The other methods move none, and have ledgers. */
const MONEY_ACCOUNTS: Partial<Record<PaymentMethodKind, JournalAccount>> = {
  cash: 'cash',
  card: 'card',
  bank_transfer: 'bank',
  mobile: 'mobile',
  other: 'other_payments',
};

/** An amount of a kind. */
export interface PostedAmount {
  readonly kind: JournalKind;
  readonly method: PaymentMethodKind | null;
  readonly amount: Decimal;
}

/** Both accounts, and the amount above zero. */
export interface Entry {
  readonly debit: JournalAccount;
  readonly credit: JournalAccount;
  readonly amount: Decimal;
}

/**
 * The accounts of an amount; a negative one swaps them.
 *
 * @example
 * entryOf({ kind: 'payment_refunds', method: 'cash', amount: new Decimal(-5) }) // debit orders, credit cash, 5
 */
export function entryOf({ kind, method, amount }: PostedAmount): Entry {
  const [debit, credit] = ACCOUNTS[kind].map((side) => (side === MONEY ? moneyAccount(method) : side)) as [
    JournalAccount,
    JournalAccount,
  ];
  return amount.lessThan(ZERO)
    ? { debit: credit, credit: debit, amount: amount.negated() }
    : { debit, credit, amount };
}

function moneyAccount(method: PaymentMethodKind | null): JournalAccount {
  return (method && MONEY_ACCOUNTS[method]) ?? 'other_payments';
}

/** The balance of each account that has entries: debits minus credits. All balances sum to zero. */
export function accountBalances(entries: readonly Entry[]): Map<JournalAccount, Decimal> {
  const balances = new Map<JournalAccount, Decimal>();
  const add = (account: JournalAccount, amount: Decimal) =>
    balances.set(account, (balances.get(account) ?? ZERO).plus(amount));
  for (const { debit, credit, amount } of entries) {
    add(debit, amount);
    add(credit, amount.negated());
  }
  return balances;
}
