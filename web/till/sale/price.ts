/** The price of a basket: from the server, or estimated while it cannot be reached. */
import { exceedsDiscountLimit, sortIssues, type CheckoutIssue, type SortedIssues } from '../core/approvals';
import { discountInput, itemInputs, minimumAge, type Basket } from '../core/basket';
import { estimate } from '../core/estimate';
import { moneyText } from '../core/money';
import { GraphError } from '../../shared/request';
import { CheckBasketDocument, PriceBasketDocument, type CheckoutInput } from '../operations.generated';
import type { OpenTill } from '../shop';
import { Unreachable, type TillApi } from '../till-api';

/** A basket with its amounts, as texts. */
export interface PricedBasket {
  /** In the order of the basket's lines. */
  readonly lines: readonly { readonly subtotal: string; readonly discount: string; readonly total: string }[];
  readonly discountTotal: string;
  readonly taxTotal: string;
  /** Before cash rounding. */
  readonly total: string;
  /** Whether the till calculated the amounts by itself. */
  readonly estimated: boolean;
  readonly issues: SortedIssues;
}

/** The basket as the API reads it. The lists of the generated types may change; these do not. */
export function basketInput(basket: Basket, { registerId }: OpenTill): CheckoutInput {
  return {
    registerId,
    items: itemInputs(basket.lines),
    discount: discountInput(basket.discount) ?? null,
    customerId: basket.customerId,
    note: basket.note,
    approvalTokens: basket.approvals.map(({ token }) => token),
    ageConfirmed: basket.ageConfirmed,
  };
}

/**
 * Prices a basket with at least one line. A basket that cannot be sold as it is has no price at the server: its amounts are estimated,
 * and its issues say why.
 * @param discountLimit the largest discount without an approval, in percent; null without a limit.
 */
export async function priceBasket(
  api: TillApi,
  till: OpenTill,
  basket: Basket,
  discountLimit: string | null,
): Promise<PricedBasket> {
  const variables = { basket: basketInput(basket, till) };
  try {
    const [priced, checked] = await Promise.all([
      answerOrRejection(api.query(PriceBasketDocument, variables)),
      answerOrRejection(api.query(CheckBasketDocument, variables)),
    ]);
    const found = checked instanceof GraphError ? [checked] : checked.validateCheckout.issues;
    const issues = priced instanceof GraphError && found.length === 0 ? [priced] : found;
    const sorted = sortIssues(issues.map(toIssue));
    if (priced instanceof GraphError) return { ...estimateBasket(till, basket, null), issues: sorted };
    const { items, discountTotal, taxTotal, total } = priced.calculateCheckout;
    return { lines: items, discountTotal, taxTotal, total, estimated: false, issues: sorted };
  } catch (error) {
    if (error instanceof Unreachable) return estimateBasket(till, basket, discountLimit);
    throw error;
  }
}

/** The answer, or the error with which the server rejects the basket. */
async function answerOrRejection<Data>(answer: Promise<Data>): Promise<Data | GraphError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GraphError) return error;
    throw error;
  }
}

function toIssue(issue: Partial<CheckoutIssue> & Pick<CheckoutIssue, 'code' | 'message'>): CheckoutIssue {
  const { code, message, item = null, field = '' } = issue;
  return { code, message, item, field };
}

/** Prices a basket without the server. */
export function estimateBasket(till: OpenTill, basket: Basket, discountLimit: string | null): PricedBasket {
  const { terms } = till;
  const text = (amount: Parameters<typeof moneyText>[1]) => moneyText(terms, amount);
  const estimated = estimate(terms, basket.lines, basket.discount);
  return {
    lines: estimated.lines.map(({ subtotal, discount, total }) => ({
      ...{ subtotal: text(subtotal), discount: text(discount), total: text(total) },
    })),
    discountTotal: text(estimated.discountTotal),
    taxTotal: text(estimated.taxTotal),
    total: text(estimated.total),
    estimated: true,
    issues: {
      approvals: [],
      age: minimumAge(basket) !== null && !basket.ageConfirmed,
      blocking: offlineIssues(till, basket, discountLimit),
    },
  };
}

function offlineIssues(till: OpenTill, basket: Basket, limit: string | null): SortedIssues['blocking'] {
  const messages = [];
  const approved = basket.approvals.some(({ kind }) => kind === 'discount');
  if (!approved && exceedsDiscountLimit(limit, basket.lines, basket.discount))
    messages.push(`A discount above ${limit} % needs a manager’s approval, which needs a connection.`);
  if (till.requiresDevice) messages.push('This register accepts offline sales only from registered devices.');
  if (till.training) messages.push('Training needs a connection.');
  return messages.map((message) => ({ code: 'OFFLINE', message, item: null, field: '' }));
}
