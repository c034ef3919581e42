/** Creates orders for programs and for people who enter orders: phone, marketplace, ERP, web. */
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { isUniqueViolation } from '#kernel/db/transact';
import { ZERO } from '#kernel/decimal';
import { PosProError, invariant } from '#kernel/errors';
import { amountErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { branchOf } from '#subgraphs/auth/index';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import { requireCustomer } from '../basket/basket-customer';
import { pointsErrors } from '../basket/basket-points.rules';
import type { Basket } from '../basket/basket.rules';
import { priceItems } from '../basket/price-items';
import { findActorLimit, limitIssues } from '../basket/role-limits.rules';
import { tenderIssues } from '../basket/sale-tenders.rules';
import { tillTerms, type TillTerms } from '../basket/selling-terms';
import { benefitsOf, priceWithBenefits, type BenefitingSale } from '../benefits/price-with-benefits';
import type { CreateOrderInput } from '../inputs.generated';
import { fieldIssue, throwIssues, type Issue } from '../issues.rules';
import { MAX_LINES, type PostedOrder } from '../model';
import { onceByClientReference } from '../order/client-reference';
import { mainTaxShipping, shippingAmounts, taxedShipping, type Shipping } from '../pricing/shipping.rules';
import { shippingTaxTerms, storefrontSettings } from '../storefront/storefront-settings';
import { contactErrors, storedContact } from './order-contact.rules';
import { placeOrder, type PlacedStatus } from './place-order';

const PLACED_STATUSES: readonly string[] = ['pending', 'confirmed', 'completed'] satisfies PlacedStatus[];
const MAX_HOLD_MS = 30 * 24 * 3_600_000;

/**
 * Creates an order.
 * @throws PosProError 403 for a price without pos:override, and APPROVAL_REQUIRED beyond the limits of the caller's role; 409
 * INSUFFICIENT_STOCK, ALREADY_EXISTS for an external number of the channel; 422 by field, DISCOUNT_INVALID, DISCOUNT_EXHAUSTED,
 * POINTS_INSUFFICIENT; 429 RATE_LIMITED for a caller who guesses codes. In each, nothing has been written.
 */
export async function createOrder(ctx: RequestContext, input: CreateOrderInput): Promise<PostedOrder> {
  throwFieldErrors([
    ...contactErrors(input),
    ...pointsErrors(input.redeemPoints),
    ...(input.externalNumber == null
      ? []
      : textErrors('externalNumber', input.externalNumber, { min: 1, max: 100, lines: false })),
    ...(input.clientReference == null
      ? []
      : textErrors('clientReference', input.clientReference, { min: 1, max: 100, lines: false })),
  ]);
  throwIssues(inputIssues(input, ctx.clock.now()));
  try {
    return await onceByClientReference(ctx, 'createOrder', input, (tx, requestHash) =>
      postOrder(tx, ctx, input, requestHash),
    );
  } catch (error) {
    if (!isUniqueViolation(error, 'order_external_numbers_pkey')) throw error;
    const message = `The channel ${input.channel} has an order with the number "${input.externalNumber}" already.`;
    const errors = [{ field: 'externalNumber', message, code: 'TAKEN' }];
    throw new PosProError('ALREADY_EXISTS', message, { errors });
  }
}

function inputIssues({ channel, items, status, holdsUntil }: CreateOrderInput, now: Date): Issue[] {
  const issues: Issue[] = [];
  if (channel === 'pos')
    issues.push(fieldIssue('channel', 'Orders of a till are made by checkout.', 'INVALID'));
  if (items.length === 0) issues.push(fieldIssue('items', 'There is nothing to sell.', 'REQUIRED'));
  if (items.length > MAX_LINES)
    issues.push(fieldIssue('items', `An order has ${MAX_LINES} items at most.`, 'TOO_MANY'));
  if (status != null && !PLACED_STATUSES.includes(status))
    issues.push(fieldIssue('status', `An order begins as ${PLACED_STATUSES.join(', ')}.`, 'INVALID'));
  if (holdsUntil == null) return issues;
  const ahead = holdsUntil.getTime() - now.getTime();
  if (ahead <= 0 || ahead > MAX_HOLD_MS)
    issues.push(
      fieldIssue('holdsUntil', 'A reservation must end in the future, within 30 days.', 'OUT_OF_RANGE'),
    );
  return issues;
}

async function postOrder(
  tx: Transaction,
  ctx: RequestContext,
  input: CreateOrderInput,
  requestHash: string | undefined,
): Promise<PostedOrder> {
  const terms = await tillTerms(ctx, tx, branchOf(ctx, input.branchId));
  const warehouseId = await warehouseOfBranch(tx, terms.branchId);
  const resolvedItems = await priceItems(ctx, tx, { branchId: terms.branchId, at: tx.now }, input.items);
  const mayOverride = permits(ctx.actor, 'pos:override');
  const basket = await priceWithBenefits(ctx, tx, terms, saleOf(tx, input), {
    input,
    resolvedItems,
    mayOverride,
  });
  const tenders = input.payments ?? [];
  throwIssues([
    ...basket.issues,
    ...limitIssues(findActorLimit(ctx.actor, terms.settings), input, basket, new Set()),
    ...tenderIssues(terms, tenders, input.customerId, input.channel),
  ]);
  await requireCustomer(tx, input.customerId);
  invariant(basket.totals, 'a basket without issues has a total');
  const shipping = await shippingOf(tx, terms, input, basket);
  return placeOrder(tx, ctx, {
    ...storedContact(input),
    terms,
    warehouseId,
    channel: input.channel,
    status: input.status as PlacedStatus | null | undefined,
    lines: basket.lines,
    totals: basket.totals,
    shipping,
    benefits: benefitsOf(basket, { shipping: shippingAmounts(terms, shipping).shippingTotal }),
    payments: tenders,
    customerId: input.customerId?.toLowerCase() ?? null,
    holdsUntil: input.holdsUntil ?? null,
    externalNumber: input.externalNumber?.trim() ?? null,
    clientReference: input.clientReference ?? null,
    requestHash,
  });
}

/** The order as campaigns, codes and points see it: a guest is known by the contact data. */
function saleOf(tx: Transaction, input: CreateOrderInput): BenefitingSale {
  const { channel, customerId, email, phone, discountCodes, redeemPoints } = input;
  const buyer = { customerId: customerId?.toLowerCase() ?? null, email, phone };
  return { at: tx.now, channel, buyer, codes: discountCodes, redeemPoints };
}

/** The shipping to charge; a campaign may make it free. Without a tax rate, it follows the goods, by the rule of the web shop. */
async function shippingOf(
  tx: Transaction,
  terms: TillTerms,
  { shipping }: CreateOrderInput,
  { lines, totals, campaigns }: Basket,
): Promise<Shipping | null> {
  if (shipping == null) return null;
  const { taxRate } = shipping;
  const amount = campaigns.freeShipping ? ZERO : shipping.amount;
  const errors = amountErrors('shipping.amount', shipping.amount, terms.currency, 'not_negative');
  if (taxRate && (taxRate.isNegative() || taxRate.greaterThan(100) || taxRate.decimalPlaces() > 4))
    errors.push({ field: 'shipping.taxRate', message: 'Must be 0 to 100 percent.', code: 'OUT_OF_RANGE' });
  throwFieldErrors(errors);
  if (taxRate) return { amount, taxRate };
  const goods = lines.flatMap(({ item: { taxRate: rate, taxClassId, taxClass, giftCardPurpose } }, index) =>
    giftCardPurpose ? [] : [{ taxRate: rate, taxClassId, taxClass, amounts: totals!.lines[index]! }],
  );
  const taxTerms = shippingTaxTerms(await storefrontSettings(tx));
  return taxTerms.rule === 'fixed'
    ? mainTaxShipping(goods, amount)
    : taxedShipping(terms, taxTerms, goods, amount);
}
