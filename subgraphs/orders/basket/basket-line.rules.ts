/** One item of a basket, and its issues. */
import { type Decimal, ZERO, formatDecimal } from '#kernel/decimal';
import { UNIT_PRICE_PLACES } from '#kernel/money';
import { unreadableBarcode, type ResolvedItem } from '#subgraphs/catalog/index';
import { fieldIssue, type Issue } from '../issues.rules';
import type { OrderedLine } from '../order/line-draft.rules';
import type { Discount, PricedLine } from '../pricing/pricing.rules';

/** An item to price, named by one of `variantId`, `productId`, `barcode` and `sku`, in this order of precedence. */
export interface BasketItem {
  readonly variantId?: string | null;
  /** The product, which means its default variant. */
  readonly productId?: string | null;
  readonly barcode?: string | null;
  readonly sku?: string | null;
  /** In the item's unit. Defaults to the quantity on a weight or price label, or to 1. */
  readonly quantity?: Decimal | null;
  /** A unit price other than the catalogue's. */
  readonly unitPrice?: Decimal | null;
  readonly discount?: Discount | null;
  readonly note?: string | null;
}

/** A line that can be sold. */
export interface BasketLine {
  /** Its place in the input. */
  index: number;
  item: ResolvedItem;
  quantity: Decimal;
  /** The price charged for one unit. */
  unitPrice: Decimal;
  discount: Discount | null;
  note: string | null;
}

const MAX_QUANTITY = 1_000_000;
const MAX_UNIT_PRICE = 100_000_000;
const MAX_NOTE = 500;

/** Whether the caller named a price, and whether the caller may charge another price than the catalogue's. */
interface PriceChoice {
  priced: boolean;
  mayOverride: boolean;
}

type Check = (line: BasketLine, choice: PriceChoice) => Issue[];

/** All issues of a line whose item is known. */
export function lineIssues(line: BasketLine, choice: PriceChoice): Issue[] {
  return CHECKS.flatMap((check) => check(line, choice));
}

const quantity: Check = ({ item, quantity: count, index }) => {
  const issue = (message: string, reason: string) => [
    fieldIssue(`items.${index}.quantity`, message, reason, index),
  ];
  if (!count.greaterThan(ZERO)) return issue('A quantity must be greater than zero.', 'NOT_POSITIVE');
  if (count.greaterThan(MAX_QUANTITY))
    return issue(`A quantity must be ${MAX_QUANTITY} or less.`, 'TOO_LARGE');
  if (count.decimalPlaces() <= item.quantityPlaces) return [];
  const places =
    item.quantityPlaces === 0 ? 'whole numbers only' : `${item.quantityPlaces} decimal places at most`;
  return issue(`"${item.name}" is sold by the ${item.unit}: ${places}.`, 'PRECISION');
};

const note: Check = ({ note: text, index }) => {
  if (text === null || text.length <= MAX_NOTE) return [];
  return [fieldIssue(`items.${index}.note`, `A note has ${MAX_NOTE} characters at most.`, 'LENGTH', index)];
};

const price: Check = ({ item, unitPrice, index }, { priced, mayOverride }) => {
  if (!priced) return [];
  const issue = (message: string, reason: string) =>
    fieldIssue(`items.${index}.unitPrice`, message, reason, index);
  // The customer decides how much a gift card is worth.
  if (!mayOverride && !item.giftCardPurpose && !unitPrice.equals(item.unitPrice)) {
    const message = `A price other than that of "${item.name}" requires the permission "pos:override".`;
    return [{ ...issue(message, 'FORBIDDEN'), code: 'FORBIDDEN', details: { scope: 'pos:override' } }];
  }
  if (unitPrice.isNegative() && !unitPrice.isZero())
    return [issue('A price must not be negative.', 'NEGATIVE')];
  if (unitPrice.greaterThan(MAX_UNIT_PRICE))
    return [issue(`A unit price must be ${MAX_UNIT_PRICE} or less.`, 'TOO_LARGE')];
  if (unitPrice.decimalPlaces() <= UNIT_PRICE_PLACES) return [];
  return [issue(`A unit price has ${UNIT_PRICE_PLACES} decimal places at most.`, 'PRECISION')];
};

