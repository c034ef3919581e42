/** A sale as the order that it becomes. */
import { userOf } from '#kernel/auth/access';
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import type { MovedStock } from '#subgraphs/inventory/index';
import {
  basketMinimumAge,
  benefitColumns,
  toLineDraft,
  toOrderedLine,
  type BasketLine,
  type OrderDraft,
  type Settlement,
} from '#subgraphs/orders/index';
import type { PreparedSale } from './prepared-sale';

/** @param movedStock the levels that the sale changed, by variant; empty if no stock moves. */
export function toOrderDraft(
  tx: Transaction,
  ctx: RequestContext,
  sale: PreparedSale,
  settlement: Settlement,
  movedStock: ReadonlyMap<string, MovedStock>,
): OrderDraft {
  const { input, terms, session, totals } = sale;
  const createdAt = input.createdAt ?? tx.now;
  const cashierId = sale.cashierId ?? userOf(ctx) ?? session.cashierId;
  return {
    id: sale.id,
    branchId: terms.branchId,
    kind: 'sale',
    status: 'completed',
    channel: 'pos',
    currency: terms.currency,
    pricesIncludeTax: terms.pricesIncludeTax,
    grossTotal: totals.grossTotal,
    subtotal: totals.subtotal,
    discountTotal: totals.discountTotal,
    taxTotal: totals.taxTotal,
    rounding: settlement.rounding,
    total: settlement.total,
    giftCardTotal: totals.giftCardTotal,
    paid: settlement.paid,
    change: settlement.change,
    ...benefitColumns(sale.benefits),
    customerId: input.customerId ?? null,
    cashierId,
    registerId: session.registerId,
    registerSessionId: session.id,
    warehouseId: sale.warehouseId,
    exchangeRate: sale.exchangeRate,
    clientReference: input.clientReference ?? null,
    requestHash: sale.requestHash,
    originalOrderId: null,
    reason: null,
    ...(input.tip ? { tip: input.tip.amount, tipMethod: input.tip.method } : {}),
    paymentDifference: paymentDifference(sale),
    approvedBy: sale.approvedBy,
    ...ageCheck(sale, cashierId),
    exchangeOrderId: sale.exchangeOrderId ?? null,
    note: input.note?.trim() ? input.note.trim() : null,
    createdAt,
    businessDate: businessDay(createdAt, terms.timeZone),
    reductions: totals.reductions,
    lines: sale.lines.map((line, index) => {
      const unitCost = lineUnitCost(line, sale, movedStock);
      return toLineDraft(toOrderedLine(line, totals.lines[index]!), unitCost, 'sale');
    }),
  };
}

/** The payments minus the total; null if they agree. */
function paymentDifference({ offline: offline }: PreparedSale): Decimal | null {
  const difference = offline?.settlement.difference;
  return difference && !difference.isZero() ? difference : null;
}

/** Whether the age was verified, and by whom: kept only for goods with a minimum age, since a till may confirm it for any goods. */
function ageCheck({ lines, input }: PreparedSale, cashierId: string | null) {
  const minimumAge = basketMinimumAge(lines);
  const ageConfirmed = minimumAge !== null && input.ageConfirmed === true;
  return { minimumAge, ageConfirmed, ageConfirmedBy: ageConfirmed ? cashierId : null };
}

/** The cost of one when the sale was made; null if no stock moves. */
function lineUnitCost(
  { item }: BasketLine,
  { session }: PreparedSale,
  movedStock: ReadonlyMap<string, MovedStock>,
): Decimal | null {
  if (!item.trackStock || session.training) return null;
  const level = movedStock.get(item.variantId);
  invariant(level, 'a stocked item that is sold has left the stock');
  return level.unitCost;
}
