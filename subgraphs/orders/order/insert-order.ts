import type { RequestContext } from '#kernel/context';
import { takeNumbers } from '#kernel/db/counters';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { ZERO } from '#kernel/decimal';
import type { FullOrder, OrderRow } from '../model';
import type { LineDraft } from './line-draft.rules';
import { orderLines, orders, type NewOrder } from '../tables.generated';

/** Columns that are set when the order is inserted. */
type Assigned = 'organizationId' | 'number' | 'receiptNumber' | 'refundedTotal' | 'receivedAt' | 'updatedAt';

/** An order before it is inserted. Every amount is rounded to the currency; those of a return are negative. */
export type OrderDraft = Omit<NewOrder, Assigned> & {
  /** The branch's code, for the numbers. */
  branchCode: string;
  lines: LineDraft[];
  /** Hash of the operation and its input; required with a client reference. */
  requestHash?: string | undefined;
};

/** A draft with its numbers. */
export type NumberedDraft = OrderDraft & {
  number: string;
  receiptNumber: string | null;
  refundedTotal?: OrderRow['refundedTotal'];
};

/** The columns of an order, except for its numbers. */
const UNNUMBERED = orders.omit('number', 'receiptNumber');

/**
 * Inserts an order with all its lines, in one statement, and assigns its number and its receipt number. The branch's counters are
 * locked until the commit, so insert the order last in a transaction, after everything that may fail.
 */
export async function insertOrder(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  draft: OrderDraft,
): Promise<FullOrder> {
  const order = draftedOrder(tx, ctx, { ...draft, number: '', receiptNumber: null });
  const { lines, ...head } = order;
  const names = counterNames(draft.branchId);
  const counters = await tx.many<{ name: string; value: number }>(sql`
    with number as (${takeNumbers(tx.organizationId, [names.order, names.receipt])}),
    draft as (
      select t.*, (select ${numberText(draft.branchCode, '-')} from number n where n.name = ${names.order}) as number,
        (select ${numberText(draft.branchCode, '-R')} from number n where n.name = ${names.receipt}) as "receiptNumber"
      from jsonb_to_record(${JSON.stringify({ ...head, requestHash: draft.requestHash })}::jsonb)
        as t(${UNNUMBERED.definitions}, "requestHash" text)
    ),
    reference as (
      insert into order_references (organization_id, client_reference, order_id, request_hash)
      select d."organizationId", d."clientReference", d.id, d."requestHash" from draft d where d."clientReference" is not null
    ),
    placed as (
      insert into orders (${orders.columns}) select ${orders.values('d')} from draft d
    ),
    lines as (
      insert into order_lines (${orderLines.columns})
      select ${orderLines.values('l')} from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(${orderLines.definitions})
    )
    select name, value from number`);
  const countOf = (name: string) => counters.find((row) => row.name === name)!.value;
  order.number = orderNumber(draft.branchCode, countOf(names.order));
  order.receiptNumber = receiptNumber(draft.branchCode, countOf(names.receipt));
  return order;
}

/** Minimum number of digits, so that numbers sort as texts. */
const DIGITS = 7;

/** The human number of a branch's n-th order: "MAIN-0000042". */
function orderNumber(branchCode: string, count: number): string {
  return `${branchCode}-${String(count).padStart(DIGITS, '0')}`;
}

/** The number on a branch's n-th receipt: "MAIN-R0000042". */
function receiptNumber(branchCode: string, count: number): string {
  return `${branchCode}-R${String(count).padStart(DIGITS, '0')}`;
}

/** The names of a branch's counters (kernel/db/counters.ts). */
const counterNames = (branchId: string) => ({ order: `order:${branchId}`, receipt: `receipt:${branchId}` });

/** The counter's value as `orderNumber` and `receiptNumber` write it. */
function numberText(branchCode: string, before: '-' | '-R'): Sql {
  return sql`${branchCode + before}::text || lpad(n.value::text, greatest(length(n.value::text), ${DIGITS}), '0')`;
}

/** An order as it would be inserted. */
export function draftedOrder(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  draft: NumberedDraft,
): FullOrder {
  const { organizationId } = tx;
  const { lines, refundedTotal = ZERO } = draft;
  return {
    ...orders.complete({ ...draft, organizationId, refundedTotal, receivedAt: tx.now, updatedAt: tx.now }),
    lines: lines.map((line, index) => {
      const id = line.id ?? ctx.ids.next();
      return orderLines.complete({
        ...line,
        id,
        organizationId,
        orderId: draft.id,
        lineNo: index + 1,
        returnedQuantity: ZERO,
      });
    }),
  };
}
