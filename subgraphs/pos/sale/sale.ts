/**
 * A sale inside a transaction: a dozen statements whatever the number of items.
 *
 * Reads come first; then what others may be waiting for, the rarest lock first: what was put aside, the levels of the goods, the
 * customer's account, the register's session, and the branch's counters together with the order itself. From there it is two
 * statements to the commit.
 */
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { PosProError, invalid, invariant } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { customerById, postCredit } from '#subgraphs/customers/index';
import { redeemHolds, warehouseOfBranch, type MovedStock } from '#subgraphs/inventory/index';
import {
  announceOrder,
  announceSale,
  insertOrder,
  keepTrainingSale,
  saleEntry,
  settle,
  type Settlement,
  type WrittenOrder,
} from '#subgraphs/orders/index';
import { recordPayments, type PaymentRow } from '#subgraphs/payments/index';
import { openSessionFor, postToSession, type OpenSession } from '#subgraphs/registers/index';
import { insertConflicts } from '../offline/offline-conflicts';
import { creditConflict, openConflicts, shortageConflicts } from '../offline/offline-conflicts.rules';
import { NO_APPROVALS, useApprovals, type Approvals } from './approvals';
import { fillBasket, paymentsFor, refuseIssues } from './basket';
import type { CheckoutInput } from '../inputs.generated';
import { ageIssues, limitIssues, limitOf } from './role-limits.rules';
import { methodIssues, tipIssues } from './tender-validation.rules';
import type { AlreadyHappened, PreparedSale } from './prepared-sale';
import { priceItems, type Pricing } from './price-items';
import { draftOf } from './sale-draft';
import { termsOf } from './selling-terms';

/** How a sale comes about, where it is no ordinary one. */
export interface SellingWay {
  /** What tells requests under one client reference apart. */
  hash?: string | undefined;
  /** The sale's id and that of the return, where goods are exchanged. */
  exchange?: { saleId: string; returnId: string };
}

/** Finds the items, prices them, and holds the sale against what the caller may do. Writes nothing but the use of approvals. */
export async function prepareSale(
  tx: Transaction,
  ctx: RequestContext,
  input: CheckoutInput,
  way: SellingWay = {},
): Promise<PreparedSale> {
  const { exchange } = way;
  const session = await openSessionFor(tx, ctx, input.registerId);
  const terms = await termsOf(ctx, tx, session.branchId);
  const warehouseId = await warehouseOfBranch(tx, session.branchId);
  const sellables = await priceItems(tx, pricingOf(tx, session, input), input.items);
  const id = exchange?.saleId ?? ctx.ids.next();
  const approvals = await approvalsFor(tx, input, session, id);
  const mayOverride = permits(ctx.actor, 'pos:override') || approvals.kinds.has('price_override');
  const basket = fillBasket(terms, input, sellables, mayOverride);
  const limits = limitIssues(limitOf(ctx.actor, terms.settings), input, basket, approvals.kinds);
  refuseIssues([
    ...basket.issues,
    ...limits,
    ...ageIssues(input, basket.lines),
    ...tipIssues(terms, input.tip),
  ]);
  invariant(basket.totals, 'a basket without faults has a total');
  return {
    id,
    input,
    terms,
    warehouseId,
    session,
    lines: basket.lines,
    totals: basket.totals,
    hash: way.hash,
    approvedBy: approvals.approvedBy,
    cashierId: null,
    exchangeOrderId: exchange?.returnId,
  };
}

/** The prices of the moment of the sale: a till that was offline says when that was. */
export function pricingOf(
  tx: Transaction,
  { branchId }: OpenSession,
  { createdAt }: Pick<CheckoutInput, 'createdAt'>,
): Pricing {
  return { organizationId: tx.organizationId, branchId, at: createdAt ?? tx.now };
}

function approvalsFor(
  tx: Transaction,
  input: CheckoutInput,
  session: OpenSession,
  orderId: string,
): Promise<Approvals> {
  const tokens = input.approvalTokens ?? [];
  // What was made for practice is in no table that an approval could name.
  const usedFor = session.training ? null : orderId;
  return tokens.length === 0
    ? Promise.resolve(NO_APPROVALS)
    : useApprovals(tx, tokens, session.registerId, usedFor);
}

/**
 * Takes the money and the stock, and writes the sale.
 * @param credit what goods that came back count for, where goods are exchanged; the total at most.
 */
