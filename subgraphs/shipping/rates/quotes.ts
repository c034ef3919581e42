/** The rates of an organization's zones for goods: what carts and the calculation have in common. */
import type { Queryable } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { itemSizes } from '#subgraphs/catalog/index';
import type { GoodsToSend, QuotedRate, ShippingQuotes } from '#subgraphs/orders/index';
import type { ShippingZoneRow, TableRateRow } from '../tables.generated';
import { allZones } from '../zones/shipping-zones';
import { zoneOf, type Destination } from '../zones/zone-match.rules';
import type { Parcel } from './billable-weight.rules';
import { enabledRates } from './table-rates';
import { tableOffer, type Consignment, type TableOffer } from './table-rates.rules';

/** A rate of a zone with its offer. */
export interface RateOffer {
  readonly rate: TableRateRow;
  readonly offer: TableOffer;
}

/** The offers for a destination. */
export interface ZoneOffers {
  /** Undefined if the destination is in none. */
  readonly zone: ShippingZoneRow | undefined;
  /** Those that are offered first, the cheapest first. */
  readonly offers: readonly RateOffer[];
}

/** The rates of the zone of an address; of all zones without an address. Undefined for an organization without zones. */
export async function zoneOffers(
  db: Queryable,
  to: Destination | null,
  consignment: () => Promise<Consignment>,
): Promise<ZoneOffers | undefined> {
  const zones = await allZones(db);
  if (zones.length === 0) return undefined;
  const zone = to ? zoneOf(zones, to) : undefined;
  if (to && !zone) return { zone: undefined, offers: [] };
  const rates = (await enabledRates(db)).filter(({ zoneId }) => !zone || zoneId === zone.id);
  if (rates.length === 0) return { zone, offers: [] };
  const goods = await consignment();
  const offers = rates.map((rate) => ({ rate, offer: tableOffer(rate, goods) }));
  return { zone, offers: offers.sort(byPrice) };
}

function byPrice({ offer: { amount: one } }: RateOffer, { offer: { amount: other } }: RateOffer): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one.comparedTo(other);
}

/** Goods that are not packed yet as one parcel: an estimate. */
export async function asOneParcel(
  db: Queryable,
  items: readonly { variantId: string; quantity: Decimal }[],
): Promise<Parcel> {
  const sizes = await itemSizes(
    db,
    items.map(({ variantId }) => variantId),
  );
  const total = (measure: 'weight' | 'volume'): Decimal | null => {
    const parts = items.map(({ variantId, quantity }) => sizes.get(variantId)?.[measure]?.times(quantity));
    return parts.includes(undefined) ? null : sum(parts as Decimal[]);
  };
  return { weight: total('weight'), volume: total('volume'), dimensions: null };
}

/** The rates of an organization's zones, for carts. */
export const zoneQuotes: ShippingQuotes['ofZones'] = async (db, goods) => {
  const offers = await zoneOffers(db, goods.address, () => consignmentOf(db, goods));
  if (!offers) return undefined;
  const rates = new Map<string, QuotedRate>();
  for (const { rate, offer } of offers.offers) {
    const { code, name } = rate;
    if (offer.amount && !rates.has(code)) rates.set(code, { code, name, amount: offer.amount });
  }
  return { rates: [...rates.values()], reason: noRateMessage(offers) };
};

async function consignmentOf(
  db: Queryable,
  { items, subtotal, freeShippingValue }: GoodsToSend,
): Promise<Consignment> {
  return { parcels: [await asOneParcel(db, items)], value: subtotal, freeShippingValue };
}

/** Why no rate is offered, for people; null if one is. */
export function noRateMessage({ zone, offers }: ZoneOffers): string | null {
  if (offers.some(({ offer }) => offer.amount !== null)) return null;
  const [first] = offers;
  if (first) return first.offer.message;
  return zone
    ? `There is no way of sending to the zone "${zone.name}" at present.`
    : 'The goods cannot be sent to this address.';
}
