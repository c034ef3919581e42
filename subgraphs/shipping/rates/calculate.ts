/** Calculates what it costs to send goods, with the reason where a rate is not offered. */
import type { RequestContext } from '#kernel/context';
import { isCountry, NOT_A_COUNTRY } from '#kernel/countries.rules';
import { Decimal, ONE, ZERO, sum } from '#kernel/decimal';
import { roundMoney } from '#kernel/money';
import { FieldErrors, amountErrors, textErrors } from '#kernel/validation';
import { branchOf, currencyOf } from '#subgraphs/auth/index';
import { flatRates, priceItems } from '#subgraphs/orders/index';
import type { CalculateShippingRateInput, ShippingReason } from '../inputs.generated';
import { normalizedPostalCode, type Destination } from '../zones/zone-match.rules';
import type { Parcel } from './billable-weight.rules';
import { checkedParcels } from './parcel-input.rules';
import { asOneParcel, noRateMessage, zoneOffers, type RateOffer } from './quotes';

/** A rate as callers see it. */
export interface ShippingOffer {
  readonly provider: string;
  readonly code: string;
  readonly name: string;
  readonly amount: Decimal | null;
  readonly currency: string;
  readonly billableWeight: Decimal | null;
  readonly weightUnit: 'kg' | 'lb' | null;
  readonly minDays: number | null;
  readonly maxDays: number | null;
  readonly reasonUnavailable: ShippingReason | null;
  readonly message: string | null;
}

/** The rates for goods. */
export interface ShippingCalculation {
  readonly zoneId: string | null;
  readonly rates: readonly ShippingOffer[];
  readonly reason: ShippingReason | null;
  readonly message: string | null;
}

interface Goods {
  readonly items: readonly { variantId: string; quantity: Decimal }[];
  readonly value: Decimal;
  /** Undefined for goods that are not packed yet. */
  readonly parcels: readonly Parcel[] | undefined;
}

/** @throws PosProError 404 for an unknown branch; 422 by field, for unknown items, and for an unknown country. */
export async function calculateShippingRate(
  ctx: RequestContext,
  input: CalculateShippingRateInput,
): Promise<ShippingCalculation> {
  const currency = await currencyOf(ctx);
  const to = checkedDestination(input);
  const goods = await goodsOf(ctx, input, currency);
  const consignment = async () => ({
    parcels: goods.parcels ?? [await asOneParcel(ctx.db, goods.items)],
    value: goods.value,
  });
  const zoned = await zoneOffers(ctx.db, to, consignment);
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
  { items, value: subtotal }: Goods,
  address: Destination,
  currency: string,
): Promise<ShippingCalculation> {
  const { rates, reason: message } = await flatRates(ctx.db, { address, items, subtotal });
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

function checkedDestination({ to }: CalculateShippingRateInput): Destination {
  const errors = new FieldErrors();
  const country = to.country.trim().toUpperCase();
  if (!isCountry(country)) errors.add('to.country', NOT_A_COUNTRY, 'INVALID');
  errors.take(textErrors('to.postalCode', to.postalCode, { max: 20, lines: false }));
  errors.throwIfAny();
  const postalCode = normalizedPostalCode(to.postalCode ?? '');
  return { country, postalCode: postalCode === '' ? null : postalCode };
}

const MAX_ITEMS = 500;

/** The goods in the input. @throws PosProError 422 by field. */
async function goodsOf(
  ctx: RequestContext,
  input: CalculateShippingRateInput,
  currency: string,
): Promise<Goods> {
  const errors = new FieldErrors();
  const given = input.items ?? [];
  const parcels = input.parcels ? checkedParcels(errors, input.parcels) : undefined;
  if (given.length === 0 && parcels === undefined)
    errors.add('items', 'Give the items or the parcels to send.', 'REQUIRED');
  if (given.length > MAX_ITEMS) errors.add('items', `At most ${MAX_ITEMS} items.`, 'LENGTH');
  given.forEach(({ quantity }, index) => {
    if (quantity != null && !quantity.greaterThan(0))
      errors.add(`items.${index}.quantity`, 'Must be above zero.', 'NOT_POSITIVE');
  });
  if (input.value != null) errors.take(amountErrors('value', input.value, currency, 'not_negative'));
  errors.throwIfAny();
  if (given.length === 0) return { items: [], value: input.value ?? ZERO, parcels };
  const at = ctx.clock.now();
  const resolved = await priceItems(ctx, ctx.db, { branchId: branchOf(ctx, input.branchId), at }, given);
  resolved.forEach((item, index) => {
    if (!item) errors.add(`items.${index}`, 'There is no such item on sale.', 'PRODUCT_NOT_FOUND');
  });
  errors.throwIfAny();
  const items = resolved.map((item, index) => ({ ...item!, quantity: given[index]!.quantity ?? ONE }));
  const value = sum(items.map(({ unitPrice, quantity }) => roundMoney(unitPrice.times(quantity), currency)));
  return { items, value: input.value ?? value, parcels };
}
