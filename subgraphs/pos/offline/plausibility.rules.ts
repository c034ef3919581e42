/** Plausibility of offline sales: an implausible sale is held for a manager to check, with any permissions of the seller. Pure. */
import { type Decimal, HUNDRED, formatDecimal, sum } from '#kernel/decimal';
import { QUANTITY_PLACES } from '#kernel/money';
import { countInOne } from '#subgraphs/catalog/index';
import type { Issue } from '#subgraphs/orders/index';
import type { OfflineBounds } from '#subgraphs/registers/index';
import { conflict, type Conflict } from './offline-conflicts.rules';

/** A till's clock may be a little fast. */
const MAX_AHEAD_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

/** The values of a line that the bounds limit. */
interface PlausibleLine {
  index: number;
  item: { name: string; unit: string; unitPrice: Decimal };
  quantity: Decimal;
  unitPrice: Decimal;
}

/** The values of a sale that the bounds limit. */
export interface PlausibleSale {
  lines: readonly PlausibleLine[];
  payments: readonly { amount: Decimal }[];
  /** The time of the sale by the till's clock; null if the till did not send it. */
  soldAt: Date | null;
}

/**
 * The reasons to hold a sale; empty for a plausible sale.
 * @param issues issues of `priceBasket` for amounts too large to be posted.
 */
export function implausibilities(
  bounds: OfflineBounds,
  sale: PlausibleSale,
  issues: readonly Issue[],
  now: Date,
): Conflict[] {
  return [
    ...sale.lines.flatMap((line) => [...quantityReasons(bounds, line), ...priceReasons(bounds, line)]),
    ...totalReasons(bounds, sale),
    ...timeReasons(bounds, sale.soldAt, now),
    ...issues.map(({ message, item }) =>
      conflict('IMPLAUSIBLE_TOTAL', message, { rule: 'offline.maxTotal', item }),
    ),
  ];
}

function quantityReasons(
  { maxQuantity }: OfflineBounds,
  { item, quantity, index }: PlausibleLine,
): Conflict[] {
  const bound = maxQuantity.times(countInOne(item.unit)).toDecimalPlaces(QUANTITY_PLACES);
  if (quantity.lessThanOrEqualTo(bound)) return [];
  const texts = { sold: formatDecimal(quantity), present: formatDecimal(bound) };
  const message = `${texts.sold} ${item.unit} of "${item.name}" in one line; the maximum is ${texts.present}.`;
  return [conflict('IMPLAUSIBLE_QUANTITY', message, { rule: 'offline.maxQuantity', item: index, ...texts })];
}

/** Items that are free in the catalogue have no price to compare with. */
function priceReasons(bounds: OfflineBounds, { item, unitPrice, index }: PlausibleLine): Conflict[] {
  if (item.unitPrice.isZero()) return [];
  const percent = unitPrice.times(HUNDRED).dividedBy(item.unitPrice);
  const low = percent.lessThan(bounds.minPricePercent);
  if (!low && percent.lessThanOrEqualTo(bounds.maxPricePercent)) return [];
  const texts = { sold: formatDecimal(unitPrice), present: formatDecimal(item.unitPrice) };
  const bound = formatDecimal(low ? bounds.minPricePercent : bounds.maxPricePercent);
  const message = `"${item.name}" was sold at ${texts.sold}; its price is ${texts.present}, and the limit is ${bound} % of that.`;
  const rule = low ? 'offline.minPricePercent' : 'offline.maxPricePercent';
  return [conflict('IMPLAUSIBLE_PRICE', message, { rule, item: index, ...texts })];
}

function totalReasons({ maxTotal }: OfflineBounds, { lines, payments }: PlausibleSale): Conflict[] {
  const goods = sum(lines.map(({ quantity, unitPrice }) => quantity.times(unitPrice)));
  const paid = sum(payments.map(({ amount }) => amount));
  const total = goods.greaterThan(paid) ? goods : paid;
  if (total.lessThanOrEqualTo(maxTotal)) return [];
  const texts = { sold: formatDecimal(total), present: formatDecimal(maxTotal) };
  const message = `The sale totals ${texts.sold}, or is paid with that much; the maximum is ${texts.present}.`;
  return [conflict('IMPLAUSIBLE_TOTAL', message, { rule: 'offline.maxTotal', ...texts })];
}

function timeReasons({ maxAgeDays }: OfflineBounds, soldAt: Date | null, now: Date): Conflict[] {
  if (soldAt === null) return [];
  const texts = { sold: soldAt.toISOString(), present: now.toISOString() };
  const ahead = soldAt.getTime() - now.getTime();
  if (ahead > MAX_AHEAD_MS) {
    const message = `The sale is in the future (${texts.sold}): check the clock of the till.`;
    return [conflict('IMPLAUSIBLE_TIME', message, { rule: 'offline.future', ...texts })];
  }
  if (-ahead <= maxAgeDays * DAY_MS) return [];
  const message = `The sale is more than ${maxAgeDays} days old (${texts.sold}).`;
  return [conflict('IMPLAUSIBLE_TIME', message, { rule: 'offline.maxAgeDays', ...texts })];
}
