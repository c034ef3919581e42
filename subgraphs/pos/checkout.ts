/**
 * Selling at the till: one request, one transaction, a dozen statements whatever the number of items.
 *
 * Reads come first; then what others may be waiting for, the rarest lock first: the levels of the goods, the customer's account,
 * the register's session, and the branch's counters together with the order itself. From there it is two statements to the commit.
 */
import { permits, userOf } from '../../kernel/auth/actor';
import type { RequestContext } from '../../kernel/context';
import type { Transaction } from '../../kernel/db/database';
import { transact } from '../../kernel/db/transact';
import type { Decimal } from '../../kernel/decimal';
import { PosProError, invalid, invariant } from '../../kernel/errors';
import { isUuid } from '../../kernel/ids';
import { findSellables } from '../catalog';
import { customerById, postCredit } from '../customers';
import { moveStock, warehouseOfBranch, type MovedStock } from '../inventory';
import {
  announceOrder,
  announceSale,
  businessDay,
  insertOrder,
  requestHash,
  saleEntry,
  settle,
  underReference,
  type OrderDraft,
  type SaleTotals,
  type Settlement,
  type WrittenOrder,
} from '../orders';
import { recordPayments, tenderFaults } from '../payments';
import { openSessionFor, postToSession, type OpenSession } from '../registers';
import { fillBasket, paymentsFor, refuseIssues, saleFaults, type BasketLine, type Issue } from './basket';
import type { CheckoutInput, PaymentInput } from './input';
import { termsOf, type TillTerms } from './terms';

const OPERATION = 'checkout';

/**
 * Sells a basket.
 *
 * @throws PosProError 403 for a price override without pos:override; 409 INSUFFICIENT_STOCK, REGISTER_CLOSED; 422
 * PRODUCT_NOT_FOUND, PAYMENT_INSUFFICIENT, DISCOUNT_INVALID, VALIDATION_FAILED. In each, nothing has been written.
 */
export async function checkout(ctx: RequestContext, input: CheckoutInput): Promise<WrittenOrder> {
  refuseIssues(saleFaults(input, ctx.clock.now()));
  const hash = input.clientReference ? requestHash(OPERATION, input) : undefined;
  const idempotent = { operation: OPERATION, input, key: input.clientReference ?? undefined };
  return underReference(ctx, input.clientReference, hash, () =>
    transact(ctx, (tx) => sell(tx, ctx, input, hash), { idempotent }),
  );
}

async function sell(tx: Transaction, ctx: RequestContext, input: CheckoutInput, hash: string | undefined): Promise<WrittenOrder> {
  const session = await openSessionFor(tx, ctx, input.registerId);
  const terms = await termsOf(ctx, tx, session.branchId);
  const warehouseId = await warehouseOfBranch(tx, session.branchId);
  const sellables = await findSellables(tx, tx.organizationId, input.items, session.branchId);
  const basket = fillBasket(terms, input, sellables, permits(ctx.actor, 'pos:override'));
  refuseIssues(basket.issues);
  invariant(basket.totals, 'a basket without faults has a total');
  const given = paymentsFor(terms, input, basket.totals.total);
  refuseIssues(methodIssues(terms, given, input.customerId));
  const paid = settle(terms, basket.totals.total, given);
  const onAccount = paid.tenders.filter((tender) => tender.method === 'credit');
  // Booking on an account finds out by itself whether there is such a customer.
  if (onAccount.length === 0) await requireCustomer(tx, input.customerId);
  const { lines, totals } = basket;
  const sale: Sale = { id: ctx.ids.next(), input, terms, warehouseId, session, lines, totals, paid, hash };
  const moved = await takeStock(tx, ctx, sale);
  await bookOnAccount(tx, ctx, sale, onAccount);
  const payments = await recordPayments(tx, ctx, {
    orderId: sale.id,
    registerSessionId: session.id,
    branchId: session.branchId,
    currency: terms.currency,
    customerId: input.customerId ?? null,
    tenders: paid.tenders,
  });
  await postToSession(tx, session.id, saleEntry(sale.totals, paid.rounding, paid.tenders));
  const order = await insertOrder(tx, ctx, draftOf(tx, ctx, sale, moved));
  announceOrder(tx, order);
  announceSale(tx, order, order.lines.length);
  return { order, payments };
}

interface Sale {
  id: string;
  input: CheckoutInput;
  terms: TillTerms;
  warehouseId: string;
  session: OpenSession;
  lines: readonly BasketLine[];
  totals: SaleTotals;
  paid: Settlement;
  hash: string | undefined;
}

