/** How far somebody may go alone, by the organization's limits for their role. Pure. */
import type { Actor } from '#kernel/auth/actor';
import { type Decimal, HUNDRED, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { fieldIssue, type Issue } from '#subgraphs/orders/index';
import type { RoleLimit, TillSettings } from '#subgraphs/registers/index';
import type { BasketLine } from './basket-line.rules';
import type { Basket } from './basket.rules';
import type { CheckoutInput, DiscountInput } from '../inputs.generated';
import type { ApprovalRow } from '../tables.generated';

/** What leave can be given for. */
export type ApprovalKind = ApprovalRow['kind'];

/** The limit of the caller's role; undefined where there is none. */
export function limitOf(actor: Actor, settings: TillSettings): RoleLimit | undefined {
  return limitOfRole(actor.kind === 'user' || actor.kind === 'apiKey' ? actor.role : null, settings);
}

/** The limit of a role; undefined where there is none, and for the platform itself. */
export function limitOfRole(name: string | null, { limits }: TillSettings): RoleLimit | undefined {
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
export function minimumAgeOf(lines: readonly BasketLine[]): number | null {
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
  const worth = lines.map(({ quantity, unitPrice }) => quantity.times(unitPrice));
  const own = lines.map((line, index) => shareOf(line.discount, worth[index]!));
  const left = sum(worth.map((amount, index) => amount.times(HUNDRED.minus(own[index]!)).dividedBy(HUNDRED)));
  const forAll = shareOf(discount, left);
  const over = own.map((percent) => {
    const kept = HUNDRED.minus(percent).times(HUNDRED.minus(forAll)).dividedBy(HUNDRED);
    return HUNDRED.minus(kept).greaterThan(limit);
  });
  if (forAll.greaterThan(limit)) return [needed('discount', limit, 'discount', null)];
  return over.flatMap((beyond, index) => {
    const at = lines[index]!.index;
    return beyond ? [needed('discount', limit, `items.${at}.discount`, at)] : [];
  });
}

/** A discount in percent of what it is taken from. */
function shareOf(discount: DiscountInput | null | undefined, amount: Decimal): Decimal {
  if (discount?.percent != null) return discount.percent;
  if (discount?.amount == null || amount.isZero()) return ZERO;
  return discount.amount.times(HUNDRED).dividedBy(amount);
}

function overrideIssues(limit: Decimal, lines: readonly BasketLine[]): Issue[] {
  return lines.flatMap(({ item, unitPrice, index }) => {
    const lowest = item.unitPrice.times(HUNDRED.minus(limit)).dividedBy(HUNDRED);
    return unitPrice.lessThan(lowest)
      ? [needed('price_override', limit, `items.${index}.unitPrice`, index)]
      : [];
  });
}

function needed(kind: ApprovalKind, limit: Decimal, field: string, item: number | null): Issue {
  const what =
    kind === 'discount' ? 'A discount of more than' : 'A price further below the catalogue\u2019s than';
  return {
    code: 'APPROVAL_REQUIRED',
    message: `${what} ${formatDecimal(limit)} % needs a manager's approval.`,
    item,
    field,
    reason: 'APPROVAL_REQUIRED',
    facts: { approval: kind, limit: formatDecimal(limit) },
  };
}
