/** Totals by tax rate and payment method as stored in jsonb columns. */
import { Decimal } from '#kernel/decimal';
import type { StoredTax, StoredTender } from '../json-columns';
import type { ZReportRow } from '../tables.generated';
import type { SessionParts, TaxTotal, TenderTotal } from './session-totals.rules';

export function toTaxTotals(stored: readonly StoredTax[]): TaxTotal[] {
  return stored.map(({ rate, net, tax }) => ({
    rate: new Decimal(rate),
    net: new Decimal(net),
    tax: new Decimal(tax),
  }));
}

export function toTenderTotals(stored: readonly StoredTender[]): TenderTotal[] {
  return stored.map(({ method, count, amount }) => ({ method, count, amount: new Decimal(amount) }));
}

/** The parts of a report as stored in `z_reports`. */
export function toStoredParts(parts: SessionParts): Pick<ZReportRow, keyof SessionParts> {
  const tenders = (totals: readonly TenderTotal[]): StoredTender[] =>
    totals.map(({ method, count, amount }) => ({ method, count, amount: amount.toFixed() }));
  const { tax, payments, creditPayments, tips } = parts;
  return {
    tax: tax.map(({ rate, net, tax: amount }) => ({
      rate: rate.toFixed(),
      net: net.toFixed(),
      tax: amount.toFixed(),
    })),
    payments: tenders(payments),
    creditPayments: tenders(creditPayments),
    tips: tenders(tips),
  };
}
