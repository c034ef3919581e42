/** The checks of a cart that is checked out, under its lock. */
import type { FieldError } from '#kernel/errors';
import { PosProError } from '#kernel/errors';
import { type Decimal, ZERO } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import { textErrors } from '#kernel/validation';
import { ageIssues } from '../basket/role-limits.rules';
import { tenderIssues } from '../basket/sale-tenders.rules';
import type { CheckoutCartInput } from '../inputs.generated';
import { fieldIssue, throwIssues, type Issue } from '../issues.rules';
import { MAX_LINES } from '../model';
import { tokenErrors } from '../payments/card-token.rules';
import { preventsCheckout } from './cart-problems.rules';
import type { PricedCart } from './cart-view';
import { cartErrors } from './update-cart';

/** Methods that a web shop can offer; others need a register or a staff member. */
const METHODS: readonly string[] = ['card', 'bank_transfer', 'mobile', 'other'];

/** The errors of a checkout that do not depend on the cart. */
export function checkoutErrors(input: CheckoutCartInput): FieldError[] {
  const { paymentMethod, providerToken, returnUrl, note } = input;
  const errors = [...cartErrors(input), ...textErrors('note', note, { max: 1000 })];
  if (!METHODS.includes(paymentMethod)) {
    const message = `A cart is paid by ${METHODS.join(', ')}.`;
    errors.push({ field: 'paymentMethod', message, code: 'UNKNOWN_METHOD' });
  }
  if (providerToken != null && paymentMethod !== 'card')
    errors.push({ field: 'providerToken', message: 'Only a card has a token.', code: 'INVALID' });
  return [
    ...errors,
    ...tokenErrors(providerToken),
    ...textErrors('returnUrl', returnUrl, { max: 2000, lines: false }),
  ];
}

/** @throws PosProError for everything that prevents the checkout of a cart but its stock. */
export function assertCheckout(priced: PricedCart, input: CheckoutCartInput): void {
  const { cart, terms, lines, basketLines, needsShipping, total, problems } = priced;
  const issues: Issue[] = [];
  if (lines.length === 0) issues.push(fieldIssue('cartId', 'The cart is empty.', 'EMPTY'));
  if (basketLines.length > MAX_LINES)
    issues.push(fieldIssue('cartId', `An order has ${MAX_LINES} items at most.`, 'TOO_MANY'));
  if (needsShipping && cart.shippingAddress === null)
    issues.push(fieldIssue('shippingAddress', 'Enter the address to which the goods are sent.', 'REQUIRED'));
  issues.push(...ageIssues(input, basketLines), ...priced.benefitIssues);
  const tender = { method: input.paymentMethod, amount: total };
  issues.push(...tenderIssues(terms, [tender], cart.customerId).flatMap(methodIssue));
  throwIssues(issues);
  // Stock is left to the reservation, which alone can decide.
  const problem = problems.find((one) => preventsCheckout(one) && one.code !== 'insufficient_stock');
  if (problem) {
    const { code, message, itemId } = problem;
    throw new PosProError('ILLEGAL_STATE', message, { details: { problem: code, itemId } });
  }
  if (input.expectedTotal != null && !input.expectedTotal.equals(total)) throw priceChanged(priced);
}

/** Whether the shop accepts the method, in the field of this input. References and amounts come with the payment. */
function methodIssue(issue: Issue): Issue[] {
  return issue.field.endsWith('.method') ? [{ ...issue, field: 'paymentMethod' }] : [];
}

/** The error for a total that the customer has not seen, with the new totals. */
function priceChanged({ terms, totals, shippingRate, shipping, total }: PricedCart): PosProError {
  const shown = (amount: Decimal) => formatMoney(amount, terms.currency);
  const message = `The total is now ${shown(total)} ${terms.currency}. Show it to the customer, and check out again.`;
  return new PosProError('PRICE_CHANGED', message, {
    details: {
      currency: terms.currency,
      subtotal: shown(totals.subtotal),
      discountTotal: shown(totals.discountTotal),
      shippingTotal: shown(shippingRate?.amount ?? ZERO),
      taxTotal: shown(totals.taxTotal.plus(shipping.shippingTax)),
      total: shown(total),
    },
  });
}
