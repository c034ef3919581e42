import type { Queryable } from '#kernel/db/database';
import type { SellingTerms } from '#subgraphs/auth/index';
import { recordRate, type RecordedRate } from '#subgraphs/i18n/index';

/**
 * The rate that an order keeps: that of its day, to the organization's reporting currency. One statement; none without such a currency.
 * @param date the business day of the order.
 * @returns null without a reporting currency, and without a rate for the day.
 */
export async function orderExchangeRate(
  db: Queryable,
  { currency, reportingCurrency }: SellingTerms,
  date: string,
): Promise<RecordedRate | null> {
  if (reportingCurrency === null) return null;
  return recordRate(db, { from: currency, to: reportingCurrency, date });
}
