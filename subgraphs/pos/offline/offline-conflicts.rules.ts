/** Conflicts of offline sales: differences between a sale and the rules or data of the server. Pure. */
import { Decimal, HUNDRED, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { formatMoney, roundMoney } from '#kernel/money';
import type { ResolvedItem } from '#subgraphs/catalog/index';
import type { MovedStock } from '#subgraphs/inventory/index';
import {
  ageIssues,
  limitIssues,
  type Basket,
  type BasketLine,
  type OfflineAmounts,
  type PricingTerms,
  type SaleTotals,
  type SettlementTerms,
} from '#subgraphs/orders/index';
import type { RoleLimit } from '#subgraphs/registers/index';
import type { CheckoutInput, PaymentMethodKind } from '../inputs.generated';
import type { ConflictCode, Seller } from './offline-model';
import type { OfflineConflictRow } from '../tables.generated';

export type { Seller } from './offline-model';

/** A difference between an offline sale and the rules or data of the server. */
export type Conflict = Pick<
  OfflineConflictRow,
  'code' | 'rule' | 'message' | 'item' | 'sold' | 'present' | 'difference'
>;

/** A conflict; without further members it is about the whole sale, breaks no rule and has no amount at stake. */
export function conflict(
  code: ConflictCode,
  message: string,
  more: Partial<Omit<Conflict, 'code' | 'message'>> = {},
): Conflict {
  return { code, rule: null, message, item: null, sold: null, present: null, difference: null, ...more };
}

/** Number of conflicts and the sum of the amounts at stake, each without its sign, so that amounts do not cancel out. */
export function openConflicts(conflicts: readonly Pick<Conflict, 'difference'>[]): {
  count: number;
  amount: Decimal;
} {
  return {
    count: conflicts.length,
    amount: sum(conflicts.map(({ difference }) => difference?.abs() ?? ZERO)),
  };
}

/**
 * Conflicts with the rules by which a checkout would have rejected the sale or required an approval. A price other than the
 * catalogue's is a conflict in any case; it names the rule that it breaks, if any.
 */
export function ruleConflicts(
  terms: PricingTerms,
  input: Pick<CheckoutInput, 'discount' | 'ageConfirmed'>,
  basket: Basket & { totals: SaleTotals },
  { seller, limit }: { seller: Seller; limit: RoleLimit | undefined },
): Conflict[] {
  return [
    ...priceConflicts(terms, input, basket, { seller, limit }),
    ...discountConflicts(terms, input, basket, limit),
    ...ageIssues(input, basket.lines).map(({ message, item, details }) =>
      conflict('AGE_UNCONFIRMED', message, {
        rule: 'product.minimumAge',
        item,
        present: String(details!.minimumAge),
      }),
    ),
  ];
}

function priceConflicts(
  terms: PricingTerms,
  input: Pick<CheckoutInput, 'discount'>,
  basket: Basket,
  { seller, limit }: { seller: Seller; limit: RoleLimit | undefined },
): Conflict[] {
  const prices = limit && { ...limit, discountPercent: null };
  const linesBeyondLimit = new Set(limitIssues(prices, input, basket, new Set()).map(({ item }) => item));
  return basket.lines.flatMap(({ item, unitPrice, quantity, index }) => {
    const present = item.unitPrice;
    if (unitPrice.equals(present)) return [];
    const rule = seller.mayOverride
      ? linesBeyondLimit.has(index)
        ? 'limits.overridePercent'
        : null
      : 'pos:override';
    const texts = { sold: formatDecimal(unitPrice), present: formatDecimal(present) };
    const message = `"${item.name}" was sold at ${texts.sold}; its price is ${texts.present}.`;
    const difference = roundMoney(
      unitPrice.minus(present).times(quantity),
      terms.currency,
      terms.roundingMode,
    );
    return [conflict('PRICE_CHANGED', message, { rule, item: index, ...texts, difference })];
  });
}

function discountConflicts(
  { currency }: PricingTerms,
  input: Pick<CheckoutInput, 'discount'>,
  { lines, totals }: Basket & { totals: SaleTotals },
  limit: RoleLimit | undefined,
): Conflict[] {
  if (!limit?.discountPercent) return [];
  const { role, discountPercent } = limit;
  const breaches = limitIssues({ ...limit, overridePercent: null }, input, { lines, totals }, new Set());
  return breaches.map(({ item }) => {
    const line = lines.findIndex(({ index }) => index === item);
    const [discount, amount] =
      line < 0
        ? [totals.discountTotal, totals.subtotal]
        : [totals.lines[line]!.discount, totals.lines[line]!.subtotal];
    const percent = amount.isZero() ? ZERO : discount.times(HUNDRED).dividedBy(amount).toDecimalPlaces(2);
    const shown = `${formatMoney(discount, currency)} ${currency} (${formatDecimal(percent)} %)`;
    const message = `A discount of ${shown} was given; the role "${role}" may give ${formatDecimal(discountPercent)} %.`;
    const texts = { sold: formatDecimal(percent), present: formatDecimal(discountPercent) };
    return conflict('DISCOUNT_LIMIT', message, {
      rule: 'limits.discountPercent',
      item,
      ...texts,
      difference: discount.negated(),
    });
  });
}

/** Conflicts of items of which more was sold than was available; each item once. */
export function shortageConflicts(
  lines: readonly BasketLine[],
  movedStock: ReadonlyMap<string, MovedStock>,
): Conflict[] {
  const reportedVariants = new Set<string>();
  return lines.flatMap(({ item, quantity, index }): Conflict[] => {
    const level = movedStock.get(item.variantId);
    if (!level?.available.isNegative() || reportedVariants.has(item.variantId)) return [];
    reportedVariants.add(item.variantId);
    const present = formatDecimal(level.available);
    const message = `"${item.name}": more was sold than was available; the available stock is ${present}.`;
    return [
      conflict('INSUFFICIENT_STOCK', message, {
        rule: 'stock.available',
        item: index,
        sold: formatDecimal(quantity),
        present,
      }),
    ];
  });
}

/**
 * A sale on account that exceeds the account's limit. The conflict names the excess, not the balance or the limit: conflicts are read
 * with permissions that do not show a customer's account.
 */
export function creditConflict(
  { currency }: PricingTerms,
  { amount, balance, creditLimit }: { amount: Decimal; balance: Decimal; creditLimit: Decimal },
): Conflict {
  const excess = Decimal.min(amount, balance.minus(creditLimit));
  const sold = formatMoney(amount, currency);
  const message = `${sold} ${currency} were sold on account, ${formatMoney(excess, currency)} of it beyond the customer's limit.`;
  return conflict('CREDIT_LIMIT', message, {
    rule: 'customer.creditLimit',
    sold,
    difference: excess.negated(),
  });
}

/** The conflict of a discontinued item. */
export function inactiveConflict({ name }: Pick<ResolvedItem, 'name'>, item: number): Conflict {
  return conflict('PRODUCT_INACTIVE', `"${name}" is no longer sold.`, { rule: 'product.active', item });
}

/** The settlement of a sale, as far as conflicts depend on it. */
interface PaidSale {
  tenders: readonly { method: PaymentMethodKind; amount: Decimal }[];
  total: Decimal;
  difference: Decimal;
}

/** Conflicts of payments that differ from the amount to be paid. Only one conflict has the amount. */
export function moneyConflicts(
  terms: SettlementTerms,
  settlement: PaidSale,
  sent: OfflineAmounts,
  total: Decimal,
): Conflict[] {
  const { currency, cashRoundingStep: step } = terms;
  const money = (amount: Decimal) => formatMoney(amount, currency);
  const present = money(settlement.total);
  const conflicts: Conflict[] = [];
  if (sent.total != null && !sent.total.equals(settlement.total) && !sent.total.equals(total)) {
    const sold = formatDecimal(sent.total);
    const message = `The till charged ${sold} ${currency}; the total is ${present} ${currency}.`;
    conflicts.push(conflict('TOTAL_DIFFERS', message, { rule: 'total', sold, present }));
  }
  if (settlement.difference.isZero()) return conflicts;
  const sold = money(settlement.total.plus(settlement.difference));
  const inCash = sum(
    settlement.tenders.filter(({ method }) => method === 'cash').map(({ amount }) => amount),
  );
  const unpayable = !step.isZero() && !inCash.modulo(step).isZero();
  const code = unpayable ? 'CASH_NOT_PAYABLE' : settlement.difference.isNegative() ? 'UNDERPAID' : 'OVERPAID';
  const coins = unpayable ? ` No coin is smaller than ${formatDecimal(step)} ${currency}.` : '';
  const message = `${sold} ${currency} was paid for ${present} ${currency}; the difference is ${money(settlement.difference)} ${currency}.${coins}`;
  const rule = unpayable ? 'cashRoundingStep' : 'payments';
  return [...conflicts, conflict(code, message, { rule, sold, present, difference: settlement.difference })];
}