/** Each line is one card: its order line names it in a refund. */
const giftCard: Check = ({ item, quantity: count, unitPrice, discount, index }) => {
  if (!item.giftCardPurpose) return [];
  const issue = (field: string, message: string, reason: string) =>
    fieldIssue(`items.${index}.${field}`, message, reason, index);
  const issues: Issue[] = [];
  if (!count.equals(1)) issues.push(issue('quantity', 'Sell one gift card per line.', 'ONE_PER_LINE'));
  if (!unitPrice.greaterThan(ZERO))
    issues.push(issue('unitPrice', 'A gift card needs an amount above zero.', 'NOT_POSITIVE'));
  if (discount)
    issues.push({
      ...issue('discount', 'A gift card is not reduced: it will pay as money does.', 'DISCOUNT_INVALID'),
      code: 'DISCOUNT_INVALID',
    });
  return issues;
};

const CHECKS: readonly Check[] = [quantity, note, price, giftCard];

/** The issues of gift cards where none can be sold or returned. */
export function giftCardIssues(lines: readonly BasketLine[], message: string): Issue[] {
  return lines
    .filter(({ item }) => item.giftCardPurpose)
    .map(({ index }) => fieldIssue(`items.${index}`, message, 'GIFT_CARD', index));
}

/** The issue of a label and a till that name different quantities. */
export function labelContradiction(item: ResolvedItem, index: number): Issue {
  const message = `The label of "${item.name}" stands for ${formatDecimal(item.quantity)} ${item.unit}. Omit the quantity, or send one item per label.`;
  return fieldIssue(`items.${index}.quantity`, message, 'LABEL_QUANTITY', index);
}

/** The issue of a line that names two products. */
export function referenceContradiction(
  { name, sku }: ResolvedItem,
  part: NonNullable<ResolvedItem['contradiction']>,
  index: number,
): Issue {
  const message = `Item ${index} names "${name}" (${sku}), and another product by this field. Name the item once.`;
  return fieldIssue(`items.${index}.${part}`, message, 'REFERENCES_DIFFER', index);
}

/** The issue of a label that the catalogue knows, but by which it cannot sell. */
export function unsellableLabel(
  { message, reason }: NonNullable<ResolvedItem['labelError']>,
  index: number,
): Issue {
  return fieldIssue(`items.${index}.barcode`, message, reason, index);
}

/** The issue of an item that the catalogue does not know. */
export function unknownItem({ variantId, productId, barcode, sku }: BasketItem, index: number): Issue {
  const unreadable =
    variantId == null && productId == null && barcode != null ? unreadableBarcode(barcode) : undefined;
  if (unreadable !== undefined)
    return fieldIssue(`items.${index}.barcode`, unreadable, 'BARCODE_UNREADABLE', index);
  const name = variantId ?? productId ?? barcode ?? sku;
  const message =
    name == null
      ? `Item ${index} needs a product, a variant, an SKU or a barcode.`
      : `Item ${index}: there is no product "${name}" to sell.`;
  return {
    ...fieldIssue(`items.${index}`, message, 'PRODUCT_NOT_FOUND', index),
    code: 'PRODUCT_NOT_FOUND',
    details: { item: index },
  };
}

/** The line, as orders take it. */
export function toOrderedLine(
  { item, quantity, unitPrice, note: text }: BasketLine,
  amounts: PricedLine,
): OrderedLine {
  return {
    productId: item.productId,
    variantId: item.variantId,
    vendorId: item.vendorId,
    sku: item.sku,
    name: item.name,
    unit: item.unit,
    quantity,
    unitPrice,
    listPrice: item.unitPrice,
    taxRate: item.taxRate,
    taxClassId: item.taxClassId,
    taxClass: item.taxClass,
    giftCardPurpose: item.giftCardPurpose ?? null,
    originalLineId: null,
    stocked: item.trackStock,
    note: text,
    amounts,
  };
}
