/** Returns without a receipt: the till names the refund of each item. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { invalid, type FieldError } from '#kernel/errors';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import {
  chosenTenders,
  giftCardIssues,
  itemIssuesIn,
  MAX_LINES,
  onceByClientReference,
  orderExchangeRate,
  postReturn,
  priceBasket,
  priceItems,
  requireCustomer,
  requireValue,
  tenderIssues,
  throwIssues,
  tillTerms,
  toOrderedLine,
  type PostedOrder,
  type RefundTenders,
  type SaleTotals,
} from '#subgraphs/orders/index';
import { openSessionFor } from '#subgraphs/registers/index';
import { saleTime } from '../sale/checkout-input.rules';
import type { PaymentPartInput, ReturnItemsInput } from '../inputs.generated';
import { salePricing } from '../sale/prepare-sale';

/**
 * Returns goods at an open register without naming their sale.
 *
 * @returns the return: a separate order with negative quantities and amounts.
 * @throws PosProError 409 REGISTER_CLOSED; 422 by field.
 */
export async function returnItems(ctx: RequestContext, input: ReturnItemsInput): Promise<PostedOrder> {
  throwFieldErrors(returnErrors(input));
  throwIssues(saleTime(input, ctx.clock.now()));
  if (input.method != null && input.payments != null)
    throw invalid('method', 'Set "method" or "payments", not both.');
  return onceByClientReference(ctx, 'returnItems', input, (tx, requestHash) =>
    postUnreceiptedReturn(tx, ctx, input, { requestHash }),
  );
}

function returnErrors({ items, reason, note, clientReference }: ReturnItemsInput): FieldError[] {
  const errors = [
    ...textErrors('reason', reason, { min: 1, max: 500 }),
    ...textErrors('note', note, { max: 1000 }),
    ...textErrors('clientReference', clientReference, { max: 100 }),
  ];
  if (items.length === 0)
    return [{ field: 'items', message: 'There are no items to return.', code: 'REQUIRED' }, ...errors];
  if (items.length <= MAX_LINES) return errors;
  return [
    { field: 'items', message: `A return has ${MAX_LINES} items at most.`, code: 'TOO_MANY' },
    ...errors,
  ];
}

/** Values that a return carries beside its input. Only the return of an exchange has others than the hash. */
export interface ReturnOptions {
  requestHash?: string | undefined;
  /** Decides how an amount is refunded, instead of the input. */
  tendersFor?: (amount: Decimal) => RefundTenders;
  exchange?: { returnId: string; saleId: string };
  /** The input's field for the items. Defaults to `items`. */
  itemsField?: string;
}

/** Posts a return without a receipt inside the caller's transaction. */
export async function postUnreceiptedReturn(
  tx: Transaction,
  ctx: RequestContext,
  input: ReturnItemsInput,
  { requestHash, tendersFor, exchange, itemsField = 'items' }: ReturnOptions,
): Promise<PostedOrder> {
  const session = await openSessionFor(tx, ctx, input.registerId);
  const terms = await tillTerms(ctx, tx, session.branchId);
  const resolvedItems = await priceItems(ctx, tx, salePricing(tx, session, input), input.items);
  // A cashier who may accept goods without a receipt also decides their prices.
  const basket = priceBasket(terms, { items: input.items }, resolvedItems, true);
  throwIssues([
    ...itemIssuesIn(itemsField, basket.issues),
    ...tenderIssues(terms, namedTenders(input, basket.totals), input.customerId),
  ]);
  throwIssues(
    itemIssuesIn(
      itemsField,
      giftCardIssues(basket.lines, 'A gift card is returned with the sale that sold it.'),
    ),
  );
  await requireCustomer(tx, input.customerId);
  const totals = basket.totals!;
  const createdAt = input.createdAt ?? tx.now;
  return postReturn(tx, ctx, {
    terms,
    warehouseId: await warehouseOfBranch(tx, session.branchId),
    session,
    channel: 'pos',
    customerId: input.customerId ?? null,
    originalOrderId: null,
    exchangeRate: await orderExchangeRate(tx, terms, businessDay(createdAt, terms.timeZone)),
    lines: basket.lines.map((line, index) => ({
      ...toOrderedLine(line, totals.lines[index]!),
      restock: (input.restock ?? true) && line.item.trackStock,
    })),
    reductions: totals.reductions,
    refund: tendersFor ? tendersFor(totals.total) : requireValue(chosenTenders(terms, totals.total, input)),
    ...(exchange ? { id: exchange.returnId, exchangeOrderId: exchange.saleId } : {}),
    reason: input.reason.trim(),
    note: input.note ?? null,
    clientReference: input.clientReference ?? null,
    requestHash,
    createdAt,
  });
}

/** The tenders that the input names, if their amounts are known. */
function namedTenders(
  { payments, method }: ReturnItemsInput,
  totals: SaleTotals | undefined,
): readonly PaymentPartInput[] {
  if (payments) return payments;
  return method != null && totals ? [{ method, amount: totals.total }] : [];
}
