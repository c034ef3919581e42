/** The rates of the organization's carrier: asked within a time limit, and with a reason if it offers none. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import { sum, type Decimal } from '#kernel/decimal';
import { inTime } from '#kernel/timeout';
import type { CarrierAnswer, CarrierName, CarrierRate, RateAddress } from '../providers/carrier';
import { carrierAccount, carrierOf, carrierSettings } from '../providers/carrier-settings';
import type { Destination } from '../zones/zone-match.rules';
import type { Parcel } from './billable-weight.rules';
import type { ShippingOffer } from './shipping-offer';

/** A caller waits no longer for a carrier. */
const TIME_LIMIT_MS = 5_000;
/** Each parcel is a request to the carrier. */
const MAX_PARCELS = 10;

const NAMES: Readonly<Record<CarrierName, string>> = { sandbox: 'Sandbox', easypost: 'EasyPost' };

/** The parcels to send, and the places between which they are sent. */
export interface CarrierConsignment {
  /** Undefined for the sender of the settings. */
  readonly from: Destination | undefined;
  readonly to: Destination;
  readonly parcels: readonly Parcel[];
}

/** The offers of the carrier, the cheapest first; none if the organization has no carrier. Never throws for a carrier's error. */
export async function carrierOffers(
  ctx: RequestContext,
  { from, to, parcels }: CarrierConsignment,
  currency: string,
): Promise<ShippingOffer[]> {
  const { carrier: provider, sender } = await carrierSettings(ctx.db, ctx.config);
  if (provider === 'manual') return [];
  const unavailable = (reason: NonNullable<ShippingOffer['reasonUnavailable']>, message: string) => [
    {
      ...UNAVAILABLE,
      provider,
      code: provider,
      name: NAMES[provider],
      currency,
      reasonUnavailable: reason,
      message,
    },
  ];
  const weighed = parcels.flatMap(({ weight, dimensions }) =>
    weight === null ? [] : [{ weight, dimensions }],
  );
  if (weighed.length < parcels.length)
    return unavailable('weight_unknown', 'The weight of the goods is not known.');
  if (parcels.length > MAX_PARCELS)
    return unavailable('carrier_rejected', `The carrier is asked for ${MAX_PARCELS} parcels at most.`);
  const sentFrom = from ? placeOf(from) : sender;
  if (!sentFrom && provider !== 'sandbox')
    return unavailable(
      'carrier_rejected',
      'Enter the address from which you send with PUT /shipping/carrier, or send "from".',
    );
  const places = { from: sentFrom ?? placeOf(to), to: placeOf(to) };
  const answer = await askForRates(
    ctx,
    provider,
    weighed.map((parcel) => ({ ...parcel, ...places })),
  );
  if (answer.kind === 'unknown') return unavailable('carrier_unavailable', answer.message);
  if (answer.kind === 'rejected') return unavailable('carrier_rejected', answer.message);
  return answer.value.map(({ days, ...rate }) => ({
    ...{ ...UNAVAILABLE, provider, ...rate, minDays: days, maxDays: days },
  }));
}

const UNAVAILABLE = {
  ...{ amount: null, billableWeight: null, weightUnit: null, minDays: null, maxDays: null },
  ...{ reasonUnavailable: null, message: null },
} as const;

function placeOf({ country, postalCode }: Destination): RateAddress {
  const unknown = { recipient: null, line1: null, line2: null, city: null, region: null, phone: null };
  return { ...unknown, country, postalCode };
}

type Parcels = readonly {
  weight: Decimal;
  dimensions: Parcel['dimensions'];
  from: RateAddress;
  to: RateAddress;
}[];

async function askForRates(
  ctx: RequestContext,
  provider: CarrierName,
  parcels: Parcels,
): Promise<CarrierAnswer<readonly CarrierRate[]>> {
  const ask = async () => {
    const account = await carrierAccount(ctx.db, ctx.config, organizationOf(ctx));
    const carrier = await carrierOf(ctx, provider);
    return Promise.all(parcels.map((parcel) => carrier.rates(account, parcel)));
  };
  try {
    return combinedRates(await inTime(ask(), TIME_LIMIT_MS));
  } catch (error) {
    ctx.log.warn({ err: error, provider }, 'a carrier did not answer with its rates');
    return { kind: 'unknown', message: 'The carrier did not answer in time.' };
  }
}

/** The sum of each service over all parcels: one that does not send each of them is not offered. */
function combinedRates(
  answers: readonly CarrierAnswer<readonly CarrierRate[]>[],
): CarrierAnswer<readonly CarrierRate[]> {
  const failed = answers.find(({ kind }) => kind !== 'done');
  if (failed) return failed;
  const rates = answers.flatMap((answer) => (answer.kind === 'done' ? answer.value : []));
  const services = [...groupBy(rates, ({ code, currency }) => `${code} ${currency}`).values()];
  const offered = services
    .filter((parts) => parts.length === answers.length)
    .map((parts): CarrierRate => {
      const days = parts.map((part) => part.days);
      return {
        ...parts[0]!,
        amount: sum(parts.map(({ amount }) => amount)),
        days: days.every((one) => one !== null) ? Math.max(...days) : null,
      };
    })
    .sort((one, other) => one.amount.comparedTo(other.amount));
  if (offered.length > 0) return { kind: 'done', value: offered };
  return { kind: 'rejected', code: 'no_rates', message: 'No service of the carrier sends all parcels.' };
}
