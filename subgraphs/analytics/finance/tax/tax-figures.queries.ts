/** Recorded taxes of business days, from their running totals. */
import { sql, type Queryable } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
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

/** Recorded tax at one rate in one country. */
export interface TaxFigures extends TaxAmounts {
  /** ISO 3166-1 alpha-2, of the branch; null if it has none. */
  readonly jurisdiction: string | null;
  /** In percent. */
  readonly rate: Decimal;
}

/** Tax by rate and country, the lowest rate first. One statement. */
export function taxFigures(
  db: Queryable,
  { branchIds, from, to }: Pick<FinanceRange, 'branchIds' | 'from' | 'to'>,
): Promise<TaxFigures[]> {
  return db.many<TaxFigures>(sql`
    select b.country as jurisdiction, t.rate, sum(t.net) as net, sum(t.tax) as tax, sum(t.refunds_net) as refunds_net, sum(t.refunds_tax) as refunds_tax
    from order_day_taxes t join branches b on b.id = t.branch_id
    where t.branch_id = any(${branchIds}::uuid[]) and t.business_date between ${from}::date and ${to}::date
    group by b.country, t.rate order by t.rate, b.country nulls last`);
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
