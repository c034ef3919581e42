/** The commission on sold goods: which rule applies, how much it is, and how much of it a refund reverses. Pure. */
import { Decimal, HUNDRED, ZERO } from '#kernel/decimal';
import { allocate, roundMoney } from '#kernel/money';
import type { StoredTier } from '../model';
import type { CommissionRuleRow } from '../tables.generated';

/** The part of a rule that decides whether it applies. */
export type RuleScope = Pick<
  CommissionRuleRow,
  'vendorIds' | 'categoryIds' | 'productIds' | 'validFrom' | 'validUntil'
>;

/** The part of a rule that decides the amount. */
export type RuleTerms = Pick<CommissionRuleRow, 'kind' | 'value' | 'tiers' | 'base' | 'minimum' | 'maximum'>;

/** A sold item as rules see it. */
export interface CommissionedItem {
  readonly vendorId: string;
  readonly productId: string;
  /** The category of the product and those above it. */
  readonly categoryIds: readonly string[];
}

/** The amounts of a sold line. */
export interface SoldAmounts {
  readonly quantity: Decimal;
  /** After all discounts, without tax. */
  readonly net: Decimal;
  /** After all discounts, with tax. */
  readonly total: Decimal;
}

/** Sales of a vendor in a month. */
export type MonthTotals = Pick<SoldAmounts, 'net' | 'total'>;

/**
 * The first rule that applies, in the order of their positions; undefined if none does. An empty list of a rule means "any"; a list whose
 * entries no longer exist has no match, so a rule never applies to more than it names.
 */
export function matchingRule<Rule extends RuleScope>(
  rules: readonly Rule[],
  { vendorId, productId, categoryIds }: CommissionedItem,
  at: Date,
): Rule | undefined {
  const names = (listed: readonly string[], ...ids: readonly string[]) =>
    listed.length === 0 || ids.some((id) => listed.includes(id));
  return rules.find(
    (rule) =>
      names(rule.vendorIds, vendorId) &&
      names(rule.productIds, productId) &&
      names(rule.categoryIds, ...categoryIds) &&
      (rule.validFrom === null || rule.validFrom <= at) &&
      (rule.validUntil === null || rule.validUntil > at),
  );
}

/**
 * The commission on a line, rounded half-up once.
 * @param before sales of the vendor in the month before this line.
 *
 * @example
 * // 15 % to 1,000.00 a month and 10 % beyond; 900.00 before, 300.00 now
 * commissionOf(graded, line, before, 'EUR'); // 15.00 + 20.00 = 35.00
 */
export function commissionOf(
  rule: RuleTerms,
  line: SoldAmounts,
  before: MonthTotals,
  currency: string,
): Decimal {
  const amountOf = ({ net, total }: MonthTotals) => (rule.base === 'net' ? net : total);
  const base = amountOf(line);
  const raw =
    rule.kind === 'fixed'
      ? rule.value!.times(line.quantity)
      : rule.tiers.length === 0
        ? base.times(rule.value!).dividedBy(HUNDRED)
        : gradedCommission(rule.tiers, amountOf(before), base);
  const raised = rule.minimum === null ? raw : Decimal.max(raw, rule.minimum);
  const commission = rule.maximum === null ? raised : Decimal.min(raised, rule.maximum);
  return roundMoney(commission, currency);
}

/** Each tier takes its percentage of the part of the sale that lies between its bounds. */
function gradedCommission(tiers: readonly StoredTier[], before: Decimal, base: Decimal): Decimal {
  const end = before.plus(base);
  return tiers.reduce((total, { from, percent }, index) => {
    const start = Decimal.max(before, from);
    const next = tiers[index + 1];
    const stop = next ? Decimal.min(end, next.from) : end;
    if (stop.lessThanOrEqualTo(start)) return total;
    return total.plus(stop.minus(start).times(percent).dividedBy(HUNDRED));
  }, ZERO);
}

/** The tax on a commission, rounded half-up. @param rate in percent. */
export function taxOnCommission(commission: Decimal, rate: Decimal, currency: string): Decimal {
  return roundMoney(commission.times(rate).dividedBy(HUNDRED), currency);
}

/** The commission of a line, as it was frozen at the sale. */
export interface FrozenCommission extends SoldAmounts {
  readonly commission: Decimal;
  readonly commissionTax: Decimal;
  readonly refundedQuantity: Decimal;
  readonly refundedTotal: Decimal;
  readonly commissionReversed: Decimal;
  readonly commissionTaxReversed: Decimal;
}

/** A refunded part of a line; positive. */
export type RefundedShare = Pick<SoldAmounts, 'quantity' | 'total'>;

/**
 * The part of the commission that a refund reverses: the share of everything that was refunded until now, minus the part that earlier
 * refunds reversed. So the parts sum to the whole, whatever their number. A line of nothing is reversed by its quantity.
 */
export function reversedCommission(
  line: FrozenCommission,
  refund: RefundedShare,
  currency: string,
): { commission: Decimal; commissionTax: Decimal } {
  const share = line.total.isZero()
    ? line.refundedQuantity.plus(refund.quantity).dividedBy(line.quantity)
    : line.refundedTotal.plus(refund.total).dividedBy(line.total);
  const reverse = (whole: Decimal, reversed: Decimal) =>
    roundMoney(whole.times(Decimal.min(share, 1)), currency).minus(reversed);
  return {
    commission: reverse(line.commission, line.commissionReversed),
    commissionTax: reverse(line.commissionTax, line.commissionTaxReversed),
  };
}

/**
 * The shares of the vendors in the shipping of an order, with that of the shop: they sum to it.
 * @param lines all lines of the order, or all its shipments; `vendorId` is null for goods of the shop.
 */
export function shippingShares(
  shipping: Decimal,
  lines: readonly { readonly vendorId: string | null; readonly total: Decimal }[],
  currency: string,
): ReadonlyMap<string | null, Decimal> {
  const goods = new Map<string | null, Decimal>();
  for (const { vendorId, total } of lines) goods.set(vendorId, (goods.get(vendorId) ?? ZERO).plus(total));
  const shares = allocate(shipping, [...goods.values()], currency);
  return new Map([...goods.keys()].map((vendorId, index) => [vendorId, shares[index]!]));
}
