/** How far somebody may go alone, by the organization's limits for their role. Pure. */
import type { Actor } from '#kernel/auth/actor';
import { type Decimal, HUNDRED, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { fieldIssue, type Issue } from '#subgraphs/orders/index';
import type { RoleLimit, TillSettings } from '#subgraphs/registers/index';
import type { BasketLine } from './basket-line.rules';
import type { Basket } from './basket.rules';
import type { ApprovalKind, CheckoutInput, DiscountInput } from '../inputs.generated';

/** The limit of the caller's role; undefined where there is none. */
export function findActorLimit(actor: Actor, settings: TillSettings): RoleLimit | undefined {
  return findRoleLimit(actor.kind === 'user' || actor.kind === 'apiKey' ? actor.role : null, settings);
}

/** The limit of a role; undefined where there is none, and for the platform itself. */
export function findRoleLimit(name: string | null, { limits }: TillSettings): RoleLimit | undefined {
  return limits.find(({ role }) => role === name);
}

/**
 * What of a basket goes beyond a limit and has nobody's leave. A line's discount counts together with its share of the basket's,
 * so that two discounts within the limit don't add up to one beyond it.
 */
export function limitIssues(
  limit: RoleLimit | undefined,
  input: Pick<CheckoutInput, 'discount'>,
  basket: Basket,
  approved: ReadonlySet<ApprovalKind>,
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

/** For people of how many years and above a basket is: by the strictest of its goods, null where for all. */
export function basketMinimumAge(lines: readonly BasketLine[]): number | null {
  const ages = lines.flatMap(({ item }) => item.minimumAge ?? []);
  return ages.length === 0 ? null : Math.max(...ages);
}

/** What may be sold to nobody below an age, where the cashier has not made sure of it. */
export function ageIssues(
  { ageConfirmed }: Pick<CheckoutInput, 'ageConfirmed'>,
  lines: readonly BasketLine[],
): Issue[] {
  if (ageConfirmed) return [];
  return lines.flatMap(({ item, index }): Issue[] => {
    if (item.minimumAge == null) return [];
    const message = `"${item.name}" is for people of ${item.minimumAge} years and above: make sure of it, then confirm the age.`;
    return [
      {
        ...fieldIssue('ageConfirmed', message, 'AGE_CHECK_REQUIRED', index),
        facts: { minimumAge: item.minimumAge },
      },
    ];
  });
}

function discountIssues(
  limit: Decimal,
  discount: DiscountInput | null | undefined,
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

/** A discount in percent of what it is taken from. */
function toPercent(discount: DiscountInput | null | undefined, amount: Decimal): Decimal {
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

function approvalRequired(kind: ApprovalKind, limit: Decimal, field: string, item: number | null): Issue {
  const excess =
    kind === 'discount' ? 'A discount of more than' : 'A price further below the catalogue\u2019s than';
  return {
    code: 'APPROVAL_REQUIRED',
    message: `${excess} ${formatDecimal(limit)} % needs a manager's approval.`,
    item,
    field,
    reason: 'APPROVAL_REQUIRED',
    facts: { approval: kind, limit: formatDecimal(limit) },
  };
}
