/** Edits of orders that wait: the order itself changes, because it is not a sale yet. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { ZERO } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { toOrderedLine } from '../basket/basket-line.rules';
import { basketMinimumAge } from '../basket/role-limits.rules';
import { releaseBenefits } from '../benefits/take-benefits';
import { acceptOrder } from '../fulfilment/confirm-order';
import { renewReservation } from '../fulfilment/order-stock';
import { fieldIssue, throwIssues } from '../issues.rules';
import { MAX_LINES, type FullOrder } from '../model';
import { discountRows, draftedLine } from '../order/insert-order';
import { toLineDraft } from '../order/line-draft.rules';
import { dueAmount } from '../order/order-balance.rules';
import { takeStep } from '../order/order-steps';
import { endedReductions } from '../refunds/returned-reductions.rules';
import { orderDiscounts, orderLines } from '../tables.generated';
import { editedOrder, type AddedGoods, type EditedOrder } from './edited-lines.rules';
import type { OrderEdit, PricedEdit } from './order-edit';

/**
 * Edits a locked order that is not a sale, and releases the benefits of the removed goods by share. If its payments cover the new total, the order is confirmed.
 * @throws PosProError 409 ILLEGAL_STATE if nothing would stay, or if more was paid than the new total; INSUFFICIENT_STOCK; 422.
 */
export async function editPendingOrder(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  edit: PricedEdit,
): Promise<OrderEdit> {
  const { terms, basket, removed } = edit;
  const added = addedGoods(tx, ctx, order, edit);
  const edited = editedOrder(terms, order, removed, added);
  assertEditable(order, edited);
  const changed = await replaceLines(tx, ctx, order, { edit, edited });
  await renewReservation(tx, ctx, changed);
  const { id: orderId, customerId, total } = changed;
  await releaseBenefits(tx, ctx, { orderId, customerId }, terms, {
    reductions: endedReductions(order.discounts, changed.discounts),
    undoesUses: false,
    kept: { remaining: total, total },
  });
  const covered = order.paid.greaterThan(ZERO) && !dueAmount(changed).greaterThan(ZERO);
  const after = covered ? await acceptOrder(tx, ctx, changed, terms) : changed;
  return {
    order: after,
    supplement: null,
    cancellation: null,
    currency: order.currency,
    added: basket.totals!.total,
    removed: edited.removed,
    refunded: ZERO,
    due: dueAmount(after),
  };
}

function addedGoods(
  tx: Transaction,
  ctx: RequestContext,
  { id: orderId }: FullOrder,
  { basket: { lines, totals } }: PricedEdit,
): AddedGoods {
  const drafts = lines.map((line, index) =>
    toLineDraft(toOrderedLine(line, totals!.lines[index]!), null, 'sale'),
  );
  return {
    // The edit numbers all lines together.
    lines: drafts.map((line) => draftedLine(tx, ctx, { ...line, orderId, lineNo: 0 })),
    reductions: totals!.reductions,
    grossTotal: totals!.grossTotal,
  };
}

function assertEditable({ number, status, currency, paid }: FullOrder, { lines, total }: EditedOrder): void {
  if (lines.length === 0) {
    const message = `Nothing would stay of order ${number}; cancel it instead.`;
    throw new PosProError('ILLEGAL_STATE', message, { details: { status } });
  }
  if (lines.length > MAX_LINES)
    throwIssues([fieldIssue('add', `An order has ${MAX_LINES} items at most.`, 'TOO_MANY')]);
  if (!paid.greaterThan(total)) return;
  const [received, rest] = [formatMoney(paid, currency), formatMoney(total, currency)];
  const message = `${received} ${currency} were paid for order ${number}, and its total would be ${rest}; confirm the order first, so that an edit refunds the difference.`;
  throw new PosProError('ILLEGAL_STATE', message, { details: { status, paid: received, total: rest } });
}

/** Replaces the lines and discounts of the order, in three statements. */
async function replaceLines(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  { edit, edited }: { edit: PricedEdit; edited: EditedOrder },
): Promise<FullOrder> {
  const { lines, reductions, subtotal, discountTotal, taxTotal, grossTotal, giftCardTotal, total } = edited;
  const discounts = discountRows(order, reductions);
  await tx.run(sql`delete from order_discounts where order_id = ${order.id}::uuid`);
  await tx.run(sql`delete from order_lines where order_id = ${order.id}::uuid`);
  const ages = [order.minimumAge, basketMinimumAge(edit.basket.lines)].flatMap((age) => age ?? []);
  const minimumAge = ages.length === 0 ? null : Math.max(...ages);
  const changed = await takeStep(tx, ctx, order, {
    action: 'edit',
    reason: edit.reason,
    changes: { subtotal, discountTotal, taxTotal, grossTotal, giftCardTotal, total, minimumAge },
    parts: [
      sql`edited as (${orderLines.insertMany(lines)})`,
      ...(discounts.length === 0 ? [] : [sql`discounted as (${orderDiscounts.insertMany(discounts)})`]),
    ],
  });
  return { ...changed, lines, discounts };
}
