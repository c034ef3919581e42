/** Which parts of a basket need a manager, so that the page can ask before the customer pays. */
import type { BasketApproval, Discount } from './basket';
import { Decimal, HUNDRED, sum, ZERO } from './money';

/** An issue of `validateCheckout`. */
export interface CheckoutIssue {
  readonly code: string;
  readonly message: string;
  /** Index of the line; null for the basket. */
  readonly item: number | null;
  /** Path in the input: `items.0.discount`. */
  readonly field: string;
}

/** The issues of a basket, sorted by what a person can do about them. */
export interface SortedIssues {
  /** Actions that a manager can approve, each once. */
  readonly approvals: readonly BasketApproval['kind'][];
  /** Whether the cashier has to verify the customer's age. */
  readonly age: boolean;
  /** Issues that stop the sale: an unknown item, too little stock … */
  readonly blocking: readonly CheckoutIssue[];
}

/** Codes of issues about payments and the register, which are not the basket's business. */
const LATER: ReadonlySet<string> = new Set(['PAYMENT_INSUFFICIENT', 'REGISTER_CLOSED']);

/** Sorts the issues that the server found. */
export function sortIssues(issues: readonly CheckoutIssue[]): SortedIssues {
  const kinds = issues.flatMap((issue) => approvalKind(issue) ?? []);
  return {
    approvals: [...new Set(kinds)],
    age: issues.some(({ field }) => field === 'ageConfirmed'),
    blocking: issues.filter(
      (issue) =>
        approvalKind(issue) === undefined &&
        issue.field !== 'ageConfirmed' &&
        !issue.field.startsWith('payment') &&
        !LATER.has(issue.code),
    ),
  };
}

function approvalKind({ code, field }: CheckoutIssue): BasketApproval['kind'] | undefined {
  if (code !== 'APPROVAL_REQUIRED') return undefined;
  return field.endsWith('unitPrice') ? 'price_override' : 'discount';
}

/** A line whose discount is compared with a limit. */
export interface LimitedLine {
  readonly quantity: string;
  readonly price: string;
  readonly discount: Discount | null;
}

/**
 * Whether the discounts exceed the limit of the seller's role, by the rule of the server: a line's discount counts together with its
 * share of the basket's. A till asks this only while it is offline, when no manager can approve.
 * @param limit in percent; null if the role has none.
 */
export function exceedsDiscountLimit(
  limit: string | null,
  lines: readonly LimitedLine[],
  discount: Discount | null,
): boolean {
  if (limit === null) return false;
  const amounts = lines.map(({ quantity, price }) => new Decimal(quantity).times(price));
  const percents = lines.map((line, index) => toPercent(line.discount, amounts[index]!));
  const remaining = sum(
    amounts.map((amount, index) => amount.times(HUNDRED.minus(percents[index]!)).dividedBy(HUNDRED)),
  );
  const basket = toPercent(discount, remaining);
  if (basket.greaterThan(limit)) return true;
  return percents.some((percent) => {
    const left = HUNDRED.minus(percent).times(HUNDRED.minus(basket)).dividedBy(HUNDRED);
    return HUNDRED.minus(left).greaterThan(limit);
  });
}

/** A discount in percent of the amount that it reduces. */
function toPercent(discount: Discount | null, amount: Decimal): Decimal {
  if (discount === null) return ZERO;
  if ('percent' in discount) return new Decimal(discount.percent);
  return amount.isZero() ? ZERO : new Decimal(discount.amount).times(HUNDRED).dividedBy(amount);
}
