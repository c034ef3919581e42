/** A sale as the order that it becomes. */
import { userOf } from '#kernel/auth/access';
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import type { MovedStock } from '#subgraphs/inventory/index';
import { type OrderDraft, type Settlement } from '#subgraphs/orders/index';
import type { BasketLine } from './basket';
import { minimumAgeOf } from './role-limits.rules';
import type { PreparedSale } from './prepared-sale';

/** @param moved what left the stock, by variant; nothing where no stock moves. */
export function draftOf(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
  paid: Settlement,
  moved: ReadonlyMap<string, MovedStock>,
): OrderDraft {
  const { input, terms, session, totals } = sale;
  const createdAt = input.createdAt ?? tx.now;
  const cashierId = sale.cashierId ?? userOf(ctx) ?? session.cashierId;
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
    cashierId,
    registerId: session.registerId,
    registerSessionId: session.id,
    warehouseId: sale.warehouseId,
    clientReference: input.clientReference ?? null,
    requestHash: sale.hash,
    originalOrderId: null,
    reason: null,
    ...(input.tip ? { tip: input.tip.amount, tipMethod: input.tip.method } : {}),
    paymentDifference: differenceOf(sale),
    approvedBy: sale.approvedBy,
    ...ageCheck(sale, cashierId),
    exchangeOrderId: sale.exchangeOrderId ?? null,
    note: input.note?.trim() ? input.note.trim() : null,
    createdAt,
    businessDate: businessDay(createdAt, terms.timeZone),
    lines: sale.lines.map((line, index) => lineDraft(line, sale, index, moved)),
  };
}

/** What the payments are above the total, or below it; null where they agree. */
function differenceOf({ happened }: PreparedSale): Decimal | null {
  const difference = happened?.settlement.difference;
  return difference && !difference.isZero() ? difference : null;
}

/** That the age was made sure of, and by whom: kept where the goods ask for it, since a till may confirm whatever it sells. */
function ageCheck({ lines, input }: PreparedSale, cashierId: string | null) {
  const minimumAge = minimumAgeOf(lines);
  const ageConfirmed = minimumAge !== null && input.ageConfirmed === true;
  return { minimumAge, ageConfirmed, ageConfirmedBy: ageConfirmed ? cashierId : null };
}

function lineDraft(
  line: BasketLine,
  { totals, session }: PreparedSale,
  index: number,
  moved: ReadonlyMap<string, MovedStock>,
) {
  const { item, quantity, unitPrice, note } = line;
  const { subtotal, discount, net, tax, total } = totals.lines[index]!;
  const cost = (): Decimal | null => {
    if (!item.trackStock || session.training) return null;
    const level = moved.get(item.variantId);
    invariant(level, 'what is stocked and sold has left the stock');
    return level.unitCost;
  };
  return {
    productId: item.productId,
    variantId: item.variantId,
    sku: item.sku,
    name: item.name,
    unit: item.unit,
    quantity,
    unitPrice,
    listPrice: item.unitPrice,
    subtotal,
    discount,
    taxRate: item.taxRate,
    net,
    tax,
    total,
    unitCost: cost(),
    originalLineId: null,
    note,
  };
}
