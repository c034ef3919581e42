/**
 * The accounts of two charts of DATEV, as defaults. Amounts of net and tax are posted apart, as they were recorded, so accounts for which
 * DATEV would calculate the tax have the key that turns this off. Pure.
 */
import type { AccountChart, JournalAccount } from '../../inputs.generated';

/** The number of an account, as settings keep it. */
export interface StoredAccount {
  readonly account: JournalAccount;
  /** In percent, without trailing zeros; null for all rates. */
  readonly taxRate: string | null;
  /** Digits. */
  readonly number: string;
  /** DATEV's key ("BU-Schlüssel"); null without one. */
  readonly taxKey: string | null;
}

/** Turns off the calculation of tax by the account. */
const NO_AUTOMATIC_TAX = '40';

/** The numbers of an account in both charts. */
type Numbers = readonly [skr03: string, skr04: string];

const ALL_RATES: Readonly<Record<JournalAccount, Numbers>> = {
  cash: ['1000', '1600'],
  card: ['1360', '1460'],
  bank: ['1200', '1800'],
  mobile: ['1360', '1460'],
  other_payments: ['1360', '1460'],
  orders: ['1792', '3630'],
  receivables: ['1410', '1210'],
  inventory: ['3980', '1140'],
  cash_transfers: ['1360', '1460'],
  gift_cards: ['1700', '3500'],
  gift_card_sales: ['1590', '1370'],
  gift_card_tax: ['1500', '1300'],
  store_credit: ['1700', '3500'],
  vendors: ['1610', '3310'],
  vendor_goods: ['1590', '1370'],
  tips: ['1740', '3720'],
  output_tax: ['1770', '3800'],
  commission_tax: ['1770', '3800'],
  revenue: ['8200', '4200'],
  discounts: ['8700', '4700'],
  refunds: ['8700', '4700'],
  shipping_income: ['8200', '4200'],
  commission_income: ['8510', '4560'],
  cash_rounding: ['2700', '4830'],
  payment_differences: ['2700', '4830'],
  cash_over: ['2700', '4830'],
  cash_short: ['2300', '6300'],
  account_corrections: ['2400', '6930'],
  gift_card_grants: ['4600', '6600'],
  store_credit_grants: ['4600', '6600'],
  expired_store_credit: ['2700', '4830'],
  cost_of_goods: ['3960', '5880'],
  shrinkage: ['3960', '5880'],
  payment_fees: ['4970', '6855'],
};

const REVENUE_BY_RATE: Readonly<Record<string, Numbers>> = { 19: ['8400', '4400'], 7: ['8300', '4300'] };
const REDUCTIONS_BY_RATE: Readonly<Record<string, Numbers>> = { 19: ['8720', '4720'], 7: ['8710', '4710'] };

/** Accounts that the charts have for a tax rate alone. */
const BY_RATE: Partial<Record<JournalAccount, Readonly<Record<string, Numbers>>>> = {
  revenue: REVENUE_BY_RATE,
  shipping_income: REVENUE_BY_RATE,
  discounts: REDUCTIONS_BY_RATE,
  refunds: REDUCTIONS_BY_RATE,
  output_tax: { 19: ['1776', '3806'], 7: ['1771', '3801'] },
};

/** All accounts of the journal. */
export const JOURNAL_ACCOUNTS = Object.keys(ALL_RATES) as readonly JournalAccount[];

/** The accounts of a chart: of each, first the one for all rates, then those by rate, the highest first. */
export function chartAccounts(chart: AccountChart): StoredAccount[] {
  const column = chart === 'skr03' ? 0 : 1;
  return JOURNAL_ACCOUNTS.flatMap((account) => [
    { account, taxRate: null, number: ALL_RATES[account][column], taxKey: null },
    ...Object.entries(BY_RATE[account] ?? {})
      .sort(([a], [b]) => Number(b) - Number(a))
      .map(([taxRate, numbers]) => ({
        ...{ account, taxRate, number: numbers[column], taxKey: NO_AUTOMATIC_TAX },
      })),
  ]);
}
