/** Prepares a sale: finds the items, prices them, and checks the sale against the permissions of the caller. */
import { permits } from '#kernel/auth/actor';
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import {
  ageIssues,
  benefitsOf,
  findActorLimit,
  limitIssues,
  orderExchangeRate,
  priceItems,
  priceWithBenefits,
  throwIssues,
  tillTerms,
  tipIssues,
  type BenefitingSale,
  type Pricing,
} from '#subgraphs/orders/index';
import { openSessionFor, type OpenSession } from '#subgraphs/registers/index';
import { NO_APPROVALS, useApprovals, type Approvals } from './approvals';
import type { CheckoutInput } from '../inputs.generated';
import type { PreparedSale } from './prepared-sale';

/** Values that a sale carries beside its input. */
export interface SaleOptions {
  /** Distinguishes requests under one client reference. */
  requestHash?: string | undefined;
  /** The ids of the sale and of the return of an exchange. */
  exchange?: { saleId: string; returnId: string };
}

/**
 * Prepares a sale. Writes nothing but the use of approvals.
 * @throws PosProError 403, 409 REGISTER_CLOSED, 422, as checkout does.
 */
export async function prepareSale(
  tx: Transaction,
  ctx: RequestContext,
  input: CheckoutInput,
  { requestHash, exchange }: SaleOptions = {},
): Promise<PreparedSale> {
  const session = await openSessionFor(tx, ctx, input.registerId);
  const terms = await tillTerms(ctx, tx, session.branchId);
  const warehouseId = await warehouseOfBranch(tx, session.branchId);
  const resolvedItems = await priceItems(ctx, tx, salePricing(tx, session, input), input.items);
  const id = exchange?.saleId ?? ctx.ids.next();
  const approvals = await approvalsFor(tx, input, session, id);
  const mayOverride = permits(ctx.actor, 'pos:override') || approvals.kinds.has('price_override');
  const { at } = salePricing(tx, session, input);
  const toPrice = { input, resolvedItems, mayOverride };
  const basket = await priceWithBenefits(ctx, tx, terms, tillSale(input, at), toPrice);
  throwIssues([
    ...basket.issues,
    ...limitIssues(findActorLimit(ctx.actor, terms.settings), input, basket, approvals.kinds),
    ...ageIssues(input, basket.lines),
    ...tipIssues(terms, input.tip),
  ]);
  invariant(basket.totals, 'a basket without issues has a total');
  return {
    id,
    input,
    terms,
    warehouseId,
    session,
    lines: basket.lines,
    totals: basket.totals,
    benefits: benefitsOf(basket, { tip: input.tip?.amount }),
    exchangeRate: await orderExchangeRate(tx, terms, businessDay(at, terms.timeZone)),
    requestHash,
    approvedBy: approvals.approvedBy,
    cashierId: null,
    exchangeOrderId: exchange?.returnId,
  };
}

/** The branch and the moment that decide the prices of a sale: a till that was offline sends its own time. */
export function salePricing(
  tx: Transaction,
  { branchId }: OpenSession,
  { createdAt }: Pick<CheckoutInput, 'createdAt'>,
): Pricing {
  return { branchId, at: createdAt ?? tx.now };
}

/** A sale at a till, as campaigns, codes and points see it. @param at the moment of its prices. */
export function tillSale(
  { customerId = null, discountCodes, redeemPoints }: CheckoutInput,
  at: Date,
): BenefitingSale {
  return { at, channel: 'pos', buyer: { customerId }, codes: discountCodes, redeemPoints };
}

function approvalsFor(
  tx: Transaction,
  input: CheckoutInput,
  session: OpenSession,
  orderId: string,
): Promise<Approvals> {
  const tokens = input.approvalTokens ?? [];
  // A training sale is not stored in the table of orders.
  const orderOfApprovals = session.training ? null : orderId;
  return tokens.length === 0
    ? Promise.resolve(NO_APPROVALS)
    : useApprovals(tx, tokens, session.registerId, orderOfApprovals);
}
