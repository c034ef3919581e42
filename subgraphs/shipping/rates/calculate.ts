/** Calculates what it costs to send goods, with the reason where a rate is not offered. */
import type { RequestContext } from '#kernel/context';
import { isCountry, NOT_A_COUNTRY } from '#kernel/countries.rules';
import { Decimal, ONE } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { roundMoney } from '#kernel/money';
import { FieldErrors, amountErrors, textErrors } from '#kernel/validation';
import { branchOf, currencyOf } from '#subgraphs/auth/index';
import {
  flatRates,
  goodsOfCart,
  plannedShipments,
  priceItems,
  type SentGoods,
} from '#subgraphs/orders/index';
import type { CalculateShippingRateInput, ShippingDestinationInput } from '../inputs.generated';
import { normalizedPostalCode, type Destination } from '../zones/zone-match.rules';
import type { Parcel } from './billable-weight.rules';
import { carrierOffers } from './carrier-rates';
import { joinedCalculations } from './joined-calculations.rules';
import { checkedParcels } from './parcel-input.rules';
import type { ShippingCalculation, ShippingOffer } from './shipping-offer';
import { asOneParcel, noRateMessage, zoneOffers, type RateOffer } from './quotes';
import type { Consignment } from './table-rates.rules';

/** The goods to send. The address is that of a cart whose customer has entered it. */
interface Goods extends SentGoods {
  /** Undefined for goods that are not packed yet. */
  readonly parcels: readonly Parcel[] | undefined;
}

/** @throws PosProError 404 for an unknown branch or cart; 410 CART_EXPIRED; 422 by field, for unknown items, and for an unknown country. */
export async function calculateShippingRate(
  ctx: RequestContext,
  input: CalculateShippingRateInput,
): Promise<ShippingCalculation> {
  const currency = await currencyOf(ctx);
  const entered = input.to == null ? undefined : checkedPlace('to', input.to);
  const from = input.from == null ? undefined : checkedPlace('from', input.from);
  const goods = await goodsOf(ctx, input, currency);
  const to = entered ?? (goods.address && toDestination(goods.address));
  if (!to) throw invalid('to', 'Name the address: the cart has none.', 'REQUIRED');
  const shipments = await consignmentsOf(ctx, input, goods);
  const own = joinedCalculations(
    await Promise.all(shipments.map((shipment) => ownCalculation(ctx, shipment, to, currency))),
  );
  if (input.carrierRates === false) return own;
  const parcels = shipments.flatMap((shipment) => shipment.parcels);
  const carried = await carrierOffers(ctx, { from, to, parcels }, currency);
  const isOffered = carried.some(({ amount }) => amount !== null);
  return { ...own, rates: [...own.rates, ...carried], ...(isOffered && { reason: null, message: null }) };
}

/** The rates of the organization itself. */
async function ownCalculation(
  ctx: RequestContext,
  goods: Consignment,
  to: Destination,
  currency: string,
): Promise<ShippingCalculation> {
  const zoned = await zoneOffers(ctx.db, to, () => Promise.resolve(goods));
  if (!zoned) return flatCalculation(ctx, goods, to, currency);
  const { zone, offers } = zoned;
  const isOffered = offers.some(({ offer }) => offer.amount !== null);
  const none = zone ? 'no_rates' : 'no_zone';
  return {
    zoneId: zone?.id ?? null,
    rates: offers.map((offer) => shownOffer(offer, currency)),
    reason: isOffered ? null : (offers[0]?.offer.reason ?? none),
    message: noRateMessage(zoned),
  };
}

/** The calculation for an organization without zones. */
async function flatCalculation(
  ctx: RequestContext,
  { freeShippingValue }: Consignment,
  address: Destination,
  currency: string,
): Promise<ShippingCalculation> {
  const { rates, reason: message } = await flatRates(ctx.db, { address, freeShippingValue });
  const unknown = { billableWeight: null, weightUnit: null, minDays: null, maxDays: null };
  return {
    zoneId: null,
    rates: rates.map((rate) => ({
      ...{ provider: 'flat', ...rate, currency, ...unknown, reasonUnavailable: null, message: null },
    })),
    reason: rates.length > 0 ? null : 'no_zone',
    message,
  };
}

function shownOffer({ rate, offer }: RateOffer, currency: string): ShippingOffer {
  const { code, name, units, minDays, maxDays } = rate;
  const { amount, billableWeight, reason, message } = offer;
  const unit = units === 'metric' ? 'kg' : 'lb';
  return {
    ...{ provider: 'table', code, name, amount, currency, minDays, maxDays, message },
    billableWeight: billableWeight?.toDecimalPlaces(3, Decimal.ROUND_UP) ?? null,
    weightUnit: billableWeight ? unit : null,
    reasonUnavailable: reason,
  };
}

