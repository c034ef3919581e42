/** Reserves the labels of a shipment: the rows are written and committed before the carrier is asked. */
import { userOf } from '#kernel/auth/access';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { FieldErrors, textErrors } from '#kernel/validation';
import {
  linesOfShipments,
  lockShipment,
  orderById,
  type FullOrder,
  type TrackedShipment,
} from '#subgraphs/orders/index';
import type { GenerateShippingLabelInput } from '../inputs.generated';
import { carrierSettings } from '../providers/carrier-settings';
import type { CarrierName } from '../providers/carrier';
import type { Parcel } from '../rates/billable-weight.rules';
import { serviceOf } from '../rates/carrier-code.rules';
import { checkedParcels } from '../rates/parcel-input.rules';
import { asOneParcel } from '../rates/quotes';
import { shippingLabels } from '../tables.generated';
import { labelAddresses } from './label-request';
import { isLive, labelsOfShipment, type LabelRow } from './labels.queries';

/** Longer than a carrier's time limit: another process takes over the request of a dead process after this time. */
export const LEASE_MS = 60_000;

/** The labels that a request waits for. */
export interface ReservedLabels {
  readonly ids: readonly string[];
  /** Those that this request has to buy. */
  readonly created: readonly LabelRow[];
}

type ParcelSizes = Pick<LabelRow, 'weight' | 'length' | 'width' | 'height'>;

/**
 * Writes a row for each parcel that has no label.
 * @throws PosProError 404; 409 ILLEGAL_STATE for a cancelled shipment, labels that are being voided, and other parcels than those that
 * have labels; 422 by field, also of an address.
 */
export async function reserveLabels(
  tx: Transaction,
  ctx: RequestContext,
  shipmentId: string,
  input: GenerateShippingLabelInput,
): Promise<ReservedLabels> {
  if (!isUuid(shipmentId)) throw notFound('shipment', shipmentId);
  const shipment = await lockShipment(tx, shipmentId);
  const given = checkedInput(input);
  const labels = await labelsOfShipment(tx, shipment.id);
  const live = labels.filter(isLive);
  assertLabelled(shipment, live, given);
  const order = await orderById(tx, shipment.orderId);
  const missing = await missingParcels(tx, shipment, order, { labels, live, given });
  if (missing.length === 0) return { ids: live.map(({ id }) => id), created: [] };
  const provider = await providerFor(tx, ctx, order);
  const created = missing.map(({ parcel, parcelsCount, sizes }) =>
    shippingLabels.complete({
      ...sizes,
      ...{ id: ctx.ids.next(), organizationId: tx.organizationId, shipmentId: shipment.id },
      ...{ parcel, parcelsCount, provider, status: 'buying', createdAt: tx.now, userId: userOf(ctx) },
      service: emptyToNull(input.service) ?? serviceOf(provider, order.shippingCode),
      nextAskAt: new Date(tx.now.getTime() + LEASE_MS),
    }),
  );
  await tx.run(shippingLabels.insertMany(created));
  return { ids: [...live, ...created].map(({ id }) => id), created };
}

function checkedInput({ parcels, service }: GenerateShippingLabelInput): readonly ParcelSizes[] | undefined {
  const errors = new FieldErrors();
  errors.take(textErrors('service', service, { max: 50, lines: false }));
  const checked = parcels ? checkedParcels(errors, parcels) : undefined;
  errors.throwIfAny();
  return checked?.map(toSizes);
}

function toSizes({ weight, dimensions }: Parcel): ParcelSizes {
  const rounded = (value: Decimal) => value.toDecimalPlaces(3, Decimal.ROUND_UP);
  const [length = null, width = null, height = null] = dimensions?.map(rounded) ?? [];
  return { weight: rounded(weight!), length, width, height };
}

function assertLabelled(
  { cancelledAt }: TrackedShipment,
  live: readonly LabelRow[],
  given: readonly ParcelSizes[] | undefined,
): void {
  if (live.some(({ status }) => status === 'voiding'))
    throw new PosProError('ILLEGAL_STATE', 'The labels of the shipment are being voided.');
  if (live.length === 0) {
    if (cancelledAt !== null) throw new PosProError('ILLEGAL_STATE', 'The shipment was cancelled.');
    return;
  }
  const isOther = ({ parcel, parcelsCount, weight }: LabelRow) =>
    given && (parcelsCount !== given.length || !weight.equals(given[parcel - 1]!.weight));
  if (live.some(isOther))
    throw new PosProError(
      'ILLEGAL_STATE',
      'The shipment has labels for other parcels: void them before you buy new ones.',
    );
}

interface MissingParcel {
  readonly parcel: number;
  readonly parcelsCount: number;
  readonly sizes: ParcelSizes;
}

/** The parcels without a label: all of them, or those whose purchase failed. */
async function missingParcels(
  tx: Transaction,
  shipment: TrackedShipment,
  order: FullOrder,
  known: {
    labels: readonly LabelRow[];
    live: readonly LabelRow[];
    given: readonly ParcelSizes[] | undefined;
  },
): Promise<MissingParcel[]> {
  const [first] = known.live;
  if (!first) {
    const parcels = known.given ?? [await estimatedParcel(tx, shipment, order)];
    const parcelsCount = parcels.length;
    return parcels.map((sizes, index) => ({ parcel: index + 1, parcelsCount, sizes }));
  }
  const { parcelsCount } = first;
  const labelled = new Set(known.live.map(({ parcel }) => parcel));
  const others = Array.from({ length: parcelsCount }, (_, index) => index + 1).filter(
    (parcel) => !labelled.has(parcel),
  );
  return others.map((parcel) => {
    const { weight, length, width, height } = known.labels.find((label) => label.parcel === parcel)!;
    return { parcel, parcelsCount, sizes: { weight, length, width, height } };
  });
}

/** The shipped items as one parcel. @throws PosProError 422 if the weight of an item is not known. */
async function estimatedParcel(
  tx: Transaction,
  { id }: TrackedShipment,
  { lines }: FullOrder,
): Promise<ParcelSizes> {
  const shipped = (await linesOfShipments(tx, [id])).get(id) ?? [];
  const items = shipped.map(({ lineNo, quantity }) => {
    const { variantId } = lines.find((line) => line.lineNo === lineNo)!;
    return { variantId, quantity };
  });
  const parcel = await asOneParcel(tx, items);
  if (parcel.weight === null || parcel.weight.isZero())
    throw invalid('parcels', 'The weight of an item is not known: give the parcels.', 'REQUIRED');
  return toSizes(parcel);
}

/** The carrier, once it is sure that it can be asked. @throws PosProError 422. */
async function providerFor(
  tx: Transaction,
  { config }: Pick<RequestContext, 'config'>,
  order: FullOrder,
): Promise<CarrierName> {
  const settings = await carrierSettings(tx, config);
  if (settings.carrier === 'manual')
    throw invalid('carrier', 'Choose a carrier with PUT /shipping/carrier.', 'CARRIER_UNAVAILABLE');
  await labelAddresses(tx, order, settings);
  return settings.carrier;
}
