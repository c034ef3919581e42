/** Shipments of EasyPost, as PosPro asks for and reads them (https://docs.easypost.com/docs/shipments). */
import type { IRate, IShipmentCreateParameters, ITracker } from '@easypost/api';
import { Decimal } from '#kernel/decimal';
import { CM_PER_INCH, KG_PER_POUND } from '../../rates/billable-weight.rules';
import type { ParcelStatus } from '../../tracking/parcel-status.rules';
import type {
  CarrierAnswer,
  CarrierRate,
  LabelAddress,
  LabelRequest,
  PreparedLabel,
  RateAddress,
  RateRequest,
  TrackingReport,
} from '../carrier';

const OUNCES_PER_POUND = 16;
/** Decimal places of ounces and inches; EasyPost takes one. */
const PLACES = 1;

/** The shipment to make known. EasyPost weighs in ounces and measures in inches; both are rounded up. */
export function easypostShipment({
  labelId,
  from,
  to,
  weight,
  dimensions,
}: RateRequest & Partial<Pick<LabelRequest, 'labelId'>>): IShipmentCreateParameters {
  const rounded = (value: Decimal) => value.toDecimalPlaces(PLACES, Decimal.ROUND_UP).toNumber();
  const sides = dimensions?.map((side) => rounded(side.dividedBy(CM_PER_INCH)));
  return {
    ...(labelId !== undefined && { reference: labelId }),
    to_address: toAddress(to),
    from_address: toAddress(from),
    parcel: {
      weight: rounded(weight.dividedBy(KG_PER_POUND).times(OUNCES_PER_POUND)),
      ...(sides && { length: sides[0]!, width: sides[1]!, height: sides[2]! }),
    },
    options: { label_format: 'PDF' },
  };
}

/** Names of EasyPost's fields of an address, by PosPro's. */
const ADDRESS_FIELDS = {
  recipient: 'name',
  line1: 'street1',
  line2: 'street2',
  city: 'city',
  region: 'state',
  postalCode: 'zip',
  country: 'country',
  phone: 'phone',
} as const satisfies Record<keyof LabelAddress, string>;

function toAddress(address: RateAddress): Record<string, string> {
  const fields = Object.entries(ADDRESS_FIELDS) as [keyof LabelAddress, string][];
  return Object.fromEntries(
    fields.flatMap(([field, name]) => (address[field] === null ? [] : [[name, address[field]]])),
  );
}

/** PosPro's field for a field of EasyPost's input, as in "to_address.zip"; undefined if it has no such field. */
export function fieldOf(name: string): string | undefined {
  const [part, field = ''] = name.split('.') as [string, string?];
  if (part === 'parcel') return 'parcels';
  const owner = { to_address: 'shippingAddress', from_address: 'sender' }[part];
  if (owner === undefined) return undefined;
  const found = Object.entries(ADDRESS_FIELDS).find(([, theirs]) => theirs === field);
  return found ? `${owner}.${found[0]}` : owner;
}

/** The rates of a shipment, with the messages of carriers that offer none. */
export interface RatedShipment {
  readonly id: string;
  readonly rates: readonly (Pick<IRate, 'id' | 'carrier' | 'service' | 'rate' | 'currency'> & {
    readonly delivery_days?: number | null;
  })[];
  readonly messages?: readonly { readonly carrier: string; readonly message: string }[] | null;
}

/** All rates of a shipment. */
export function offeredRates({ rates, messages }: RatedShipment): CarrierAnswer<readonly CarrierRate[]> {
  if (rates.length === 0) return noRates(messages);
  return {
    kind: 'done',
    value: rates.map(({ carrier, service, rate, currency, delivery_days: days = null }) => ({
      ...{ code: `${carrier}/${service}`, name: `${carrier} ${service}`, currency, days },
      amount: new Decimal(rate),
    })),
  };
}

function noRates(messages: RatedShipment['messages']): Extract<CarrierAnswer<never>, { kind: 'rejected' }> {
  const reasons = (messages ?? []).map(({ carrier, message }) => `${carrier}: ${message}`);
  return {
    kind: 'rejected',
    code: 'no_rates',
    message: reasons.join(' ') || 'No carrier of the account sends this parcel to this address.',
  };
}

/** The cheapest rate of a service, named as in "Priority" or "USPS/Priority"; of all services if none is named. */
export function chosenRate(
  { id: reference, rates, messages }: RatedShipment,
  service: string | null,
): CarrierAnswer<PreparedLabel> {
  const wanted = service?.toLowerCase();
  const isWanted = (rate: RatedShipment['rates'][number]) =>
    wanted === undefined ||
    [rate.service, `${rate.carrier}/${rate.service}`].some((name) => name.toLowerCase() === wanted);
  const [cheapest] = rates
    .filter(isWanted)
    .sort((one, other) => new Decimal(one.rate).comparedTo(other.rate) || (one.id < other.id ? -1 : 1));
  if (cheapest) return { kind: 'done', value: { reference, rate: cheapest.id } };
  const offered = rates.map((rate) => `${rate.carrier}/${rate.service}`);
  if (offered.length === 0) return noRates(messages);
  const message = `There is no service "${service}". Offered are ${offered.join(', ')}.`;
  return { kind: 'rejected', code: 'service_unknown', message, field: 'service' };
}

/** EasyPost's statuses; those that say nothing of the parcel are not here. */
const STATUSES: Readonly<Record<string, ParcelStatus>> = {
  pre_transit: 'pre_transit',
  in_transit: 'in_transit',
  out_for_delivery: 'out_for_delivery',
  available_for_pickup: 'out_for_delivery',
  delivered: 'delivered',
  return_to_sender: 'returned',
  failure: 'failed',
};

/** The parts of a tracker that PosPro reads. */
export type EasypostTracker = Pick<ITracker, 'tracking_code'> &
  Partial<Pick<ITracker, 'est_delivery_date' | 'tracking_details'>>;

export function toReport(tracker: EasypostTracker): TrackingReport {
  const { tracking_code: trackingNumber, est_delivery_date: estimated, tracking_details: details } = tracker;
  return {
    trackingNumber,
    estimatedOn: estimated ? estimated.slice(0, 10) : null,
    events: (details ?? []).flatMap(({ status, datetime, message, tracking_location: location }) => {
      const known = STATUSES[status];
      const { city, state, country } = (location ?? {}) as Partial<typeof location>;
      const place = [city, state, country].filter(Boolean).join(', ') || null;
      return known ? [{ status: known, at: new Date(datetime), place, message: message || null }] : [];
    }),
  };
}
