/**
 * Posts a sale inside a transaction: a dozen statements in three round trips, whatever the number of items.
 *
 * Reads come first; then the rows that other requests may be waiting for, the rarest lock first: reservations, stock levels, the
 * customer's account, gift cards and store credit, the register's session and its numbers. Everything else is sent with the commit, without waiting for answers.
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
  hasBenefits,
  insertOrder,
  insertTrainingSale,
  isStoredValue,
  issueSoldGiftCards,
  nextOrderNumbers,
  numberSeries,
  requireCustomer,
  redeemTenders,
  requireValue,
  resolveTenders,
  saleEntry,
  settle,
  takeBenefits,
  tenderIssues,
  tenderLimitIssues,
  throwIssues,
  unknownCustomer,
  type OrderNumbers,
  type RedeemedTenders,
  type PostedOrder,
  type Settlement,
} from '#subgraphs/orders/index';
import { recordPayments, type PaymentRow } from '#subgraphs/payments/index';
import { postToSession } from '#subgraphs/registers/index';
import { postVendorSale } from '#subgraphs/vendors/index';
import { insertConflicts } from '../offline/offline-conflicts';
import { creditConflict, openConflicts, shortageConflicts } from '../offline/offline-conflicts.rules';
import { toOrderDraft } from './sale-draft';
import type { OfflineOutcome, PreparedSale } from './prepared-sale';

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
  const { input, terms, session, offline } = sale;
  const settlement = offline?.settlement ?? (await settleSale(tx, ctx, sale, credit));
  const { movedStock, numbers, tenders, prepaidTaxes } = await takeLocks(tx, ctx, sale, settlement);
  const payments = await recordPayments(tx, ctx, {
    orderId: sale.id,
    registerSessionId: session.id,
    branchId: session.branchId,
    currency: terms.currency,
    customerId: input.customerId ?? null,
    tenders,
  });
  const draft = toOrderDraft(tx, ctx, sale, settlement, movedStock);
  const order = insertOrder(
    tx,
    ctx,
    { ...draft, ...numbers },
    { payments, prepaidTaxes, timeZone: terms.timeZone },
  );
  emitOrderChanged(tx, order);
  emitSaleCompleted(tx, order, order.lines.length);
  await postVendorSale(tx, ctx, order, { soldAt: order.createdAt, delivered: true });
  const giftCards = issueSoldGiftCards(tx, ctx, order);
  if (offline) await insertConflicts(tx, ctx, order, offline.conflicts);
  return { order, payments, ...(giftCards.length > 0 ? { giftCards } : {}) };
}

/** The outcome of the statements of a sale that may be rejected, or wait for another sale. */
interface TakenLocks extends RedeemedTenders {
  movedStock: ReadonlyMap<string, MovedStock>;
  numbers: OrderNumbers;
}

/**
 * Takes the goods, posts to the customer's account and to the session, and takes the numbers. The statements of a plain sale are sent
 * together. Those of others wait for each other: a statement that depends on an answer must not hold a later lock meanwhile.
 */
async function takeLocks(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
  settlement: Settlement,
): Promise<TakenLocks> {
  const { input, terms, offline } = sale;
  const { tenders } = settlement;
  const onAccount = tenders.filter((tender) => tender.method === 'credit');
  const hasStoredValue = tenders.some(({ method }) => isStoredValue(method));
  const isPlain = !offline && onAccount.length === 0 && !hasStoredValue && !hasBenefits(sale.benefits);
  if (isPlain && !input.reservations?.length) {
    const [, movedStock, , numbers] = await Promise.all([
      requireCustomer(tx, input.customerId),
      takeStock(tx, ctx, sale),
      takeOrderBenefits(tx, ctx, sale),
      postTotals(tx, sale, settlement),
    ]);
    return { movedStock, numbers, tenders, prepaidTaxes: [] };
  }
  // Posting to an account checks the customer itself.
  if (onAccount.length === 0) await requireCustomer(tx, input.customerId);
  // 1. Reservations and stock levels
  const movedStock = await takeStock(tx, ctx, sale);
  offline?.conflicts.push(...shortageConflicts(sale.lines, movedStock));
  // 2. The customer's account
  await postOnAccount(tx, ctx, sale, onAccount);
  // 3. Gift cards and store credit; an offline till cannot use them
  const order = { terms, orderId: sale.id, branchId: terms.branchId, customerId: input.customerId };
  const redeemed = offline ? { tenders, prepaidTaxes: [] } : await redeemTenders(tx, ctx, tenders, order);
  // 4. Codes, campaigns and points
  await takeOrderBenefits(tx, ctx, sale);
  // 5. The session and the numbers
  return { movedStock, ...redeemed, numbers: await postTotals(tx, sale, settlement, redeemed) };
}

function takeOrderBenefits(tx: Transaction, ctx: RequestContext, sale: PreparedSale): Promise<void> {
  const { id: orderId, input, terms, benefits } = sale;
  const order = { orderId, customerId: input.customerId ?? null, branchId: terms.branchId };
  return takeBenefits(tx, ctx, { ...order, createdAt: input.createdAt ?? tx.now }, benefits);
}

/** Posts the sale to its session, and takes its numbers. */
async function postTotals(
  tx: Transaction,
  { session, terms, totals, input, offline }: PreparedSale,
  { rounding, tenders }: Settlement,
  { prepaidTaxes }: Pick<RedeemedTenders, 'prepaidTaxes'> = { prepaidTaxes: [] },
): Promise<OrderNumbers> {
  const entry = saleEntry(totals, rounding, tenders, {
    tip: input.tip ?? null,
    prepaidTaxes,
    ...offlineEntry(offline),
  });
  const series = numberSeries(terms.branchCode, session.registerCode);
  const [, numbers] = await Promise.all([postToSession(tx, session.id, entry), nextOrderNumbers(tx, series)]);
  return numbers;
}

/** Posts a training sale: it is answered like any sale, and moves no stock, no money and no totals. */
export async function postTrainingSale(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
): Promise<PostedOrder> {
  const { terms, session, input } = sale;
  const settlement = await settleSale(tx, ctx, sale, undefined);
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
    provider: null,
    userId: null,
    createdAt: tx.now,
  }));
  return insertTrainingSale(tx, ctx, toOrderDraft(tx, ctx, sale, settlement, new Map()), payments);
}

/** @throws PosProError 422 PAYMENT_INSUFFICIENT, GIFT_CARD_INVALID, VALIDATION_FAILED; 429 for too many wrong codes of gift cards. */
async function settleSale(
  tx: Transaction,
  ctx: RequestContext,
  { terms, input, totals }: PreparedSale,
  credit: Decimal | undefined,
): Promise<Settlement> {
  const exchangeTenders = credit && !credit.isZero() ? [{ method: 'exchange' as const, amount: credit }] : [];
  const remainder = credit ? totals.total.minus(credit) : totals.total;
  const payable = { total: remainder, customerId: input.customerId };
  const tenders = requireValue(await resolveTenders(ctx, tx, terms, input, payable));
  throwIssues(tenderIssues(terms, tenders, input.customerId));
  const settlement = requireValue(settle(terms, totals.total, [...exchangeTenders, ...tenders]));
  throwIssues(tenderLimitIssues(terms, settlement.tenders));
  return settlement;
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
        at: sale.input.createdAt ?? undefined,
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