/** What stands against the kinds of tender that are given. */
export function methodIssues(terms: TillTerms, given: readonly PaymentInput[], customerId: string | null | undefined): Issue[] {
  const methods = new Map(terms.methods.map((method) => [method.method, method]));
  const faults = given.flatMap((tender, index) => tenderFaults(`payments.${index}`, tender, methods));
  const account = given.findIndex((tender) => tender.method === 'credit');
  if (account >= 0 && customerId == null) {
    faults.push({ field: 'customerId', message: 'Only a customer can pay on account; name one.', code: 'REQUIRED' });
  }
  if (given.length > MAX_PAYMENTS)
    faults.push({ field: 'payments', message: `${MAX_PAYMENTS} payments at most.`, code: 'TOO_MANY' });
  return faults.map(({ field, message, code }) => ({ code: 'VALIDATION_FAILED', message, item: null, field, reason: code }));
}
const MAX_PAYMENTS = 50;

/** @throws PosProError 422 for a customer that is unknown. */
async function requireCustomer(tx: Transaction, customerId: string | null | undefined): Promise<void> {
  if (customerId == null) return;
  const known = isUuid(customerId) ? await customerById(tx, customerId) : undefined;
  if (!known || known.erasedAt != null) throw unknownCustomer(customerId);
}

function unknownCustomer(customerId: string): PosProError {
  return invalid('customerId', `There is no customer with the id "${customerId}".`, 'CUSTOMER_NOT_FOUND');
}

/** @returns by variant, what one cost; nothing for what is not stocked. */
async function takeStock(tx: Transaction, ctx: RequestContext, sale: Sale): Promise<Map<string, MovedStock>> {
  const stocked = sale.lines.filter((line) => line.item.trackStock);
  const moved = await moveStock(
    tx,
    ctx,
    stocked.map((line) => ({
      warehouseId: sale.warehouseId,
      variantId: line.item.variantId,
      quantity: line.quantity.negated(),
      kind: 'sale',
      referenceType: 'order',
      referenceId: sale.id,
      line: line.index,
    })),
    {
      productIds: new Map(stocked.map(({ item }) => [item.variantId, item.productId])),
      skus: new Map(stocked.map(({ item }) => [item.variantId, item.sku])),
      branchId: sale.terms.branchId,
    },
  );
  return new Map(moved.map((entry) => [entry.variantId, entry]));
}

async function bookOnAccount(tx: Transaction, ctx: RequestContext, sale: Sale, tenders: Settlement['tenders']): Promise<void> {
  const customerId = sale.input.customerId;
  for (const { amount, reference } of tenders) {
    invariant(customerId, 'a sale on account has a customer');
    try {
      const about = { referenceType: 'order', referenceId: sale.id, branchId: sale.terms.branchId };
      await postCredit(tx, ctx, { customerId, amount, kind: 'sale', reference, ...about });
    } catch (error) {
      if (error instanceof PosProError && error.code === 'NOT_FOUND') throw unknownCustomer(customerId);
      throw error;
    }
  }
}

function draftOf(tx: Transaction, ctx: RequestContext, sale: Sale, moved: ReadonlyMap<string, MovedStock>): OrderDraft {
  const { input, terms, session, totals, paid } = sale;
  const createdAt = input.createdAt ?? tx.now;
  const costOf = (line: BasketLine): Decimal | null => (line.item.trackStock ? moved.get(line.item.variantId)!.unitCost : null);
  return {
    id: sale.id,
    branchId: terms.branchId,
    branchCode: terms.branchCode,
    kind: 'sale',
    status: 'completed',
    channel: 'pos',
    currency: terms.currency,
    pricesIncludeTax: terms.pricesIncludeTax,
    grossTotal: totals.grossTotal,
    subtotal: totals.subtotal,
    discountTotal: totals.discountTotal,
    taxTotal: totals.taxTotal,
    rounding: paid.rounding,
    total: paid.total,
    paid: paid.paid,
    change: paid.change,
    pointsEarned: 0,
    customerId: input.customerId ?? null,
    cashierId: userOf(ctx) ?? session.cashierId,
    registerId: session.registerId,
    registerSessionId: session.id,
    warehouseId: sale.warehouseId,
    clientReference: input.clientReference ?? null,
    requestHash: sale.hash,
    originalOrderId: null,
    reason: null,
    note: input.note?.trim() ? input.note.trim() : null,
    createdAt,
    businessDate: businessDay(createdAt, terms.timeZone),
    lines: sale.lines.map((line, index) => ({
      productId: line.item.productId,
      variantId: line.item.variantId,
      sku: line.item.sku,
      name: line.item.name,
      unit: line.item.unit,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      listPrice: line.item.unitPrice,
      subtotal: totals.lines[index]!.subtotal,
      discount: totals.lines[index]!.discount,
      taxRate: line.item.taxRate,
      net: totals.lines[index]!.net,
      tax: totals.lines[index]!.tax,
      total: totals.lines[index]!.total,
      unitCost: costOf(line),
      originalLineId: null,
      note: line.note,
    })),
  };
}
