/**
 * From what a till sends and what the catalogue knows to priced lines, with everything that stands against the sale. Pure.
 *
 * All faults are collected: `validate` shows them all, `checkout` refuses for the gravest.
 */
import { type Decimal, ZERO, formatDecimal } from '#kernel/decimal';
import { PosProError, type ErrorCode } from '#kernel/errors';
import { UNIT_PRICE_PLACES } from '#kernel/money';
import { quantitySold, unreadableBarcode, type Sellable } from '#subgraphs/catalog/index';
import { MAX_NAMES } from '#subgraphs/inventory/index';
import {
  MAX_LINES,
  calculateSale,
  cashDue,
  type Discount,
  type PricingTerms,
  type SaleTotals,
  type SettlementTerms,
} from '#subgraphs/orders/index';
import type { CheckoutInput, CheckoutItemInput, CheckoutPaymentInput } from '../inputs.generated';

/** A line that can be sold. */
export interface BasketLine {
  /** Its place in the input. */
  index: number;
  item: Sellable;
  quantity: Decimal;
  /** What is charged for one. */
  unitPrice: Decimal;
  discount: Discount | null;
  note: string | null;
}

/** Something that stands against a sale. */
export interface Issue {
  code: ErrorCode;
  message: string;
  /** The index of the item it is about; null for the sale as a whole. */
  item: number | null;
  /** The path in the input, in the graph's names. */
  field: string;
  /** The machine-readable reason within the code. */
  reason: string;
  facts?: Record<string, unknown>;
}

export interface Basket {
  lines: BasketLine[];
  issues: Issue[];
  /** Undefined where a line or a discount is not valid: there is no total then. */
  totals: SaleTotals | undefined;
}

const MAX_QUANTITY = 1_000_000;
const MAX_UNIT_PRICE = 100_000_000;
/** Far above any sale, and far below what a column of NUMERIC(19, 4) holds. */
const MAX_TOTAL = '1e12';
const MAX_NOTE = 500;

/**
 * Prices a basket.
 * @param sellables what the catalogue knows of each item, in the order of the items.
 * @param mayOverride whether the caller may charge another price than the catalogue's.
 */
export function fillBasket(
  terms: PricingTerms,
  input: Pick<CheckoutInput, 'items' | 'discount'>,
  sellables: readonly (Sellable | undefined)[],
  mayOverride: boolean,
): Basket {
  const issues: Issue[] = [];
  const lines = input.items.flatMap((item, index): BasketLine[] => {
    const sellable = sellables[index];
    if (!sellable) {
      issues.push(unknownItem(item, index));
      return [];
    }
    if (sellable.refusal) {
      issues.push(issue(`items.${index}.barcode`, sellable.refusal.message, index, sellable.refusal.reason));
      return [];
    }
    const quantity = quantitySold(sellable, item);
    if (!quantity) {
      issues.push(contradiction(sellable, index));
      return [];
    }
    const line = basketLine(item, sellable, quantity, index);
    const faults = [...lineFaults(line), ...priceFaults(item, line, mayOverride)];
    issues.push(...faults);
    return faults.length > 0 ? [] : [line];
  });
  return {
    lines,
    issues,
    totals: issues.length > 0 ? undefined : priceBasket(terms, lines, input.discount ?? null, issues),
  };
}

function basketLine(
  item: CheckoutItemInput,
  sellable: Sellable,
  quantity: Decimal,
  index: number,
): BasketLine {
  return {
    index,
    item: sellable,
    quantity,
    unitPrice: item.unitPrice ?? sellable.unitPrice,
    discount: item.discount ?? null,
    note: item.note?.trim() ? item.note.trim() : null,
  };
}

function priceBasket(
  terms: PricingTerms,
  lines: readonly BasketLine[],
  discount: Discount | null,
  issues: Issue[],
): SaleTotals | undefined {
  try {
    const totals = calculateSale(
      terms,
      lines.map((line) => ({ ...line, taxRate: line.item.taxRate })),
      discount,
    );
    if (totals.grossTotal.lessThan(MAX_TOTAL)) return totals;
    issues.push(issue('items', 'The sale is too large.', null, 'TOO_LARGE'));
  } catch (error) {
    if (!(error instanceof PosProError)) throw error;
    const { field = 'discount', message } = error.errors?.[0] ?? { message: error.message };
    const index = /^items\.(\d+)\./.exec(field)?.[1];
    issues.push({
      code: error.code,
      message,
      item: index === undefined ? null : Number(index),
      field,
      reason: error.code,
    });
  }
  return undefined;
}

