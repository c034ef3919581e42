/** Role limits and minimum ages: issues of a basket that needs an approval or an age check. Pure. */
import type { Actor } from '#kernel/auth/actor';
import { type Decimal, HUNDRED, ZERO, formatDecimal, sum } from '#kernel/decimal';
import type { RoleLimit, TillSettings } from '#subgraphs/registers/index';
import { fieldIssue, type Issue } from '../issues.rules';
import type { Discount } from '../pricing/pricing.rules';
import type { BasketLine } from './basket-line.rules';
import type { Basket, UnpricedBasket } from './basket.rules';

/** An action that a role may limit, and a manager approve. */
export type LimitedAction = 'discount' | 'price_override';

/** The limit of the caller's role; undefined if there is none. */
export function findActorLimit(actor: Actor, settings: TillSettings): RoleLimit | undefined {
  return findRoleLimit(actor.kind === 'user' || actor.kind === 'apiKey' ? actor.role : null, settings);
}

/** The limit of a role; undefined if there is none, and for the platform itself. */
export function findRoleLimit(name: string | null, { limits }: TillSettings): RoleLimit | undefined {
  return limits.find(({ role }) => role === name);
}

/**
 * Issues of discounts and prices that exceed the limit without an approval. A line's discount counts together with its share of the
 * basket's, so that two discounts within the limit do not add up to one beyond it.
 */
export function limitIssues(
  limit: RoleLimit | undefined,
  input: Pick<UnpricedBasket, 'discount'>,
  basket: Pick<Basket, 'lines' | 'totals'>,
  approved: ReadonlySet<string>,
): Issue[] {
  if (!limit || !basket.totals) return [];
  const issues: Issue[] = [];
  const { discountPercent, overridePercent } = limit;
  if (discountPercent && !approved.has('discount'))
    issues.push(...discountIssues(discountPercent, input.discount, basket.lines));
  if (overridePercent && !approved.has('price_override'))
    issues.push(...overrideIssues(overridePercent, basket.lines));
  return issues;
}

/** The highest minimum age of the goods, in years; null if none of them has one. */
export function basketMinimumAge(lines: readonly BasketLine[]): number | null {
  const ages = lines.flatMap(({ item }) => item.minimumAge ?? []);
  return ages.length === 0 ? null : Math.max(...ages);
}

/** Issues of goods with a minimum age, if the cashier has not confirmed the age. */
export function ageIssues(
  { ageConfirmed }: { readonly ageConfirmed?: boolean | null },
  lines: readonly BasketLine[],
): Issue[] {
  if (ageConfirmed) return [];
  return lines.flatMap(({ item, index }): Issue[] => {
    if (item.minimumAge == null) return [];
    const message = `"${item.name}" requires a minimum age of ${item.minimumAge}: verify it, then set ageConfirmed.`;
    return [
      {
        ...fieldIssue('ageConfirmed', message, 'AGE_CHECK_REQUIRED', index),
        details: { minimumAge: item.minimumAge },
      },
    ];
  });
}

function discountIssues(
  limit: Decimal,
  discount: Discount | null | undefined,
  lines: readonly BasketLine[],
): Issue[] {
  const amounts = lines.map(({ quantity, unitPrice }) => quantity.times(unitPrice));
  const linePercents = lines.map((line, index) => toPercent(line.discount, amounts[index]!));
  const remaining = sum(
    amounts.map((amount, index) => amount.times(HUNDRED.minus(linePercents[index]!)).dividedBy(HUNDRED)),
  );
  const basketPercent = toPercent(discount, remaining);
  const exceedsLimit = linePercents.map((percent) => {
    const remainingPercent = HUNDRED.minus(percent).times(HUNDRED.minus(basketPercent)).dividedBy(HUNDRED);
    return HUNDRED.minus(remainingPercent).greaterThan(limit);
  });
  if (basketPercent.greaterThan(limit)) return [approvalRequired('discount', limit, 'discount', null)];
  return exceedsLimit.flatMap((exceeds, index) => {
    const itemIndex = lines[index]!.index;
    return exceeds ? [approvalRequired('discount', limit, `items.${itemIndex}.discount`, itemIndex)] : [];
  });
}

/** A discount in percent of the amount that it reduces. */
function toPercent(discount: Discount | null | undefined, amount: Decimal): Decimal {
  if (discount?.percent != null) return discount.percent;
  if (discount?.amount == null || amount.isZero()) return ZERO;
  return discount.amount.times(HUNDRED).dividedBy(amount);
}

function overrideIssues(limit: Decimal, lines: readonly BasketLine[]): Issue[] {
  return lines.flatMap(({ item, unitPrice, index }) => {
    const lowest = item.unitPrice.times(HUNDRED.minus(limit)).dividedBy(HUNDRED);
    return unitPrice.lessThan(lowest)
      ? [approvalRequired('price_override', limit, `items.${index}.unitPrice`, index)]
      : [];
  });
}

function approvalRequired(kind: LimitedAction, limit: Decimal, field: string, item: number | null): Issue {
  const percent = `${formatDecimal(limit)} %`;
  const action =
    kind === 'discount'
      ? `A discount of more than ${percent}`
      : `A price more than ${percent} below the catalogue\u2019s`;
  return {
    code: 'APPROVAL_REQUIRED',
    message: `${action} requires a manager's approval.`,
    item,
    field,
    reason: 'APPROVAL_REQUIRED',
    details: { approval: kind, limit: formatDecimal(limit) },
  };
}
