/** Gift cards of placed orders: issued once the order is paid in full, in the transaction of its last payment. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { ONE, ZERO } from '#kernel/decimal';
import { capturePaymentsOfOrder, paymentsOfOrders, type GiftCard } from '#subgraphs/payments/index';
import type { FullOrder, OrderLineRow } from '../model';
import { dueAmount, unshippedQuantity } from '../order/order-balance.rules';
import { takeStep } from '../order/order-steps';
import type { StepAction } from '../order/order-states.rules';
import { issueSoldGiftCards } from '../stored-value/sell-gift-cards';
import { keepGoods, withQuantities } from './order-stock';
import { shippedPart, takeReservedGoods } from './ship-order';

/** An order, and the gift cards that were issued for it, without their codes. */
export interface IssuedOrder {
  order: FullOrder;
  giftCards: GiftCard[];
}

/**
 * Issues the gift cards of a locked order if nothing is due for it any more. Money that is only authorized is captured first; the cards
 * follow with the capture. An issued card counts as shipped. An order of which only issued cards are left is completed, because it needs
 * no shipment. Sends nothing for an order without gift cards, and for one that a till sold.
 */
export async function issuePaidGiftCards(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
): Promise<IssuedOrder> {
  const { giftCardTotal, channel, status } = order;
  if (giftCardTotal.isZero() || channel === 'pos' || status !== 'confirmed') return { order, giftCards: [] };
  const cards = order.lines.filter(isUnissuedCard);
  if (cards.length === 0) return { order: await completeWithoutGoods(tx, ctx, order), giftCards: [] };
  if (dueAmount(order).greaterThan(ZERO) || !(await isCaptured(tx, ctx, order)))
    return { order, giftCards: [] };
  const costs = await takeCards(tx, ctx, order, cards);
  const issued = {
    ...order,
    lines: withQuantities(order.lines, 'shippedQuantity', new Map(cards.map(({ id }) => [id, ONE]))),
  };
  const rows = cards.map(({ id, lineNo }) => ({ lineNo, quantity: ONE, unitCost: costs.get(id) ?? null }));
  const stepped = await takeStep(tx, ctx, issued, {
    action: issueAction(issued),
    parts: [shippedPart(order.id, rows)],
  });
  return { order: stepped, giftCards: issueSoldGiftCards(tx, ctx, { ...stepped, lines: cards }) };
}

/** Whether a line sells a gift card that was neither issued nor given up. */
function isUnissuedCard(line: OrderLineRow): boolean {
  return line.giftCardPurpose !== null && unshippedQuantity(line).greaterThan(ZERO);
}

/** Whether all payments were captured. Those that are only authorized are captured after the commit. */
async function isCaptured(tx: Transaction, ctx: RequestContext, { id }: FullOrder): Promise<boolean> {
  const payments = (await paymentsOfOrders(tx, [id])).get(id) ?? [];
  if (payments.every(({ status }) => status !== 'authorized')) return true;
  await capturePaymentsOfOrder(tx, ctx, id);
  return false;
}

/** Cards of plastic leave the stock. */
async function takeCards(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  cards: readonly OrderLineRow[],
): Promise<Awaited<ReturnType<typeof takeReservedGoods>>> {
  if (cards.every(({ stocked }) => !stocked)) return new Map();
  const parts = cards.map((line) => ({ line, quantity: ONE }));
  const costs = await takeReservedGoods(tx, ctx, order, parts);
  const quantities = new Map(cards.map(({ id }) => [id, ONE]));
  await keepGoods(
    tx,
    ctx,
    { ...order, lines: withQuantities(order.lines, 'shippedQuantity', quantities) },
    null,
  );
  return costs;
}

function issueAction({ lines }: FullOrder): StepAction {
  if (lines.some((line) => unshippedQuantity(line).greaterThan(ZERO))) return 'issue_part';
  return lines.some(isShippedGoods) ? 'issue' : 'complete';
}

function isShippedGoods({ giftCardPurpose, shippedQuantity }: OrderLineRow): boolean {
  return giftCardPurpose === null && shippedQuantity.greaterThan(ZERO);
}

/** Completes an order whose goods were all cancelled after its cards were issued. */
async function completeWithoutGoods(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
): Promise<FullOrder> {
  return issueAction(order) === 'complete' ? takeStep(tx, ctx, order, { action: 'complete' }) : order;
}
