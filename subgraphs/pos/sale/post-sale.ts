/**
 * Posts a sale inside a transaction: a dozen statements, whatever the number of items.
 *
 * Reads come first; then the rows that other requests may be waiting for, the rarest lock first: reservations, stock levels, the
 * customer's account, the register's session, and the branch's counters together with the order itself. From there it is two
 * statements to the commit.
 */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { PosProError, invariant } from '#kernel/errors';
import { postCredit } from '#subgraphs/customers/index';
import { consumeReservations, type MovedStock } from '#subgraphs/inventory/index';
import {
  emitOrderChanged,
  emitSaleCompleted,
  insertOrder,
  insertTrainingSale,
  requireValue,
  saleEntry,
  settle,
  throwIssues,
  type Settlement,
  type PostedOrder,
} from '#subgraphs/orders/index';
import { recordPayments, type PaymentRow } from '#subgraphs/payments/index';
import { postToSession } from '#subgraphs/registers/index';
import { insertConflicts } from '../offline/offline-conflicts';
import { creditConflict, openConflicts, shortageConflicts } from '../offline/offline-conflicts.rules';
import { toOrderDraft } from './sale-draft';
import type { OfflineOutcome, PreparedSale } from './prepared-sale';
import { requireCustomer, unknownCustomer } from './sale-customer';
import { tenderIssues, tendersFor } from './sale-tenders.rules';

/**
 * Posts a sale: stock, credit, payments, session totals and the order.
 * @param credit in an exchange, the value of the returned goods, up to the total.
 * @throws PosProError 409 INSUFFICIENT_STOCK; 422 PAYMENT_INSUFFICIENT, VALIDATION_FAILED.
 */
export async function postSale(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
  { credit }: { credit?: Decimal } = {},
): Promise<PostedOrder> {
  const { input, terms, session, totals, offline: offline } = sale;
  const settlement = offline?.settlement ?? settleSale(sale, credit);
  const onAccount = settlement.tenders.filter((tender) => tender.method === 'credit');
  // Posting to an account checks the customer itself.
  if (onAccount.length === 0) await requireCustomer(tx, input.customerId);
  // 1. Reservations and stock levels
  const movedStock = await takeStock(tx, ctx, sale);
  offline?.conflicts.push(...shortageConflicts(sale.lines, movedStock));
  // 2. The customer's account
  await postOnAccount(tx, ctx, sale, onAccount);
  const payments = await recordPayments(tx, ctx, {
    orderId: sale.id,
    registerSessionId: session.id,
    branchId: session.branchId,
    currency: terms.currency,
    customerId: input.customerId ?? null,
    tenders: settlement.tenders,
  });
  // 3. The session
  const entry = { tip: input.tip ?? null, ...offlineEntry(offline) };
  await postToSession(tx, session.id, saleEntry(totals, settlement.rounding, settlement.tenders, entry));
  // 4. The counters
  const order = await insertOrder(tx, ctx, toOrderDraft(tx, ctx, sale, settlement, movedStock));
  emitOrderChanged(tx, order);
  emitSaleCompleted(tx, order, order.lines.length);
  if (offline) await insertConflicts(tx, ctx, order, offline.conflicts);
  return { order, payments };
}

/** Posts a training sale: it is answered like any sale, and moves no stock, no money and no totals. */
export async function postTrainingSale(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
): Promise<PostedOrder> {
  const { terms, session, input } = sale;
  const settlement = settleSale(sale, undefined);
  await requireCustomer(tx, input.customerId);
  const payments = settlement.tenders.map((tender, position): PaymentRow => ({
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    orderId: sale.id,
    position,
    branchId: session.branchId,
    registerSessionId: session.id,
    customerId: input.customerId ?? null,
    method: tender.method,
    amount: tender.amount,
    currency: terms.currency,
    status: 'captured',
    refundedAmount: tender.amount.times(0),
    refundedPaymentId: null,
    reference: tender.reference,
    userId: null,
    createdAt: tx.now,
  }));
  return insertTrainingSale(tx, ctx, toOrderDraft(tx, ctx, sale, settlement, new Map()), payments);
}

/** @throws PosProError 422 PAYMENT_INSUFFICIENT, VALIDATION_FAILED. */
function settleSale({ terms, input, totals }: PreparedSale, credit: Decimal | undefined): Settlement {
  const exchangeTenders = credit && !credit.isZero() ? [{ method: 'exchange' as const, amount: credit }] : [];
  const remainder = credit ? totals.total.minus(credit) : totals.total;
  const tenders = tendersFor(terms, input, remainder);
  throwIssues(tenderIssues(terms, tenders, input.customerId));
  return requireValue(settle(terms, totals.total, [...exchangeTenders, ...tenders]));
}

/** @returns the unit cost and the remaining stock by variant, without items that are not stocked. */
async function takeStock(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
): Promise<Map<string, MovedStock>> {
  const stockedLines = sale.lines.filter((line) => line.item.trackStock);
  const moves = stockedLines.map((line) => ({
    warehouseId: sale.warehouseId,
    variantId: line.item.variantId,
    productId: line.item.productId,
    sku: line.item.sku,
    quantity: line.quantity.negated(),
    kind: 'sale' as const,
    referenceType: 'order',
    referenceId: sale.id,
    line: line.index,
    // The goods of an offline sale are gone.
    allowNegative: sale.offline !== undefined,
  }));
  const reservations = sale.input.reservations ?? [];
  const movedStock = await consumeReservations(tx, ctx, reservations, {
    warehouseId: sale.warehouseId,
    moves,
  });
  return new Map(movedStock.map((level) => [level.variantId, level]));
}

async function postOnAccount(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
  tenders: Settlement['tenders'],
): Promise<void> {
  const customerId = sale.input.customerId;
  for (const { amount, reference } of tenders) {
    invariant(customerId, 'a sale on account has a customer');
    try {
      const { balance, creditLimit } = await postCredit(tx, ctx, {
        customerId,
        amount,
        kind: 'sale',
        reference,
        beyondLimit: sale.offline !== undefined,
        referenceType: 'order',
        referenceId: sale.id,
        branchId: sale.terms.branchId,
      });
      if (balance.greaterThan(creditLimit))
        sale.offline?.conflicts.push(creditConflict(sale.terms, { amount, balance, creditLimit }));
    } catch (error) {
      if (error instanceof PosProError && error.code === 'NOT_FOUND')
        throwIssues([unknownCustomer(customerId)]);
      throw error;
    }
  }
}

/** Members of the session entry that only an offline sale has. */
function offlineEntry(offline: OfflineOutcome | undefined) {
  if (!offline) return {};
  return { paymentDifference: offline.settlement.difference, conflicts: openConflicts(offline.conflicts) };
}