function lineFaults({ item, quantity, note, index }: BasketLine): Issue[] {
  const field = `items.${index}.quantity`;
  const faults: Issue[] = [];
  if (!quantity.greaterThan(ZERO))
    faults.push(issue(field, 'A quantity is above zero.', index, 'NOT_POSITIVE'));
  else if (quantity.greaterThan(MAX_QUANTITY))
    faults.push(issue(field, `A quantity is ${MAX_QUANTITY} at most.`, index, 'TOO_LARGE'));
  else if (quantity.decimalPlaces() > item.quantityPlaces) {
    const places =
      item.quantityPlaces === 0 ? 'whole numbers only' : `${item.quantityPlaces} decimal places at most`;
    faults.push(issue(field, `"${item.name}" is sold by the ${item.unit}: ${places}.`, index, 'PRECISION'));
  }
  if (note !== null && note.length > MAX_NOTE) {
    faults.push(issue(`items.${index}.note`, `A note has ${MAX_NOTE} characters at most.`, index, 'LENGTH'));
  }
  return faults;
}

/** The label says another quantity than the till. */
function contradiction({ name, quantity, unit }: Sellable, index: number): Issue {
  const message = `The label of "${name}" stands for ${formatDecimal(quantity)} ${unit}. Leave the quantity out, or send one item per label.`;
  return issue(`items.${index}.quantity`, message, index, 'LABEL_QUANTITY');
}

function priceFaults({ unitPrice }: CheckoutItemInput, line: BasketLine, mayOverride: boolean): Issue[] {
  if (unitPrice == null) return [];
  const field = `items.${line.index}.unitPrice`;
  if (!mayOverride && !unitPrice.equals(line.item.unitPrice)) {
    const message = `Another price than that of "${line.item.name}" needs the permission "pos:override".`;
    return [
      {
        ...issue(field, message, line.index, 'FORBIDDEN'),
        code: 'FORBIDDEN',
        facts: { scope: 'pos:override' },
      },
    ];
  }
  if (unitPrice.isNegative() && !unitPrice.isZero())
    return [issue(field, 'A price is not negative.', line.index, 'NEGATIVE')];
  if (unitPrice.greaterThan(MAX_UNIT_PRICE)) return [issue(field, 'Is too large.', line.index, 'TOO_LARGE')];
  if (unitPrice.decimalPlaces() > UNIT_PRICE_PLACES) {
    return [
      issue(field, `A unit price has ${UNIT_PRICE_PLACES} decimal places at most.`, line.index, 'PRECISION'),
    ];
  }
  return [];
}

function unknownItem(item: CheckoutItemInput, index: number): Issue {
  const { barcode } = item;
  const unreadable =
    item.variantId == null && item.productId == null && barcode != null
      ? unreadableBarcode(barcode)
      : undefined;
  if (unreadable !== undefined)
    return issue(`items.${index}.barcode`, unreadable, index, 'BARCODE_UNREADABLE');
  const name = item.variantId ?? item.productId ?? barcode ?? item.sku;
  const message =
    name == null
      ? `Item ${index} names nothing to sell.`
      : `Item ${index}: there is no product "${name}" to sell.`;
  return {
    code: 'PRODUCT_NOT_FOUND',
    message,
    item: index,
    field: `items.${index}`,
    reason: 'PRODUCT_NOT_FOUND',
    facts: { item: index },
  };
}

function issue(field: string, message: string, item: number | null, reason: string): Issue {
  return { code: 'VALIDATION_FAILED', message, item, field, reason };
}

/**
 * What stands against the parts of a sale beside its items.
 * @param now the server's time.
 */
export function saleFaults(input: CheckoutInput, now: Date): Issue[] {
  const issues: Issue[] = [];
  if (input.items.length === 0) issues.push(issue('items', 'There is nothing to sell.', null, 'REQUIRED'));
  if (input.items.length > MAX_LINES)
    issues.push(issue('items', `A sale has ${MAX_LINES} items at most.`, null, 'TOO_MANY'));
  for (const [index, code] of (input.discountCodes ?? []).entries()) {
    const message = `There is no discount with the code "${code}".`;
    issues.push({
      ...issue(`discountCodes.${index}`, message, null, 'DISCOUNT_INVALID'),
      code: 'DISCOUNT_INVALID',
      facts: { code },
    });
  }
  if (input.redeemPoints != null && input.redeemPoints < 0) {
    issues.push(issue('redeemPoints', 'Points are not negative.', null, 'NEGATIVE'));
  }
  if (input.redeemPoints != null && input.redeemPoints > 0) {
    issues.push(issue('redeemPoints', 'There are no points to redeem.', null, 'INSUFFICIENT_POINTS'));
  }
  if (input.clientReference != null && !/^[\w.:-]{1,100}$/.test(input.clientReference)) {
    const message = 'A client reference is a UUID, or 1 to 100 letters, digits, and - _ . :';
    issues.push(issue('clientReference', message, null, 'INVALID'));
  }
  if ((input.note ?? '').length > 2 * MAX_NOTE)
    issues.push(issue('note', `A note has ${2 * MAX_NOTE} characters at most.`, null, 'LENGTH'));
  if (input.paymentMethod != null && input.payments != null) {
    issues.push(issue('paymentMethod', 'Say "payments" or "paymentMethod", not both.', null, 'INVALID'));
  }
  return [...issues, ...reservationFaults(input), ...timeFaults(input.createdAt, now)];
}

