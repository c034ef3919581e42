/** Texts of postings in German, the language of DATEV's programs. Pure. */
import type { JournalKind, PaymentMethodKind } from '../../inputs.generated';

const KINDS: Readonly<Record<JournalKind, string>> = {
  sales: 'Umsatz',
  discounts: 'Rabatte',
  refunds: 'Erstattungen',
  sales_tax: 'USt auf Umsatz',
  refunds_tax: 'USt auf Erstattungen',
  shipping: 'Versand',
  shipping_tax: 'USt auf Versand',
  cash_rounding: 'Rundung',
  payment_differences: 'Zahlungsdifferenzen',
  vendor_goods: 'Händlerware',
  vendor_goods_tax: 'USt auf Händlerware',
  vendor_sales: 'Händlerguthaben',
  commission: 'Provision',
  commission_tax: 'USt auf Provision',
  gift_card_sales: 'Verkaufte Gutscheine',
  gift_card_tax: 'USt auf Einzweckgutscheine',
  gift_cards_issued: 'Ausgegebene Gutscheine',
  gift_card_grants: 'Geschenkte Gutscheine',
  gift_card_payments: 'Eingelöste Gutscheine',
  store_credit_grants: 'Kundenguthaben',
  store_credit_expiry: 'Verfallenes Kundenguthaben',
  store_credit_payments: 'Eingelöstes Kundenguthaben',
  account_sales: 'Verkauf auf Rechnung',
  account_corrections: 'Korrektur Kundenkonto',
  account_payments: 'Zahlung auf Kundenkonto',
  payments: 'Zahlungen',
  payment_refunds: 'Rückzahlungen',
  tips: 'Trinkgeld',
  cash_in: 'Einlage',
  cash_out: 'Entnahme',
  cash_over: 'Kassenüberschuss',
  cash_short: 'Kassenfehlbetrag',
  payment_fees: 'Zahlungsgebühren',
  vendor_payouts: 'Auszahlung an Händler',
  vendor_payout_returns: 'Rücklauf Händlerauszahlung',
  cost_of_goods: 'Wareneinsatz',
  shrinkage: 'Schwund',
};

const METHODS: Readonly<Record<PaymentMethodKind, string>> = {
  cash: 'bar',
  card: 'Karte',
  bank_transfer: 'Überweisung',
  credit: 'Kundenkonto',
  gift_card: 'Gutschein',
  store_credit: 'Kundenguthaben',
  mobile: 'Wallet',
  other: 'sonstige',
  exchange: 'Umtausch',
};

/** Parts of a posting that its text names. */
export interface NamedPosting {
  readonly kind: JournalKind;
  readonly method: PaymentMethodKind | null;
  /** In percent, as text. */
  readonly taxRate: string | null;
  /** Code of the tax class. */
  readonly taxClass: string | null;
  readonly branchName: string | null;
}

/**
 * The text of a posting.
 *
 * @example
 * postingText({ kind: 'sales', method: null, taxRate: '19', taxClass: 'standard', branchName: 'Hauptfiliale' }) // "Umsatz 19 % standard Hauptfiliale"
 */
export function postingText({ kind, method, taxRate, taxClass, branchName }: NamedPosting): string {
  const parts = [
    KINDS[kind],
    taxRate !== null && `${taxRate.replace('.', ',')} %`,
    taxClass,
    method && METHODS[method],
    branchName,
  ];
  return parts.filter((part) => typeof part === 'string').join(' ');
}
