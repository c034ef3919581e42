import { type Decimal, ZERO } from '#kernel/decimal';
import type { OrderKind } from '../model';
import type { PricedLine } from '../pricing/pricing.rules';
import { lineCost } from '../reports/sales-figures.rules';
import type { NewOrderLine, OrderLineRow } from '../tables.generated';

/** A line before it is inserted; its position becomes its number. */
export type LineDraft = Omit<
  NewOrderLine,
  'id' | 'organizationId' | 'orderId' | 'lineNo' | 'returnedQuantity'
> & { id?: string };

/** A line of a sale or a return; the quantity and every amount are positive. */
export interface OrderedLine extends Pick<
  OrderLineRow,
  | 'productId'
  | 'variantId'
  | 'vendorId'
  | 'sku'
  | 'name'
  | 'unit'
  | 'quantity'
  | 'unitPrice'
  | 'listPrice'
  | 'taxRate'
  | 'taxClassId'
  | 'taxClass'
  | 'giftCardPurpose'
  | 'originalLineId'
  | 'stocked'
  | 'note'
> {
  amounts: PricedLine;
}

/** The draft of a line. On a return, the quantity and the amounts are negative. */
export function toLineDraft(line: OrderedLine, unitCost: Decimal | null, kind: OrderKind): LineDraft {
  const signed = kind === 'return' ? negative : (amount: Decimal) => amount;
  const { amounts, stocked } = line;
  const quantity = signed(line.quantity);
  return {
    productId: line.productId,
    variantId: line.variantId,
    vendorId: line.vendorId,
    sku: line.sku,
    name: line.name,
    unit: line.unit,
    quantity,
    unitPrice: line.unitPrice,
    listPrice: line.listPrice,
    subtotal: signed(amounts.subtotal),
    discount: signed(amounts.discount),
    taxRate: line.taxRate,
    taxClassId: line.taxClassId,
    taxClass: line.taxClass,
    net: signed(amounts.net),
    tax: signed(amounts.tax),
    total: signed(amounts.total),
    unitCost,
    cost: lineCost({ kind, quantity, unitCost, stocked }),
    giftCardPurpose: line.giftCardPurpose,
    stocked,
    originalLineId: line.originalLineId,
    note: line.note,
  };
}

/** The amount with the opposite sign. Zero has no sign, as in the database. */
export function negative(amount: Decimal): Decimal {
  return amount.isZero() ? ZERO : amount.negated();
}
