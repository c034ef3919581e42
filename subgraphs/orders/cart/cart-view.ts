/** A cart as the customer sees it: with the prices and the stock of this moment, and its problems. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { type Decimal, ONE, ZERO, sum } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { formatUnitPrice } from '#kernel/money';
import { levelsOf, reservedUnder } from '#subgraphs/inventory/index';
import type { BasketLine } from '../basket/basket-line.rules';
import { isOfCode } from '../basket/basket-campaigns.rules';
import { isOfPoints, pointsPreview, type PointsPreview } from '../basket/basket-points.rules';
import { priceItems } from '../basket/price-items';
import { tillTerms, type TillTerms } from '../basket/selling-terms';
import { benefitsOf, priceWithCampaigns, type BenefitingBasket } from '../benefits/price-with-benefits';
import type { Benefits } from '../benefits/take-benefits';
import { throwIssues, type Issue } from '../issues.rules';
import type { ShownTax } from '../model';
import { taxesOf, type SaleTotals } from '../pricing/pricing.rules';
import { shownSteps, type ShownStep } from '../discounts/shown-steps';
import { shippingAmounts, taxedPartsOf, type ShippingAmounts } from '../pricing/shipping.rules';
import { carts, type CartItemRow, type CartRow } from '../tables.generated';
import { cartRowId, signedCartId } from './cart-id';
import { cartCampaigns, shownCodes, type CartCode } from './cart-discounts';
import { cartProblems, type CartProblem, type ResolvedLine } from './cart-problems.rules';
import { assertPresent, itemsOf, reservationOfCart } from './carts';
import {
  shippingRates,
  type CartRates,
  type RateReader,
  type ShippingQuotes,
  type ShippingRate,
} from './shipping-rates';

/** A cart with its prices. */
export interface PricedCart {
  cart: CartRow;
  terms: TillTerms;
  lines: readonly ResolvedLine[];
  /** The lines that are sold, in their order. */
  basketLines: readonly BasketLine[];
  totals: SaleTotals;
  /** Whether there are goods to send; gift cards are not sent. */
  needsShipping: boolean;
  /** The campaigns, codes and points that the order takes. */
  benefits: Benefits;
  /** Issues of discount codes and of redeemed points. */
  benefitIssues: readonly Issue[];
  /** The chosen rate; undefined if none is available. */
  shippingRate: ShippingRate | undefined;
  shippingRates: readonly ShippingRate[];
  shipping: ShippingAmounts;
  /** The goods and the shipment. */
  total: Decimal;
  problems: CartProblem[];
}

/** Prices a cart. */
export async function priceCart(
  ctx: RequestContext,
  reader: RateReader,
  cart: CartRow,
  { rows, at, quotes }: { rows: readonly CartItemRow[]; at: Date; quotes: ShippingQuotes },
): Promise<PricedCart> {
  const { db } = reader;
  const { terms, lines, basket, totals } = await priceGoods(ctx, db, cart, rows, at);
  const needsShipping = hasGoods(basket);
  const { rates, reason } = needsShipping
    ? await goodsRates(ctx, reader, { quotes, terms }, { cart, basket, totals })
    : { rates: [], reason: null };
  const shippingRate =
    cart.shippingCode === null ? rates[0] : rates.find(({ code }) => code === cart.shippingCode);
  const shipping = shippingAmounts(terms, shippingRate);
  return {
    cart,
    terms,
    lines,
    basketLines: basket.lines,
    totals,
    needsShipping,
    benefits: benefitsOf(basket, { shipping: shipping.shippingTotal }),
    benefitIssues: basket.issues,
    shippingRate,
    shippingRates: rates,
    shipping,
    total: totals.total.plus(shipping.shippingTotal),
    problems: cartProblems({
      currency: terms.currency,
      lines,
      available: await availableTo(db, cart, lines, at),
      needsShipping,
      shippingCode: cart.shippingCode,
      shippingCodes: rates.map(({ code }) => code),
      shippingReason: reason,
      benefitIssues: basket.issues,
    }),
  };
}

/** Issues of the discount codes and the redeemed points of a cart. */
export async function cartBenefitIssues(
  ctx: RequestContext,
  db: Queryable,
  cart: CartRow,
  rows: readonly CartItemRow[],
  at: Date,
): Promise<readonly Issue[]> {
  return (await priceGoods(ctx, db, cart, rows, at)).basket.issues;
}

/** Prices the lines of a cart, without a shipment. */
async function priceGoods(
  ctx: RequestContext,
  db: Queryable,
  cart: CartRow,
  rows: readonly CartItemRow[],
  at: Date,
) {
  const terms = await tillTerms(ctx, db, cart.branchId);
  const references = rows.map(({ variantId, quantity }) => ({ variantId, quantity }));
  const resolved = await priceItems(ctx, db, { branchId: cart.branchId, at }, references);
  const lines = rows.map((row, index): ResolvedLine => ({ row, item: resolved[index] }));
  return { terms, lines, ...(await priceLines(ctx, db, terms, { cart, lines, at })) };
}

