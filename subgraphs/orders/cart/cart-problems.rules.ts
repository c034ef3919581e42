/** The problems of a cart: all reasons for which its checkout would fail, or the customer should look at it again. Pure. */
import { type Decimal, ZERO, formatDecimal, sum } from '#kernel/decimal';
import { formatUnitPrice } from '#kernel/money';
import type { ResolvedItem } from '#subgraphs/catalog/index';
import { isOfCode } from '../basket/basket-campaigns.rules';
import type { CartProblemCode } from '../inputs.generated';
import type { Issue } from '../issues.rules';
import type { CartItemRow } from '../tables.generated';

/** A problem; the amounts are formatted, since a unit price may have more digits than the currency. */
export interface CartProblem {
  code: CartProblemCode;
  message: string;
  itemId: string | null;
  available: Decimal | null;
  oldPrice: string | null;
  newPrice: string | null;
  discountCode: string | null;
}

/** A line of a cart, with the item as it is sold at this moment; undefined if it is not sold any more. */
export interface ResolvedLine {
  row: CartItemRow;
  item: ResolvedItem | undefined;
}

/** Everything on which problems depend. */
export interface CartState {
  currency: string;
  lines: readonly ResolvedLine[];
  /** The quantity that this cart may take of each variant whose stock is tracked: available ones and those reserved for the cart. */
  available: ReadonlyMap<string, Decimal>;
  /** The code that the customer has chosen; null for the first rate. */
  shippingCode: string | null;
  /** The codes of the available rates. */
  shippingCodes: readonly string[];
  /** The reason for people if there is no rate. */
  shippingReason: string | null;
  /** Whether there are goods to send; gift cards are not sent. */
  needsShipping: boolean;
  /** Issues of discount codes and of redeemed points. */
  benefitIssues: readonly Issue[];
}

const NOTHING_MORE = { itemId: null, available: null, oldPrice: null, newPrice: null, discountCode: null };

/** Problems, those of the lines first, in their order. */
export function cartProblems(state: CartState): CartProblem[] {
  return [
    ...state.lines.flatMap((line) => lineProblems(state, line)),
    ...shippingProblems(state),
    ...state.benefitIssues.map(benefitProblem),
  ];
}

function benefitProblem(issue: Issue): CartProblem {
  const { code, message, details } = issue;
  if (isOfCode(issue))
    return { ...NOTHING_MORE, code: 'code_expired', message, discountCode: String(details?.code) };
  const isBalance = code === 'POINTS_INSUFFICIENT';
  return { ...NOTHING_MORE, code: isBalance ? 'points_insufficient' : 'points_not_redeemable', message };
}

/** Whether a cart with this problem cannot be checked out. A changed price can be paid. */
export function preventsCheckout({ code }: Pick<CartProblem, 'code'>): boolean {
  return code !== 'price_changed';
}

function lineProblems({ currency, lines, available }: CartState, { row, item }: ResolvedLine): CartProblem[] {
  const itemId = row.id;
  if (!item) {
    const message = `"${row.name}" is not sold any more.`;
    return [{ ...NOTHING_MORE, code: 'not_sold_here', message, itemId }];
  }
  const problems: CartProblem[] = [];
  if (!item.unitPrice.equals(row.unitPrice)) {
    const oldPrice = formatUnitPrice(row.unitPrice, currency);
    const newPrice = formatUnitPrice(item.unitPrice, currency);
    const message = `The price of "${item.name}" has changed from ${oldPrice} to ${newPrice} ${currency}.`;
    problems.push({ ...NOTHING_MORE, code: 'price_changed', message, itemId, oldPrice, newPrice });
  }
  const left = available.get(item.variantId);
  if (!item.trackStock || left === undefined) return problems;
  // Lines of one item that differ in their note share the stock.
  const needed = sum(
    lines
      .filter(({ row: { variantId } }) => variantId === item.variantId)
      .map(({ row: { quantity } }) => quantity),
  );
  if (needed.lessThanOrEqualTo(left)) return problems;
  const shown = left.lessThan(ZERO) ? ZERO : left;
  const message = `"${item.name}": ${formatDecimal(needed)} requested, ${formatDecimal(shown)} available.`;
  problems.push({ ...NOTHING_MORE, code: 'insufficient_stock', message, itemId, available: shown });
  return problems;
}

function shippingProblems({
  shippingCode,
  shippingCodes,
  shippingReason,
  needsShipping,
}: CartState): CartProblem[] {
  if (!needsShipping) return [];
  if (shippingCode === null ? shippingCodes.length > 0 : shippingCodes.includes(shippingCode)) return [];
  const message =
    shippingCodes.length === 0
      ? (shippingReason ?? 'The goods cannot be sent to this address.')
      : `The shipping rate "${shippingCode}" is not available. Choose one of ${shippingCodes.join(', ')}.`;
  return [{ ...NOTHING_MORE, code: 'shipping_unavailable', message }];
}
