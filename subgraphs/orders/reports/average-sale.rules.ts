import type { Decimal } from '#kernel/decimal';
import { roundMoney, type RoundingMode } from '#kernel/money';

/** Amounts and number of the sales to average. */
interface SaleSums {
  readonly gross: Decimal;
  readonly discounts: Decimal;
  readonly sales: number;
}

/** The average amount of a sale, after discounts and before refunds; zero without sales. Rounded to the currency. */
export function averageSale(
  { gross, discounts, sales }: SaleSums,
  { currency, roundingMode }: { currency: string; roundingMode: RoundingMode },
): Decimal {
  const salesAmount = gross.minus(discounts);
  return roundMoney(sales === 0 ? salesAmount : salesAmount.dividedBy(sales), currency, roundingMode);
}
