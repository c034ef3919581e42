/**
 * The basket of a till as plain data, so that it can be stored, and functions that answer a changed copy. Quantities and amounts are
 * texts, as the API reads them. Nothing here knows a price beyond the one of the scan: the server prices the basket.
 */
import { Decimal } from './money';

/** Either a percentage, 0 to 100, or an amount in the currency. */
export type Discount = { readonly percent: string } | { readonly amount: string };

/** An item that can be put into the basket, from a scan, a search or the offline copy. */
export interface Item {
  readonly variantId: string;
  readonly sku: string;
  readonly name: string;
  /** Unit of the quantity: piece, kg … */
  readonly unit: string;
  /** Decimal places of the quantity; 0 for whole pieces. */
  readonly quantityPlaces: number;
  /** Price of one unit, with or without tax as the shop quotes prices. */
  readonly price: string;
  /** In percent. */
  readonly taxRate: string;
  /** In years; null if anyone may buy the item. */
  readonly minimumAge: number | null;
  /** Whether its sale issues a gift card. */
  readonly giftCard: boolean;
}

/** A line of the basket. */
export interface Line extends Item {
  /** Stays the same while the line exists. */
  readonly key: string;
  readonly quantity: string;
  /** A barcode that carries its own quantity: a weight or price label. The server reads the quantity from it again. */
  readonly label: string | null;
  readonly discount: Discount | null;
  /** The value of a gift card, as the cashier named it; null for the price of the shop. */
  readonly value: string | null;
}

/** A manager's approval, as the API answered it. */
export interface BasketApproval {
  readonly kind: 'discount' | 'price_override';
  readonly token: string;
  readonly approvedBy: string;
}

/** A customer who is known to the server. */
export interface BasketCustomer {
  readonly id: string;
  readonly name: string;
}

/** A sale that has not been made yet. */
export interface Basket {
  /** The UUID under which the sale will be posted, once, however often it is sent. */
  readonly clientReference: string;
  readonly lines: readonly Line[];
  /** On the whole basket, after the discounts of its lines. */
  readonly discount: Discount | null;
  readonly approvals: readonly BasketApproval[];
  readonly ageConfirmed: boolean;
  /** Null for a customer who is not known. */
  readonly customer: BasketCustomer | null;
  /** Loyalty points of the customer that pay a part. */
  readonly redeemPoints: number;
  readonly note: string | null;
}

/** A new basket. @param newId makes a UUID. */
export function emptyBasket(newId: () => string): Basket {
  return {
    clientReference: newId(),
    lines: [],
    discount: null,
    approvals: [],
    ageConfirmed: false,
    customer: null,
    redeemPoints: 0,
    note: null,
  };
}

/** The amount of an item to add. */
export interface Added {
  readonly quantity: string;
  /** Set if the barcode carries this quantity. */
  readonly label?: string | null;
}

/**
 * Adds an item. The same item again raises the quantity of its line, unless that line has a discount, a label or a fraction: each bag
 * of apples is weighed by itself. @param newId makes the key of a new line.
 */
export function addItem(basket: Basket, item: Item, added: Added, newId: () => string): Basket {
  const label = added.label ?? null;
  const same = basket.lines.find((line) => mergesInto(line, item, label));
  if (same) {
    const quantity = new Decimal(same.quantity).plus(added.quantity).toFixed();
    return withLines(basket, replaceLine(basket.lines, { ...same, quantity }));
  }
  const line: Line = { ...item, key: newId(), quantity: added.quantity, label, discount: null, value: null };
  return withLines(basket, [...basket.lines, line]);
}

function mergesInto(line: Line, item: Item, label: string | null): boolean {
  // Each gift card is a line of its own.
  const whole = item.quantityPlaces === 0 && label === null && line.label === null && !item.giftCard;
  return whole && line.variantId === item.variantId && line.discount === null;
}

/**
 * Whether a text is a quantity of the line: above zero, not above a million, and no finer than the item is sold.
 */
export function isQuantity(text: string, { quantityPlaces }: Pick<Item, 'quantityPlaces'>): boolean {
  if (!/^\d{1,7}(\.\d{1,3})?$/.test(text)) return false;
  const quantity = new Decimal(text);
  const inRange = quantity.greaterThan(0) && quantity.lessThanOrEqualTo(1_000_000);
  return inRange && quantity.decimalPlaces() <= quantityPlaces;
}

