/** Taking goods back without a receipt: the till says what they are worth. */
import type { RequestContext } from '#kernel/context';
import { textFaults, throwFaults } from '#kernel/validation';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { warehouseOfBranch } from '#subgraphs/inventory/index';
import {
  MAX_LINES,
  payAsWished,
  requestHash,
  underReference,
  writeReturn,
  type Payout,
  type SaleTotals,
  type WrittenOrder,
} from '#subgraphs/orders/index';
import { openSessionFor } from '#subgraphs/registers/index';
import { fillBasket, refuseIssues, timeFaults, type BasketLine } from '../sale/basket';
import { methodIssues } from '../sale/tender-validation.rules';
import type { ReturnItemsInput } from '../inputs.generated';
import { priceItems } from '../sale/price-items';
import { pricingOf, requireCustomer } from '../sale/sale';
import { termsOf } from '../sale/selling-terms';

const OPERATION = 'returnItems';

/**
 * Takes goods back at an open register without the sale they come from.
 *
 * @returns the return: an order of its own with negative quantities and amounts.
 * @throws PosProError 409 REGISTER_CLOSED; 422 by field.
 */
export async function returnItems(ctx: RequestContext, input: ReturnItemsInput): Promise<WrittenOrder> {
  const many =
    input.items.length > MAX_LINES
      ? [{ field: 'items', message: `A return has ${MAX_LINES} items at most.`, code: 'TOO_MANY' }]
      : [];
  const none =
    input.items.length === 0
      ? [{ field: 'items', message: 'There is nothing to take back.', code: 'REQUIRED' }]
      : [];
  throwFaults([
    ...none,
    ...many,
    ...textFaults('reason', input.reason, { min: 1, max: 500 }),
    ...textFaults('note', input.note, { max: 1000 }),
    ...textFaults('clientReference', input.clientReference, { max: 100 }),
  ]);
  refuseIssues(timeFaults(input.createdAt, ctx.clock.now()));
  if (input.method != null && input.payments != null)
    throw invalid('method', 'Say "method" or "payments", not both.');
  const hash = input.clientReference ? requestHash(OPERATION, input) : undefined;
  const idempotent = { operation: OPERATION, input, key: input.clientReference ?? undefined };
  return underReference(ctx, input.clientReference, hash, () =>
    transact(ctx, (tx) => takeBack(tx, ctx, input, { hash }), { idempotent }),
  );
}

/** How a return comes about, where it is a part of an exchange. */
export interface TakingWay {
  hash?: string | undefined;
  /** Decides how the money goes back, instead of the input. */
  payout?: (amount: Decimal) => Payout;
  exchange?: { returnId: string; saleId: string };
}

/** Takes goods back inside the caller's transaction. */
export async function takeBack(
  tx: Transaction,
  ctx: RequestContext,
  input: ReturnItemsInput,
  { hash, payout, exchange }: TakingWay,
): Promise<WrittenOrder> {
  const session = await openSessionFor(tx, ctx, input.registerId);
  const terms = await termsOf(ctx, tx, session.branchId);
  const sellables = await priceItems(tx, pricingOf(tx, session, input), input.items);
  // Whoever may take goods back without a receipt decides what they are worth.
  const basket = fillBasket(terms, { items: input.items }, sellables, true);
  const wished =
    input.payments ?? (input.method == null ? [] : [{ method: input.method, amount: basket.totals?.total }]);
  const tenders = wished.flatMap(({ amount, ...tender }) => (amount ? [{ ...tender, amount }] : []));
  refuseIssues([...basket.issues, ...methodIssues(terms, tenders, input.customerId)]);
  await requireCustomer(tx, input.customerId);
  const totals = basket.totals!;
  return writeReturn(tx, ctx, {
    terms,
    warehouseId: await warehouseOfBranch(tx, session.branchId),
    session,
    channel: 'pos',
    customerId: input.customerId ?? null,
    originalOrderId: null,
    lines: basket.lines.map((line, index) => returnedLine(line, totals, index, input.restock ?? true)),
    payout: payout ? payout(totals.total) : payAsWished(terms, totals.total, input),
    ...(exchange ? { id: exchange.returnId, exchangeOrderId: exchange.saleId } : {}),
    reason: input.reason.trim(),
    note: input.note ?? null,
    clientReference: input.clientReference ?? null,
    requestHash: hash,
    createdAt: input.createdAt ?? tx.now,
  });
}

function returnedLine(
  { item, quantity, unitPrice, note }: BasketLine,
  totals: SaleTotals,
  index: number,
  restock: boolean,
) {
  return {
    productId: item.productId,
    variantId: item.variantId,
    sku: item.sku,
    name: item.name,
    unit: item.unit,
    unitPrice,
    listPrice: item.unitPrice,
    taxRate: item.taxRate,
    quantity,
    note,
    share: totals.lines[index]!,
    restock: restock && item.trackStock,
    originalLineId: null,
  };
}