/** Prices the lines that are sold, as a till does. A code without effect, and points that cannot be redeemed, are problems of the cart. */
async function priceLines(
  ctx: RequestContext,
  db: Queryable,
  terms: TillTerms,
  { cart, lines, at }: { cart: CartRow; lines: readonly ResolvedLine[]; at: Date },
): Promise<{ basket: BenefitingBasket; totals: SaleTotals }> {
  const { customerId, redeemPoints } = cart;
  const campaigns = await cartCampaigns(ctx, db, terms, cart, at);
  const sold = lines.filter(({ item }) => item !== undefined).flatMap(orderLines);
  const items = sold.map(({ row: { variantId, quantity, note } }) => ({ variantId, quantity, note }));
  const resolvedItems = sold.map(({ item }) => item);
  const sale = { campaigns, customerId, redeemPoints };
  const toPrice = { input: { items }, resolvedItems, mayOverride: false };
  const basket = await priceWithCampaigns(ctx, db, terms, sale, toPrice);
  throwIssues(basket.issues.filter((issue) => !isOfCode(issue) && !isOfPoints(issue)));
  invariant(basket.totals, 'a basket without issues of its lines has a total');
  return { basket, totals: basket.totals };
}

/** Whether a cart has goods to send. An empty one will have some. */
function hasGoods({ lines }: BenefitingBasket): boolean {
  return lines.length === 0 || lines.some(({ item }) => !item.giftCardPurpose);
}

/** The rates for the goods of a cart, whose value alone decides whether the shipment is free. */
function goodsRates(
  ctx: RequestContext,
  reader: RateReader,
  by: { quotes: ShippingQuotes; terms: TillTerms },
  { cart, basket, totals }: { cart: CartRow; basket: BenefitingBasket; totals: SaleTotals },
): Promise<CartRates> {
  const goods = basket.lines.flatMap(({ item, quantity }, index) =>
    item.giftCardPurpose ? [] : [{ item, quantity, amounts: totals.lines[index]! }],
  );
  return shippingRates(ctx, reader, by, {
    address: cart.shippingAddress,
    items: goods.map(({ item: { variantId, vendorId, ...item }, quantity, amounts }) => ({
      ...{ variantId, vendorId, quantity, value: amounts.subtotal, amounts },
      ...{ taxRate: item.taxRate, taxClassId: item.taxClassId, taxClass: item.taxClass },
    })),
    isFree: basket.campaigns.freeShipping,
  });
}

/** The lines of the order that a line of the cart becomes: one for each gift card. */
function orderLines(line: ResolvedLine): ResolvedLine[] {
  const cards = cardsOf(line);
  return cards === undefined
    ? [line]
    : Array.from({ length: cards }, () => ({ ...line, row: { ...line.row, quantity: ONE } }));
}

/** The number of gift cards of a line; undefined for goods. */
function cardsOf({ row, item }: ResolvedLine): number | undefined {
  return item?.giftCardPurpose ? row.quantity.toNumber() : undefined;
}

/** Quantity of each variant that the cart may take. Goods that are reserved for it are available to it. */
async function availableTo(
  db: Queryable,
  cart: CartRow,
  lines: readonly ResolvedLine[],
  at: Date,
): Promise<ReadonlyMap<string, Decimal>> {
  const variantIds = lines.flatMap(({ item }) => (item?.trackStock ? [item.variantId] : []));
  if (variantIds.length === 0) return new Map();
  const own = await reservedUnder(db, reservationOfCart(cart.id), at);
  const levels = await levelsOf(db, variantIds, cart.branchId, at, own);
  return new Map(variantIds.map((id) => [id, levels.get(id)?.available ?? ZERO]));
}

// --- The answer ---

/** A line as it is shown. */
export interface CartLineView extends Omit<CartItemRow, 'unitPrice' | 'note'> {
  currency: string;
  /** The part of the name that can be translated; null for an item that is not sold any more, whose name stays as it was. */
  productName: string | null;
  /** Formatted. */
  unitPrice: string;
  note: string | null;
  unit: string | null;
  taxRate: Decimal;
  subtotal: Decimal;
  discount: Decimal;
  tax: Decimal;
  total: Decimal;
  minimumAge: number | null;
  imageUrl: string | null;
}

/** A cart as it is shown. */
export interface CartView extends Omit<CartRow, 'codes'> {
  currency: string;
  pricesIncludeTax: boolean;
  items: CartLineView[];
  shippingRate: ShippingRateView | null;
  shippingRates: ShippingRateView[];
  subtotal: Decimal;
  discountTotal: Decimal;
  shippingTotal: Decimal;
  taxTotal: Decimal;
  tax: ShownTax[];
  total: Decimal;
  problems: CartProblem[];
  codes: CartCode[];
  steps: ShownStep[];
  pointsDiscount: Decimal;
  pointsPreview: PointsPreview | null;
}

