/** What cannot be a sale, whoever sends it: it is held back until somebody looks at it. Pure. */
import { type Decimal, HUNDRED, formatDecimal, sum } from '#kernel/decimal';
import { QUANTITY_PLACES } from '#kernel/money';
import { countInOne } from '#subgraphs/catalog/index';
import type { Issue } from '#subgraphs/orders/index';
import type { OfflineBounds } from '#subgraphs/registers/index';
import { conflict, type Conflict } from './offline-conflicts.rules';

/** A till's clock may be a little fast. */
const MAX_AHEAD_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

/** A line, as far as it is held against the bounds. */
interface PlausibleLine {
  index: number;
  item: { name: string; unit: string; unitPrice: Decimal };
  quantity: Decimal;
  unitPrice: Decimal;
}

/** A sale, likewise. */
export interface PlausibleSale {
  lines: readonly PlausibleLine[];
  payments: readonly { amount: Decimal }[];
  /** When it was sold, by the till's clock; null where it did not say. */
  soldAt: Date | null;
}

/**
 * The reasons to hold a sale back; none for one that can be.
 * @param issues what is beyond any size that can be booked, as `priceBasket` found it.
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
  const message = `${texts.sold} ${item.unit} of "${item.name}" in one line; the bound is ${texts.present}.`;
  return [conflict('IMPLAUSIBLE_QUANTITY', message, { rule: 'offline.maxQuantity', item: index, ...texts })];
}

/** What the catalogue gives away has no price to hold another against. */
function priceReasons(bounds: OfflineBounds, { item, unitPrice, index }: PlausibleLine): Conflict[] {
  if (item.unitPrice.isZero()) return [];
  const percent = unitPrice.times(HUNDRED).dividedBy(item.unitPrice);
  const low = percent.lessThan(bounds.minPricePercent);
  if (!low && percent.lessThanOrEqualTo(bounds.maxPricePercent)) return [];
  const texts = { sold: formatDecimal(unitPrice), present: formatDecimal(item.unitPrice) };
  const bound = formatDecimal(low ? bounds.minPricePercent : bounds.maxPricePercent);
  const message = `"${item.name}" was sold at ${texts.sold}; its price is ${texts.present}, and the bound is ${bound} % of that.`;
  const rule = low ? 'offline.minPricePercent' : 'offline.maxPricePercent';
  return [conflict('IMPLAUSIBLE_PRICE', message, { rule, item: index, ...texts })];
}

function totalReasons({ maxTotal }: OfflineBounds, { lines, payments }: PlausibleSale): Conflict[] {
  const goods = sum(lines.map(({ quantity, unitPrice }) => quantity.times(unitPrice)));
  const paid = sum(payments.map(({ amount }) => amount));
  const total = goods.greaterThan(paid) ? goods : paid;
  if (total.lessThanOrEqualTo(maxTotal)) return [];
  const texts = { sold: formatDecimal(total), present: formatDecimal(maxTotal) };
  const message = `The sale comes to ${texts.sold}, or is paid with so much; the bound is ${texts.present}.`;
  return [conflict('IMPLAUSIBLE_TOTAL', message, { rule: 'offline.maxTotal', ...texts })];
}

function timeReasons({ maxAgeDays }: OfflineBounds, soldAt: Date | null, now: Date): Conflict[] {
  if (soldAt === null) return [];
  const texts = { sold: soldAt.toISOString(), present: now.toISOString() };
  const ahead = soldAt.getTime() - now.getTime();
  if (ahead > MAX_AHEAD_MS) {
    const message = `The sale lies in the future (${texts.sold}); check the clock of the till.`;
    return [conflict('IMPLAUSIBLE_TIME', message, { rule: 'offline.future', ...texts })];
  }
  if (-ahead <= maxAgeDays * DAY_MS) return [];
  const message = `The sale lies more than ${maxAgeDays} days back (${texts.sold}).`;
  return [conflict('IMPLAUSIBLE_TIME', message, { rule: 'offline.maxAgeDays', ...texts })];
}
