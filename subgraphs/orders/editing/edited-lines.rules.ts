/** The lines, discounts and amounts of an order that waits, after an edit. Pure. */
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { groupBy } from '#kernel/collections';
import type { LineQuantity } from '../fulfilment/line-quantities.rules';
import type { FullOrder, OrderLineRow } from '../model';
import { NOTHING_REFUNDED, discountShares, returnedShare, soldLine } from '../pricing/proration.rules';
import { hasAmount, type PricedLine, type PricingTerms, type Reduction } from '../pricing/pricing.rules';

/** Goods to add to an order, priced. */
export interface AddedGoods {
  readonly lines: readonly OrderLineRow[];
  /** Amounts of these lines. */
  readonly reductions: readonly Reduction[];
  /** The goods before any discount, with tax. */
  readonly grossTotal: Decimal;
}

/** The changes of an order that waits. */
export interface EditedOrder extends Pick<
  FullOrder,
  'lines' | 'subtotal' | 'discountTotal' | 'taxTotal' | 'grossTotal' | 'giftCardTotal' | 'total'
> {
  reductions: readonly Reduction[];
  /** The price of the removed goods, with tax. */
  removed: Decimal;
}

/**
 * Edits the lines of an order of which nothing was sold, shipped or refunded. A line keeps the share of its amounts that belongs to the
 * quantity that stays, as if the rest had been returned: the kept goods keep their price.
 * @param removed quantities, at most one for each line, and not more than the line has.
 */
export function editedOrder(
  terms: PricingTerms,
  order: FullOrder,
  removed: readonly LineQuantity[],
  added: AddedGoods,
): EditedOrder {
  const shares = new Map(
    removed.map(({ line, quantity }) => [
      line.id,
      {
        quantity,
        amounts: returnedShare(terms, soldLine(terms, line), quantity, NOTHING_REFUNDED),
        isCard: isCard(line),
      },
    ]),
  );
  const kept = order.lines.flatMap((line): OrderLineRow[] => {
    const share = shares.get(line.id);
    if (!share) return [line];
    const quantity = line.quantity.minus(share.quantity);
    return quantity.isZero() ? [] : [{ ...line, ...without(line, share.amounts), quantity }];
  });
  const lines = [...kept, ...added.lines].map((line, index) => ({ ...line, lineNo: index + 1 }));
  const amounts = [...shares.values()].map((share) => share.amounts);
  const goods = [...shares.values()].filter((share) => !share.isCard).map((share) => share.amounts);
  return {
    lines,
    reductions: [
      ...keptReductions(terms, order, kept, shares, added.lines.length),
      ...added.reductions.map((reduction) => ({
        ...reduction,
        amounts: [...kept.map(() => ZERO), ...reduction.amounts],
      })),
    ],
    subtotal: sum(lines.map(({ subtotal }) => subtotal)),
    discountTotal: sum(lines.map(({ discount }) => discount)),
    taxTotal: sum(lines.map(({ tax }) => tax)).plus(order.shippingTax),
    grossTotal: order.grossTotal.minus(sum(goods.map(({ gross }) => gross))).plus(added.grossTotal),
    giftCardTotal: sum(lines.filter(isCard).map(({ total }) => total)),
    total: sum(lines.map(({ total }) => total)).plus(order.shippingTotal),
    removed: sum(amounts.map(({ total }) => total)),
  };
}

function isCard({ giftCardPurpose }: OrderLineRow): boolean {
  return giftCardPurpose !== null;
}

function without(
  { subtotal, discount, net, tax, total }: OrderLineRow,
  share: PricedLine,
): Pick<OrderLineRow, 'subtotal' | 'discount' | 'net' | 'tax' | 'total'> {
  return {
    subtotal: subtotal.minus(share.subtotal),
    discount: discount.minus(share.discount),
    net: net.minus(share.net),
    tax: tax.minus(share.tax),
    total: total.minus(share.total),
  };
}

/** The discounts of the order without the shares of what was removed; zero for added lines. */
function keptReductions(
  terms: PricingTerms,
  order: FullOrder,
  kept: readonly OrderLineRow[],
  shares: ReadonlyMap<string, { amounts: PricedLine }>,
  added: number,
): Reduction[] {
  const rowsByLine = groupBy(order.discounts, ({ lineNo }) => String(lineNo));
  // By line and discount: the amounts of a line's discounts sum to the discount of the line.
  const amounts = kept.map((line) => {
    const rows = rowsByLine.get(String(line.lineNo)) ?? [];
    const removed = shares.get(line.id)?.amounts.discount ?? ZERO;
    const parts = discountShares(
      terms,
      rows.map(({ amount }) => amount),
      ZERO,
      removed,
    );
    return new Map(rows.map(({ discountNo, amount }, index) => [discountNo, amount.minus(parts[index]!)]));
  });
  const reductions = [...groupBy(order.discounts, ({ discountNo }) => String(discountNo)).values()].map(
    ([first]): Reduction => {
      const { source, label, campaignId, codeId, discountNo } = first!;
      const ofKept = amounts.map((byDiscount) => byDiscount.get(discountNo) ?? ZERO);
      return { source, label, campaignId, codeId, amounts: [...ofKept, ...Array<Decimal>(added).fill(ZERO)] };
    },
  );
  return reductions.filter(hasAmount);
}
