/** Gift cards as lines of a sale: issued with it, and ended by its refund. */
import type { RequestContext } from '#kernel/context';
import type { Queryable, Transaction } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { insertGiftCard, lockGiftCardsOfLines, postGiftCard, type GiftCard } from '#subgraphs/payments/index';
import type { FullOrder } from '../model';
import type { OrderedLine } from '../order/line-draft.rules';
import { taxOf, type PricingTerms } from '../pricing/pricing.rules';

/**
 * Issues the gift cards that a sale sells, one for each of its lines; sends nothing without such lines. A card is worth what its line
 * costs.
 * @returns the cards without their codes.
 */
export function issueSoldGiftCards(tx: Transaction, ctx: RequestContext, order: FullOrder): GiftCard[] {
  const { id: orderId, currency, branchId, customerId } = order;
  return order.lines.flatMap(({ id: orderLineId, giftCardPurpose: purpose, total, taxRate, ...line }) => {
    if (purpose === null) return [];
    const card = { amount: total, currency, purpose, customerId, orderId, orderLineId, branchId };
    const { taxClassId, taxClass } = line;
    const tax = purpose === 'single_purpose' ? { taxRate, taxClassId, taxClass } : {};
    return [insertGiftCard(tx, ctx, { ...card, ...tax })];
  });
}

/** A sold gift card that a refund ends, and the part that was not used. */
export interface ReturnedGiftCard {
  giftCardId: string;
  amount: Decimal;
}

/** The lines of a refund, and the gift cards that it ends. */
export interface ReturnedGiftCards<Line extends OrderedLine> {
  lines: Line[];
  giftCards: ReturnedGiftCard[];
  /** The part of the lines' totals that the cards have paid already; it is not refunded. */
  used: Decimal;
}

/**
 * Reduces the lines of a refund that sold gift cards to what their cards have left, and locks the cards. Sends nothing without such
 * lines.
 * @throws PosProError 409 ILLEGAL_STATE for a gift card that is used up.
 */
export async function returnGiftCards<Line extends OrderedLine>(
  tx: Queryable,
  terms: PricingTerms,
  lines: readonly Line[],
): Promise<ReturnedGiftCards<Line>> {
  const lineIds = lines.flatMap(({ giftCardPurpose, originalLineId }) =>
    giftCardPurpose !== null && originalLineId !== null ? [originalLineId] : [],
  );
  if (lineIds.length === 0) return { lines: [...lines], giftCards: [], used: ZERO };
  const cards = new Map((await lockGiftCardsOfLines(tx, lineIds)).map((card) => [card.orderLineId, card]));
  const giftCards: ReturnedGiftCard[] = [];
  const reduced = lines.map((line) => {
    const card = cards.get(line.originalLineId);
    if (!card) return line;
    const amount = Decimal.min(card.balance, line.amounts.total);
    if (amount.isZero())
      throw new PosProError('ILLEGAL_STATE', `The gift card **** ${card.lastFour} is used up.`, {
        details: { giftCardId: card.id },
      });
    giftCards.push({ giftCardId: card.id, amount });
    return amount.equals(line.amounts.total) ? line : { ...line, amounts: unusedPart(terms, line, amount) };
  });
  const totalOf = (all: readonly OrderedLine[]) => sum(all.map(({ amounts }) => amounts.total));
  return { lines: reduced, giftCards, used: totalOf(lines).minus(totalOf(reduced)) };
}

/** The amounts of a line of which only a part is refunded. @param total with tax. */
function unusedPart(terms: PricingTerms, { taxRate }: OrderedLine, total: Decimal): OrderedLine['amounts'] {
  const tax = taxOf({ ...terms, pricesIncludeTax: true }, total, taxRate);
  const net = total.minus(tax);
  const subtotal = terms.pricesIncludeTax ? total : net;
  return { subtotal, discount: ZERO, net, tax, total, gross: total };
}

/** Ends sold gift cards, in the order of their ids: each is disabled, and has nothing left of the amount for which it was sold. */
export async function endGiftCards(
  tx: Transaction,
  ctx: RequestContext,
  giftCards: readonly ReturnedGiftCard[],
  { orderId, branchId }: { orderId: string; branchId: string },
): Promise<void> {
  const sorted = [...giftCards].sort((a, b) => (a.giftCardId < b.giftCardId ? -1 : 1));
  for (const { giftCardId, amount } of sorted)
    await postGiftCard(tx, ctx, {
      giftCardId,
      amount: amount.negated(),
      kind: 'return',
      referenceType: 'order',
      referenceId: orderId,
      branchId,
      disabledReason: 'Its sale was refunded.',
    });
}