function checkedPlace(field: 'to' | 'from', place: ShippingDestinationInput): Destination {
  const errors = new FieldErrors();
  if (!isCountry(place.country.trim().toUpperCase()))
    errors.add(`${field}.country`, NOT_A_COUNTRY, 'INVALID');
  errors.take(textErrors(`${field}.postalCode`, place.postalCode, { max: 20, lines: false }));
  errors.throwIfAny();
  return toDestination(place);
}

function toDestination({ country, postalCode }: ShippingDestinationInput): Destination {
  const normalized = normalizedPostalCode(postalCode ?? '');
  return { country: country.trim().toUpperCase(), postalCode: normalized === '' ? null : normalized };
}

const MAX_ITEMS = 500;

/** The errors of the input by field, without those of its parcels. */
function inputErrors(input: CalculateShippingRateInput, currency: string): FieldErrors {
  const errors = new FieldErrors();
  const given = input.items ?? [];
  if (input.cartId != null && input.items != null)
    errors.add('items', 'Name a cart or items, not both.', 'INVALID');
  if (given.length === 0 && input.parcels == null && input.cartId == null)
    errors.add('items', 'Name a cart, or give the items or the parcels to send.', 'REQUIRED');
  if (input.cartId == null && input.to == null) errors.add('to', 'Name the address.', 'REQUIRED');
  if (given.length > MAX_ITEMS) errors.add('items', `At most ${MAX_ITEMS} items.`, 'LENGTH');
  given.forEach(({ quantity }, index) => {
    if (quantity != null && !quantity.greaterThan(0))
      errors.add(`items.${index}.quantity`, 'Must be above zero.', 'NOT_POSITIVE');
  });
  if (input.value != null) errors.take(amountErrors('value', input.value, currency, 'not_negative'));
  return errors;
}

/** The goods in the input. @throws PosProError 422 by field. */
async function goodsOf(
  ctx: RequestContext,
  input: CalculateShippingRateInput,
  currency: string,
): Promise<Goods> {
  const errors = inputErrors(input, currency);
  const given = input.items ?? [];
  const parcels = input.parcels ? checkedParcels(errors, input.parcels) : undefined;
  errors.throwIfAny();
  if (input.cartId != null) return cartGoods(ctx, input.cartId, parcels);
  if (given.length === 0) return { items: [], parcels, address: null };
  const at = ctx.clock.now();
  const resolved = await priceItems(ctx, ctx.db, { branchId: branchOf(ctx, input.branchId), at }, given);
  resolved.forEach((item, index) => {
    if (!item) errors.add(`items.${index}`, 'There is no such item on sale.', 'PRODUCT_NOT_FOUND');
  });
  errors.throwIfAny();
  const items = resolved.map((item, index) => {
    const { variantId, vendorId, unitPrice } = item!;
    const quantity = given[index]!.quantity ?? ONE;
    return { variantId, vendorId, quantity, value: roundMoney(unitPrice.times(quantity), currency) };
  });
  return { items, parcels, address: null };
}

/** @throws PosProError 404, 410 CART_EXPIRED; 422 for a cart without goods to send. */
async function cartGoods(ctx: RequestContext, cartId: string, parcels: Goods['parcels']): Promise<Goods> {
  const goods = await goodsOfCart(ctx, cartId);
  if (goods.items.length === 0) throw invalid('cartId', 'The cart has no goods to send.', 'REQUIRED');
  return { ...goods, parcels };
}

/**
 * The shipments to price, by the settings of the web shop. Goods that are packed already are one, and a value in the input is that of all
 * goods, of whatever vendor.
 */
async function consignmentsOf(
  ctx: RequestContext,
  { value }: CalculateShippingRateInput,
  { items, parcels }: Goods,
): Promise<Consignment[]> {
  if (value != null) {
    const all = parcels ?? [await asOneParcel(ctx.db, items)];
    return [{ parcels: all, value, freeShippingValue: value }];
  }
  const shipments = await plannedShipments(ctx.db, items, { together: parcels !== undefined });
  return Promise.all(
    shipments.map(async ({ goods, subtotal, freeShippingValue }) => ({
      parcels: parcels ?? [await asOneParcel(ctx.db, goods)],
      value: subtotal,
      freeShippingValue,
    })),
  );
}