/** Sets the quantity of a line. @throws Error for an invalid quantity, and for a line whose label carries its quantity. */
export function setQuantity(basket: Basket, key: string, quantity: string): Basket {
  const line = findLine(basket, key);
  if (line.label !== null) throw new Error(`The label of "${line.name}" carries its quantity.`);
  if (!isQuantity(quantity, line)) throw new Error(`"${quantity}" is not a quantity of "${line.name}".`);
  return withLines(basket, replaceLine(basket.lines, { ...line, quantity: new Decimal(quantity).toFixed() }));
}

/** Sets the value of a gift card. @param value above zero, in the currency. */
export function setValue(basket: Basket, key: string, value: string): Basket {
  return withLines(basket, replaceLine(basket.lines, { ...findLine(basket, key), value }));
}

/** The price of one unit that the till knows: the value of a gift card, or the price of the scan. */
export function priceOf({ value, price }: Pick<Line, 'value' | 'price'>): string {
  return value ?? price;
}

/** Sets or removes the customer. Points belong to a customer, and the redeemed ones go with them. */
export function withCustomer(basket: Basket, customer: BasketCustomer | null): Basket {
  return { ...basket, customer, redeemPoints: 0 };
}

/** Removes a line. */
export function removeLine(basket: Basket, key: string): Basket {
  return withLines(
    basket,
    basket.lines.filter((line) => line.key !== key),
  );
}

/** Sets or clears the discount of a line. An approval was given for another discount, so it is dropped. */
export function discountLine(basket: Basket, key: string, discount: Discount | null): Basket {
  const lines = replaceLine(basket.lines, { ...findLine(basket, key), discount });
  return withoutDiscountApprovals(withLines(basket, lines));
}

/** Sets or clears the discount of the whole basket. An approval was given for another discount, so it is dropped. */
export function discountBasket(basket: Basket, discount: Discount | null): Basket {
  return withoutDiscountApprovals({ ...basket, discount });
}

/** Adds a manager's approval. */
export function approve(basket: Basket, approval: BasketApproval): Basket {
  return { ...basket, approvals: [...basket.approvals, approval] };
}

/** Highest minimum age of the items, in years; null if anyone may buy them. */
export function minimumAge({ lines }: Pick<Basket, 'lines'>): number | null {
  const ages = lines.flatMap((line) => line.minimumAge ?? []);
  return ages.length === 0 ? null : Math.max(...ages);
}

/** The discount as the API reads it. */
export function discountInput(discount: Discount | null): { percent?: string; amount?: string } | undefined {
  return discount ?? undefined;
}

/** The lines as the API reads them. A label is sent as it was scanned, without a quantity. */
export function itemInputs(lines: readonly Line[]): ItemInput[] {
  return lines.map(({ label, variantId, quantity, discount, value }) => ({
    ...(label === null ? { variantId, quantity } : { barcode: label }),
    ...(value === null ? {} : { unitPrice: value }),
    ...(discount === null ? {} : { discount }),
  }));
}

/** An item of `CheckoutInput`. */
export interface ItemInput {
  variantId?: string;
  barcode?: string;
  quantity?: string;
  unitPrice?: string;
  discount?: Discount;
}

function findLine({ lines }: Basket, key: string): Line {
  const line = lines.find((one) => one.key === key);
  if (!line) throw new Error(`The basket has no line "${key}".`);
  return line;
}

function replaceLine(lines: readonly Line[], changed: Line): Line[] {
  return lines.map((line) => (line.key === changed.key ? changed : line));
}

/** A confirmed age is about the goods that were in the basket; with goods for older people it is asked for again. */
function withLines(basket: Basket, lines: readonly Line[]): Basket {
  const older = (minimumAge({ lines }) ?? 0) > (minimumAge(basket) ?? 0);
  return { ...basket, lines, ageConfirmed: basket.ageConfirmed && !older };
}

function withoutDiscountApprovals(basket: Basket): Basket {
  return { ...basket, approvals: basket.approvals.filter(({ kind }) => kind !== 'discount') };
}
