/** The values of settings as callers see them, in REST and GraphQL alike. */
import { snake } from '#kernel/casing';
import { Decimal, formatDecimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import type { SettingType } from './setting-types.rules';

/**
 * A value as JSON: amounts and decimals as texts, moments as ISO 8601, names in snake_case; null for a missing value.
 * @param type of the setting. Decimals of the audit trail are numbers.
 *
 * @example
 * shownValue(shippingPrice, new Decimal('4.9'), 'EUR'); // "4.90"
 * shownValue(offlineBounds, { maxQuantity: new Decimal(1000) }, 'EUR'); // { max_quantity: "1000" }
 */
export function shownValue(
  { typeName, graphNames }: Pick<SettingType, 'typeName' | 'graphNames'>,
  value: unknown,
  currency: string,
): unknown {
  if (value === null || value === undefined) return null;
  if (typeName === 'Money') return formatMoney(new Decimal(value as Decimal.Value), currency);
  if (typeName === 'Decimal') return formatDecimal(new Decimal(value as Decimal.Value));
  return plain(graphNames.get(value) ?? value);
}

function plain(value: unknown): unknown {
  if (Decimal.isDecimal(value)) return formatDecimal(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snake(key), plain(inner)]));
}
