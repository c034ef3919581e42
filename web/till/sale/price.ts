/** The price of a basket: from the server, or estimated while it cannot be reached. */
import { exceedsDiscountLimit, sortIssues, type CheckoutIssue, type SortedIssues } from '../core/approvals';
import { discountInput, itemInputs, minimumAge, type Basket } from '../core/basket';
import { connectionNeeds } from '../core/connection-needs';
import { estimate } from '../core/estimate';
import { moneyText } from '../core/money';
import { unitPrices, type TillCopies } from '../core/offline-prices';
import { GraphError } from '../../shared/request';
import {
  CheckBasketDocument,
  PriceBasketDocument,
  type CheckoutInput,
  type PriceBasketQuery,
} from '../operations.generated';
import type { OpenTill } from '../shop';
import { Unreachable, type TillApi } from '../till-api';

/** A basket with its amounts, as texts. */
export interface PricedBasket {
  /** In the order of the basket's lines. */
  readonly lines: readonly PricedLine[];
  readonly discountTotal: string;
  readonly taxTotal: string;
  /** Before cash rounding. */
  readonly total: string;
  /** Whether the till calculated the amounts by itself. */
  readonly estimated: boolean;
  readonly issues: SortedIssues;
  /** Undefined without a customer or a loyalty program, and in an estimate. */
  readonly points?: BasketPoints | undefined;
}

/** The amounts of a line, as texts. */
export interface PricedLine {
  /** The price of one unit that the customer is charged, before discounts. */
  readonly unitPrice: string;
  readonly subtotal: string;
  readonly discount: string;
  readonly total: string;
}

/** Loyalty points of the customer and of the sale. */
export interface BasketPoints {
  readonly balance: number;
  readonly earned: number;
  /** The most points that this basket takes, and the discount that they give. */
  readonly redeemable: number;
  readonly value: string;
  /** Points that pay a part of this basket, and the discount that they give. */
  readonly redeemed: number;
  readonly discount: string;
}

/** The copies and limits that a till has on its device. */
export interface TillAlone extends Omit<TillCopies, 'branchId'> {
  /** The largest discount without an approval, in percent; null without a limit. */
  readonly discountLimit: string | null;
}

/** The basket as the API reads it. The lists of the generated types may change; these do not. */
export function basketInput(basket: Basket, { registerId }: OpenTill): CheckoutInput {
  return {
    registerId,
    items: itemInputs(basket.lines),
    discount: discountInput(basket.discount) ?? null,
    customerId: basket.customer?.id ?? null,
    redeemPoints: basket.redeemPoints === 0 ? null : basket.redeemPoints,
    note: basket.note,
    approvalTokens: basket.approvals.map(({ token }) => token),
    ageConfirmed: basket.ageConfirmed,
  };
}

/**
 * Prices a basket with at least one line. A basket that cannot be sold as it is has no price at the server: its amounts are estimated,
 * and its issues say why.
 */
export async function priceBasket(
  api: TillApi,
  till: OpenTill,
  basket: Basket,
  alone: TillAlone,
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
    if (priced instanceof GraphError) return { ...estimateBasket(till, basket, alone), issues: sorted };
    const { items, discountTotal, taxTotal, total } = priced.calculateCheckout;
    const points = pointsOf(priced.calculateCheckout);
    return { lines: items, discountTotal, taxTotal, total, estimated: false, issues: sorted, points };
  } catch (error) {
    if (error instanceof Unreachable) return estimateBasket(till, basket, alone);
    throw error;
  }
}

function pointsOf(totals: PriceBasketQuery['calculateCheckout']): BasketPoints | undefined {
  const { pointsPreview, pointsEarned: earned, pointsRedeemed: redeemed, pointsDiscount: discount } = totals;
  if (!pointsPreview) return undefined;
  const { balance, redeemable, value } = pointsPreview;
  return { balance, earned, redeemable, value, redeemed, discount };
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
export function estimateBasket(till: OpenTill, basket: Basket, alone: TillAlone): PricedBasket {
  const { terms } = till;
  const text = (amount: Parameters<typeof moneyText>[1]) => moneyText(terms, amount);
  const copies = { ...alone, branchId: till.branchId };
  const prices = unitPrices(copies, basket, new Date());
  const lines = basket.lines.map((line, index) => ({ ...line, price: prices[index]! }));
  const estimated = estimate(terms, lines, basket.discount);
  return {
    lines: estimated.lines.map(({ subtotal, discount, total }, index) => ({
      unitPrice: prices[index]!,
      ...{ subtotal: text(subtotal), discount: text(discount), total: text(total) },
    })),
    discountTotal: text(estimated.discountTotal),
    taxTotal: text(estimated.taxTotal),
    total: text(estimated.total),
    estimated: true,
    issues: {
      approvals: [],
      age: minimumAge(basket) !== null && !basket.ageConfirmed,
      blocking: offlineIssues(till, { ...basket, lines }, alone.discountLimit),
    },
  };
}

function offlineIssues(till: OpenTill, basket: Basket, limit: string | null): SortedIssues['blocking'] {
  const messages = connectionNeeds(basket);
  const approved = basket.approvals.some(({ kind }) => kind === 'discount');
  if (!approved && exceedsDiscountLimit(limit, basket.lines, basket.discount))
    messages.push(`A discount above ${limit} % needs a manager’s approval, which needs a connection.`);
  if (till.requiresDevice) messages.push('This register accepts offline sales only from registered devices.');
  if (till.training) messages.push('Training needs a connection.');
  return messages.map((message) => ({ code: 'OFFLINE', message, item: null, field: '' }));
}
