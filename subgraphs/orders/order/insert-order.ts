import type { RequestContext } from '#kernel/context';
import { join, sql, type Transaction } from '#kernel/db/database';
import { ZERO } from '#kernel/decimal';
import type { FullOrder, OrderDiscountRow, OrderLineRow, OrderRow } from '../model';
import { dayPaymentsPart, dayTotalsParts, type DayTerms } from '../reports/day-totals';
import { orderExternalNumbers } from '../tables.generated';
import { stepPart } from './order-steps';
import type { Reduction } from '../pricing/pricing.rules';
import type { LineDraft } from './line-draft.rules';
import { orderDiscounts, orderLines, orders, type NewOrder } from '../tables.generated';

/** Columns that are set when the order is inserted. */
type Assigned =
  'organizationId' | 'number' | 'receiptNumber' | 'refundedTotal' | 'receivedAt' | 'updatedAt' | 'version';

/** An order before it is inserted. Every amount is rounded to the currency; those of a return are negative. */
export type OrderDraft = Omit<NewOrder, Assigned> & {
  lines: LineDraft[];
  /** The discounts, with one amount per line; negative on a return. */
  reductions: readonly Reduction[];
  /** Time at which the order became a sale; null for one that waits. Defaults to the time of the order. */
  soldAt?: Date | null;
  /** Hash of the operation and its input; required with a client reference. */
  requestHash?: string | undefined;
};

/** A draft with its numbers. */
export type NumberedDraft = OrderDraft & {
  number: string;
  receiptNumber: string | null;
  refundedTotal?: OrderRow['refundedTotal'];
};

/**
 * Inserts an order with all its lines and discounts, and adds it to the totals of its day if it is a sale, in one statement that is
 * sent without waiting. If another order has its client reference or its external number, the next statement or the commit fails.
 */
export function insertOrder(
  tx: Transaction,
  ctx: RequestContext,
  draft: NumberedDraft,
  terms: DayTerms,
): FullOrder {
  const order = draftedOrder(tx, ctx, draft);
  const { lines, discounts, ...head } = order;
  const { organizationId } = tx;
  const { id: orderId, clientReference, requestHash, channel, externalNumber } = draft;
  const reference = sql`reference as (
    insert into order_references (organization_id, client_reference, order_id, request_hash)
    values (${organizationId}::uuid, ${clientReference}, ${orderId}::uuid, ${requestHash})
  )`;
  const parts = [
    ...(clientReference == null ? [] : [reference]),
    sql`placed as (${orders.insert(head)})`,
    ...(discounts.length === 0 ? [] : [sql`discounted as (${orderDiscounts.insertMany(discounts)})`]),
    ...(order.soldAt === null ? [dayPaymentsPart(order, terms.payments)] : dayTotalsParts(order, terms)),
    ...(externalNumber == null
      ? []
      : [
          sql`numbered as (${orderExternalNumbers.insert({ organizationId, channel, externalNumber, orderId })})`,
        ]),
    // The sale of a till is a step that needs no row.
    ...(channel === 'pos' || order.kind === 'return'
      ? []
      : [stepPart(tx, ctx, { orderId, action: 'place', from: null, to: order.status })]),
  ];
  tx.send(sql`
    with ${join(parts, ', ')}
    insert into order_lines (${orderLines.columns})
    select ${orderLines.values('l')} from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(${orderLines.definitions})`);
  return order;
}

/** An order as it would be inserted. */
export function draftedOrder(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  draft: NumberedDraft,
): FullOrder {
  const { organizationId } = tx;
  const { lines, reductions, refundedTotal = ZERO, soldAt = draft.createdAt } = draft;
  return {
    ...orders.complete({
      ...draft,
      soldAt,
      organizationId,
      refundedTotal,
      receivedAt: tx.now,
      updatedAt: tx.now,
    }),
    discounts: discountRows({ id: draft.id, organizationId }, reductions),
    lines: lines.map((line, index) =>
      draftedLine(tx, ctx, { ...line, orderId: draft.id, lineNo: index + 1 }),
    ),
  };
}

/** A line as it would be inserted. */
export function draftedLine(
  { organizationId }: Pick<Transaction, 'organizationId'>,
  { ids }: Pick<RequestContext, 'ids'>,
  line: LineDraft & Pick<OrderLineRow, 'orderId' | 'lineNo'>,
): OrderLineRow {
  return orderLines.complete({ ...line, id: line.id ?? ids.next(), organizationId, returnedQuantity: ZERO });
}

/** The rows of an order's discounts; the amounts of a reduction are in the order of the lines. */
export function discountRows(
  { id: orderId, organizationId }: Pick<OrderRow, 'id' | 'organizationId'>,
  reductions: readonly Reduction[],
): OrderDiscountRow[] {
  return reductions.flatMap(({ source, label, campaignId, codeId, amounts }, position) =>
    amounts.flatMap((amount, index) => {
      if (amount.isZero()) return [];
      const discount = { discountNo: position + 1, source, label, campaignId, codeId };
      const row = { ...discount, orderId, organizationId, lineNo: index + 1, amount };
      return [orderDiscounts.complete(row)];
    }),
  );
}