export async function bookSale(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
  { credit }: { credit?: Decimal } = {},
): Promise<WrittenOrder> {
  const { input, terms, session, totals, happened } = sale;
  const paid = happened?.settlement ?? settleSale(sale, credit);
  const onAccount = paid.tenders.filter((tender) => tender.method === 'credit');
  // Booking on an account finds out by itself whether there is such a customer.
  if (onAccount.length === 0 || session.training) await requireCustomer(tx, input.customerId);
  if (session.training) return practise(tx, ctx, sale, paid);
  const moved = await takeStock(tx, ctx, sale);
  happened?.conflicts.push(...shortageConflicts(sale.lines, moved));
  await bookOnAccount(tx, ctx, sale, onAccount);
  const payments = await recordPayments(tx, ctx, {
    orderId: sale.id,
    registerSessionId: session.id,
    branchId: session.branchId,
    currency: terms.currency,
    customerId: input.customerId ?? null,
    tenders: paid.tenders,
  });
  await postToSession(
    tx,
    session.id,
    saleEntry(totals, paid.rounding, paid.tenders, { tip: input.tip ?? null, ...differencesOf(happened) }),
  );
  const order = await insertOrder(tx, ctx, draftOf(tx, ctx, sale, paid, moved));
  announceOrder(tx, order);
  announceSale(tx, order, order.lines.length);
  if (happened) await insertConflicts(tx, ctx, order, happened.conflicts);
  return { order, payments };
}

/** What a session counts of a sale that was made offline, beside the sale. */
function differencesOf(happened: AlreadyHappened | undefined) {
  if (!happened) return {};
  return { paymentDifference: happened.settlement.difference, conflicts: openConflicts(happened.conflicts) };
}

function settleSale({ terms, input, totals }: PreparedSale, credit: Decimal | undefined): Settlement {
  const exchanged = credit && !credit.isZero() ? [{ method: 'exchange', amount: credit }] : [];
  const rest = credit ? totals.total.minus(credit) : totals.total;
  const given = paymentsFor(terms, input, rest);
  refuseIssues(methodIssues(terms, given, input.customerId));
  return settle(terms, totals.total, [...exchanged, ...given]);
}

/** A sale for practice is answered like another one, and counts nowhere. */
function practise(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
  paid: Settlement,
): Promise<WrittenOrder> {
  const { terms, session, input } = sale;
  const payments = paid.tenders.map((tender, position): PaymentRow => ({
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    orderId: sale.id,
    position,
    branchId: session.branchId,
    registerSessionId: session.id,
    customerId: input.customerId ?? null,
    method: tender.method as PaymentRow['method'],
    amount: tender.amount,
    currency: terms.currency,
    status: 'captured',
    refundedAmount: tender.amount.times(0),
    refundedPaymentId: null,
    reference: tender.reference,
    userId: null,
    createdAt: tx.now,
  }));
  return keepTrainingSale(tx, ctx, draftOf(tx, ctx, sale, paid, new Map()), payments);
}

/** @throws PosProError 422 for a customer that is unknown. */
export async function requireCustomer(tx: Transaction, customerId: string | null | undefined): Promise<void> {
  if (customerId == null) return;
  const known = isUuid(customerId) ? await customerById(tx, customerId) : undefined;
  if (!known || known.erasedAt != null) throw unknownCustomer(customerId);
}

function unknownCustomer(customerId: string): PosProError {
  return invalid('customerId', `There is no customer with the id "${customerId}".`, 'CUSTOMER_NOT_FOUND');
}

/** @returns by variant, what one cost; nothing for what is not stocked. */
async function takeStock(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
): Promise<Map<string, MovedStock>> {
  const stocked = sale.lines.filter((line) => line.item.trackStock);
  const moves = stocked.map((line) => ({
    warehouseId: sale.warehouseId,
    variantId: line.item.variantId,
    productId: line.item.productId,
    sku: line.item.sku,
    quantity: line.quantity.negated(),
    kind: 'sale' as const,
    referenceType: 'order',
    referenceId: sale.id,
    line: line.index,
    // The goods are gone.
    allowNegative: sale.happened !== undefined,
  }));
  const reservations = sale.input.reservations ?? [];
  const moved = await redeemHolds(tx, ctx, reservations, { warehouseId: sale.warehouseId, moves });
  return new Map(moved.map((entry) => [entry.variantId, entry]));
}

async function bookOnAccount(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
  tenders: Settlement['tenders'],
): Promise<void> {
  const customerId = sale.input.customerId;
  for (const { amount, reference } of tenders) {
    invariant(customerId, 'a sale on account has a customer');
    try {
      const about = { referenceType: 'order', referenceId: sale.id, branchId: sale.terms.branchId };
      const beyondLimit = sale.happened !== undefined;
      const { balance, creditLimit } = await postCredit(tx, ctx, {
        customerId,
        amount,
        kind: 'sale',
        reference,
        beyondLimit,
        ...about,
      });
      if (balance.greaterThan(creditLimit))
        sale.happened?.conflicts.push(creditConflict(sale.terms, { amount, balance, creditLimit }));
    } catch (error) {
      if (error instanceof PosProError && error.code === 'NOT_FOUND') throw unknownCustomer(customerId);
      throw error;
    }
  }
}
