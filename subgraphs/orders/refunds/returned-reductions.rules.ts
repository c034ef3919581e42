import { groupBy } from '#kernel/collections';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import type { FullOrder } from '../model';
import { hasAmount, type Reduction } from '../pricing/pricing.rules';
import { discountShares, type RefundedPart } from '../pricing/proration.rules';

/** A returned line with its part of the discount; positive. */
interface DiscountedReturn {
  originalLineId: string;
  amounts: { discount: Decimal };
}

/**
 * The parts of the sale's discounts that end with a return: for each returned line, its cumulative share of each discount of the sold
 * line. They sum to the discount of the returned line.
 *
 * @param refunded the sums of all earlier refunds, by the id of the sold line.
 */
export function returnedReductions(
  sale: Pick<FullOrder, 'currency' | 'lines' | 'discounts'>,
  returnedLines: readonly DiscountedReturn[],
  refunded: ReadonlyMap<string, Pick<RefundedPart, 'discount'>>,
): Reduction[] {
  const lineIds = new Map(sale.lines.map(({ lineNo, id }) => [lineNo, id]));
  const rowsByLine = groupBy(sale.discounts, ({ lineNo }) => lineIds.get(lineNo)!);
  const shares = returnedLines.map(({ originalLineId, amounts }) => {
    const rows = rowsByLine.get(originalLineId) ?? [];
    const before = refunded.get(originalLineId)?.discount ?? ZERO;
    const parts = discountShares(
      sale,
      rows.map(({ amount }) => amount),
      before,
      amounts.discount,
    );
    return new Map(rows.map(({ discountNo }, index) => [discountNo, parts[index]!]));
  });
  const reductions = reductionsOf(sale, (discountNo) => shares.map((parts) => parts.get(discountNo) ?? ZERO));
  return reductions.filter(hasAmount);
}

/** The whole discounts of an order, as they were placed. */
export function allReductions(order: Pick<FullOrder, 'lines' | 'discounts'>): Reduction[] {
  const amountOf = new Map(
    order.discounts.map(({ discountNo, lineNo, amount }) => [`${discountNo} ${lineNo}`, amount]),
  );
  return reductionsOf(order, (discountNo) =>
    order.lines.map(({ lineNo }) => amountOf.get(`${discountNo} ${lineNo}`) ?? ZERO),
  );
}

/** The parts of the discounts by campaigns, codes and points that an edit of an order ends. */
export function endedReductions(before: FullOrder['discounts'], after: FullOrder['discounts']): Reduction[] {
  const keyOf = ({ source, campaignId, codeId }: FullOrder['discounts'][number]) =>
    [source, campaignId, codeId].join(' ');
  const kept = groupBy(after, keyOf);
  const ended = [...groupBy(before, keyOf)].map(([key, rows]): Reduction => {
    const { source, label, campaignId, codeId } = rows[0]!;
    const left = sum((kept.get(key) ?? []).map(({ amount }) => amount));
    return {
      source,
      label,
      campaignId,
      codeId,
      amounts: [sum(rows.map(({ amount }) => amount)).minus(left)],
    };
  });
  return ended.filter(({ source }) => source !== 'line' && source !== 'order').filter(hasAmount);
}

function reductionsOf(
  { discounts }: Pick<FullOrder, 'discounts'>,
  amountsOf: (discountNo: number) => Decimal[],
): Reduction[] {
  return [...groupBy(discounts, ({ discountNo }) => discountNo)].map(([discountNo, rows]) => {
    const { source, label, campaignId, codeId } = rows[0]!;
    return { source, label, campaignId, codeId, amounts: amountsOf(discountNo) };
  });
}
