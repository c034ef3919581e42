/** Recorded taxes of business days, from their running totals. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { NONE, type SoldTaxClass } from '#subgraphs/orders/index';
import type { FinanceRange } from '../range/finance-range';

/** Sums of taxed amounts. */
export interface TaxAmounts {
  /** Sales minus refunds. */
  readonly net: Decimal;
  readonly tax: Decimal;
  /** The part of the refunds, as positive amounts. */
  readonly refundsNet: Decimal;
  readonly refundsTax: Decimal;
}

/** Recorded tax at one rate in one country, of one tax class. */
export interface TaxFigures extends TaxAmounts, SoldTaxClass {
  /** ISO 3166-1 alpha-2, of the branch; null if it has none. */
  readonly jurisdiction: string | null;
  /** In percent. */
  readonly rate: Decimal;
}

/** The tax class of running totals `t`, for a select list: they have a nil UUID and an empty code without one. */
export const SOLD_TAX_CLASS: Sql = sql`
  nullif(t.tax_class_id, ${NONE}::uuid) as tax_class_id, nullif(t.tax_class, '') as tax_class`;

/** Tax by rate, country and tax class. One statement. */
export function taxFigures(
  db: Queryable,
  { branchIds, from, to }: Pick<FinanceRange, 'branchIds' | 'from' | 'to'>,
): Promise<TaxFigures[]> {
  return db.many<TaxFigures>(sql`
    select b.country as jurisdiction, t.rate, ${SOLD_TAX_CLASS}, sum(t.net) as net, sum(t.tax) as tax, sum(t.refunds_net) as refunds_net, sum(t.refunds_tax) as refunds_tax
    from order_day_taxes t join branches b on b.id = t.branch_id
    where t.branch_id = any(${branchIds}::uuid[]) and t.business_date between ${from}::date and ${to}::date
    group by b.country, t.rate, t.tax_class_id, t.tax_class`);
}

/** The sums of rows. */
export function taxTotals(rows: readonly TaxAmounts[]): TaxAmounts {
  const total = (amountOf: (row: TaxAmounts) => Decimal) => sum(rows.map(amountOf));
  return {
    net: total(({ net }) => net),
    tax: total(({ tax }) => tax),
    refundsNet: total(({ refundsNet }) => refundsNet),
    refundsTax: total(({ refundsTax }) => refundsTax),
  };
}