/** What is held under the names is asked of inventory; here it is only how many they are. */
function reservationFaults({ reservations }: Pick<CheckoutInput, 'reservations'>): Issue[] {
  if ((reservations ?? []).length <= MAX_NAMES) return [];
  return [issue('reservations', `A sale names ${MAX_NAMES} reservations at most.`, null, 'TOO_MANY')];
}

/** The payments of a sale: those that are given, or one of the kind that is named over exactly the total. */
export function paymentsFor(
  terms: SettlementTerms,
  { payments, paymentMethod }: Pick<CheckoutInput, 'payments' | 'paymentMethod'>,
  total: Decimal,
): readonly CheckoutPaymentInput[] {
  if (paymentMethod == null) return payments ?? [];
  return [{ method: paymentMethod, amount: paymentMethod === 'cash' ? cashDue(terms, total) : total }];
}

/** A till's clock may be a little fast. */
const MAX_AHEAD_MS = 10 * 60_000;
/** No till is offline for longer. */
const MAX_BEHIND_MS = 92 * 24 * 3_600_000;

/** What stands against the till's own time of a sale. */
export function timeFaults(createdAt: Date | null | undefined, now: Date): Issue[] {
  if (createdAt == null) return [];
  const ahead = createdAt.getTime() - now.getTime();
  if (ahead > MAX_AHEAD_MS)
    return [issue('createdAt', 'The sale lies in the future; set the clock of the till.', null, 'IN_FUTURE')];
  if (-ahead > MAX_BEHIND_MS)
    return [issue('createdAt', 'The sale lies more than 92 days back.', null, 'TOO_OLD')];
  return [];
}

/** The order in which faults refuse a sale: whoever may not do something learns that first. */
const GRAVITY: readonly ErrorCode[] = [
  'FORBIDDEN',
  'APPROVAL_REQUIRED',
  'PRODUCT_NOT_FOUND',
  'VALIDATION_FAILED',
  'DISCOUNT_INVALID',
];

/** @throws PosProError for the gravest fault, naming all of its kind; nothing where there is none. */
export function refuseIssues(issues: readonly Issue[]): void {
  if (issues.length === 0) return;
  const code = GRAVITY.find((grave) => issues.some((known) => known.code === grave)) ?? issues[0]!.code;
  const same = issues.filter((known) => known.code === code);
  throw new PosProError(code, same.slice(0, 5).map(({ message }) => message).join(' '), {
    // An unknown product inside a basket is a fault of the basket, not of the path.
    ...(code === 'PRODUCT_NOT_FOUND' ? { status: 422 } : {}),
    errors: same.map(({ field, message, reason }) => ({ field, message, code: reason })),
    ...(same[0]!.facts ? { facts: same[0]!.facts } : {}),
  }); // prettier-ignore
}

/** The stock that a basket takes, a variant once. */
export function neededStock(
  lines: readonly BasketLine[],
): Map<string, { item: Sellable; quantity: Decimal; index: number }> {
  const needed = new Map<string, { item: Sellable; quantity: Decimal; index: number }>();
  for (const { item, quantity, index } of lines) {
    if (!item.trackStock) continue;
    const known = needed.get(item.variantId);
    needed.set(item.variantId, {
      item,
      quantity: quantity.plus(known?.quantity ?? ZERO),
      index: known?.index ?? index,
    });
  }
  return needed;
}

/** The fault of an item of which there is not enough, as `validate` shows it. */
export function shortageOf(item: Sellable, wanted: Decimal, available: Decimal, index: number): Issue {
  const message = `"${item.name}": ${formatDecimal(wanted)} are wanted, ${formatDecimal(available)} are available.`;
  return {
    ...issue(`items.${index}.quantity`, message, index, 'INSUFFICIENT_STOCK'),
    code: 'INSUFFICIENT_STOCK',
    facts: { variantId: item.variantId, sku: item.sku, available: formatDecimal(available) },
  };
}