/** A rate with the currency in which its amount is formatted. */
export type ShippingRateView = ShippingRate & { currency: string };

/**
 * The cart that a caller names.
 * @throws PosProError 404 for an unknown cart and for one that was merged into another; 410 CART_EXPIRED.
 */
export async function findCart(
  ctx: RequestContext,
  cartId: string,
  quotes: ShippingQuotes,
): Promise<CartView> {
  return cartView(ctx, cartRowId(ctx, cartId), quotes, cartId);
}

/** A cart by the id of its row. @param cartId the id that the caller sent, for errors. */
export async function cartView(
  ctx: RequestContext,
  id: string,
  quotes: ShippingQuotes,
  cartId = id,
): Promise<CartView> {
  const cart = await ctx.db.maybeOne<CartRow>(
    sql`select ${carts.select('c')} from carts c where c.id = ${id}::uuid`,
  );
  const now = ctx.clock.now();
  assertPresent(cart, cartId, now);
  const rows = await itemsOf(ctx.db, id);
  // The goods of a cart that was checked out have been sent at the price of their order.
  const reader = { db: ctx.db, mayAsk: cart.status === 'open' };
  return toCartView(ctx, await priceCart(ctx, reader, cart, { rows, at: now, quotes }));
}

function toCartView(ctx: RequestContext, priced: PricedCart): CartView {
  const { cart, terms, totals, shippingRate, shipping, total } = priced;
  const { currency, pricesIncludeTax } = terms;
  const inCurrency = (rate: ShippingRate) => ({ ...rate, currency });
  const taxed = priced.basketLines.map(({ item: { taxRate, giftCardPurpose } }, index) => ({
    ...totals.lines[index]!,
    taxRate,
    giftCardPurpose,
  }));
  const taxes = taxesOf(taxedPartsOf(shipping, taxed));
  const open = cart.status === 'open';
  return {
    ...cart,
    ...pointsView(priced),
    id: signedCartId(ctx, cart.id),
    currency,
    pricesIncludeTax,
    items: lineViews(priced, currency),
    codes: shownCodes(cart, terms, priced.benefits.campaigns),
    steps: shownSteps(currency, priced.benefits.campaigns, soldPositions(priced)),
    shippingRate: shippingRate ? inCurrency(shippingRate) : null,
    shippingRates: priced.shippingRates.map(inCurrency),
    subtotal: totals.subtotal,
    discountTotal: totals.discountTotal,
    shippingTotal: shippingRate?.amount ?? ZERO,
    taxTotal: totals.taxTotal.plus(shipping.shippingTax),
    tax: taxes.map((tax) => ({ ...tax, currency })),
    total,
    // The goods of a cart that was checked out have been sold.
    problems: open ? priced.problems : [],
  };
}

function pointsView(priced: PricedCart): Pick<CartView, 'pointsDiscount' | 'pointsPreview'> {
  const { benefits, basketLines: lines, totals, terms } = priced;
  const { points } = benefits;
  return {
    pointsDiscount: points?.redeemed?.amount ?? ZERO,
    pointsPreview: points ? pointsPreview(points, { lines, totals }, terms.currency) : null,
  };
}

/** The positions in the cart, from 1, of the lines that are sold. */
function soldPositions({ lines }: PricedCart): number[] {
  return lines.flatMap((line, index) =>
    line.item ? Array.from({ length: cardsOf(line) ?? 1 }, () => index + 1) : [],
  );
}

function lineViews({ lines, totals }: PricedCart, currency: string): CartLineView[] {
  const priced = [...totals.lines];
  return lines.map(({ row, item }) => {
    const line = { ...row, note: row.note === '' ? null : row.note, currency };
    if (!item) return { ...line, ...NOTHING, unitPrice: formatUnitPrice(row.unitPrice, currency) };
    const { name, productName, sku, unit, taxRate, minimumAge = null, imageUrl } = item;
    const parts = priced.splice(0, cardsOf({ row, item }) ?? 1);
    const amounts = {
      subtotal: sum(parts.map(({ subtotal }) => subtotal)),
      discount: sum(parts.map(({ discount }) => discount)),
      tax: sum(parts.map(({ tax }) => tax)),
      total: sum(parts.map(({ total }) => total)),
    };
    const sold = { name, productName, sku, unit, taxRate, minimumAge, imageUrl };
    return { ...line, ...sold, unitPrice: formatUnitPrice(item.unitPrice, currency), ...amounts };
  });
}

/** The values of an item that is not sold any more. */
const NOTHING = {
  ...{ productName: null, unit: null, minimumAge: null, imageUrl: null },
  ...{ taxRate: ZERO, subtotal: ZERO, discount: ZERO, tax: ZERO, total: ZERO },
};
