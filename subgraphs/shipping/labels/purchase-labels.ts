/**
 * Buys reserved labels: asks their carrier, and settles each answer in a transaction of its own. A parcel is made known to its carrier
 * first, and its id there is stored before the purchase, so that a lost answer to a purchase is asked for again and never bought twice.
 */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { lockShipment, orderById, requireShipment, updateShipmentNumber } from '#subgraphs/orders/index';
import type { BoughtLabel, Carrier, CarrierAccount, CarrierAnswer, LabelRequest } from '../providers/carrier';
import { carrierAccount, carrierOf, carrierSettings } from '../providers/carrier-settings';
import { emitShipmentChanged } from '../shipments/shipment-events';
import { shippingLabels, type ShippingLabelRow } from '../tables.generated';
import { labelAddresses, labelRequest } from './label-request';
import { LABEL, type LabelRow } from './labels.queries';

/** After this time without an answer, a purchase has failed. */
const GIVE_UP_AFTER_MS = 20 * 3_600_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 10 * 60_000;
/** Time until the carrier is first asked where a parcel is. */
const FIRST_POLL_MS = 3_600_000;

/** A carrier with the account of the organization. */
interface Desk {
  readonly carrier: Carrier;
  readonly account: CarrierAccount;
}

/** Buys the labels of one shipment: all parcels are made known before the first label is bought, so that an error costs nothing. */
export async function purchaseLabels(ctx: RequestContext, labels: readonly LabelRow[]): Promise<void> {
  const prepared: { label: LabelRow; request: LabelRequest }[] = [];
  for (const label of labels) {
    const request = await requestFor(ctx, label);
    const answered = await prepareLabel(ctx, label, request);
    if (answered.status === 'failed') {
      await failLabels(ctx, labels, answered);
      return;
    }
    if (answered.providerReference !== null) prepared.push({ label: answered, request });
  }
  for (const { label, request } of prepared) await buyLabel(ctx, label, request);
}

async function requestFor(ctx: RequestContext, label: LabelRow): Promise<LabelRequest> {
  const { orderId } = await requireShipment(ctx.db, label.shipmentId);
  const settings = await carrierSettings(ctx.db, ctx.config);
  const order = await orderById(ctx.db, orderId);
  return labelRequest(label, await labelAddresses(ctx.db, order, settings));
}

/** @returns the label with its id at the carrier, as failed, or unchanged if the carrier did not answer. */
async function prepareLabel(ctx: RequestContext, label: LabelRow, request: LabelRequest): Promise<LabelRow> {
  if (label.providerReference !== null) return label;
  const answer = await ask(ctx, label, ({ carrier, account }) => carrier.prepare(account, request));
  const changes: Partial<ShippingLabelRow> =
    answer.kind === 'done'
      ? { providerReference: answer.value.reference, providerRate: answer.value.rate }
      : unanswered(ctx, label, answer);
  return updateLabel(ctx, label, changes);
}

async function buyLabel(ctx: RequestContext, label: LabelRow, request: LabelRequest): Promise<void> {
  const prepared = { reference: label.providerReference!, rate: label.providerRate! };
  const answer = await ask(ctx, label, ({ carrier, account }) => carrier.buy(account, request, prepared));
  if (answer.kind === 'done') await settleBought(ctx, label, answer.value);
  else await updateLabel(ctx, label, unanswered(ctx, label, answer));
}

/** Asks the carrier of a label; an error on the way is an unknown answer. */
export async function ask<Value>(
  ctx: RequestContext,
  label: LabelRow,
  send: (desk: Desk) => Promise<CarrierAnswer<Value>>,
): Promise<CarrierAnswer<Value>> {
  try {
    const account = await carrierAccount(ctx.db, ctx.config, organizationOf(ctx));
    return await send({ carrier: await carrierOf(ctx, label.provider), account });
  } catch (error) {
    ctx.log.warn({ err: error, label: label.id }, 'a carrier did not answer');
    return { kind: 'unknown', message: 'The carrier did not answer.' };
  }
}

/** The changes of a label that was not bought, or not yet. */
function unanswered(
  ctx: RequestContext,
  label: LabelRow,
  answer: Exclude<CarrierAnswer<unknown>, { kind: 'done' }>,
): Partial<ShippingLabelRow> {
  const now = ctx.clock.now().getTime();
  if (answer.kind === 'rejected') {
    const { code: errorCode, message: errorMessage, field: errorField = null } = answer;
    return { status: 'failed', errorField, errorCode, errorMessage, nextAskAt: null };
  }
  if (now - label.createdAt.getTime() > GIVE_UP_AFTER_MS)
    return { status: 'failed', errorCode: 'timeout', errorMessage: answer.message, nextAskAt: null };
  return nextAsk(ctx, label);
}

/** The next time at which the worker asks the carrier again. */
export function nextAsk(
  { clock }: Pick<RequestContext, 'clock'>,
  { asks }: LabelRow,
): Pick<LabelRow, 'asks' | 'nextAskAt'> {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** asks, LONGEST_PAUSE_MS);
  return { asks: asks + 1, nextAskAt: new Date(clock.now().getTime() + pauseMs) };
}

/** Changes a label that is being bought; one that was settled meanwhile stays. @returns the label after it. */
function updateLabel(
  ctx: RequestContext,
  label: LabelRow,
  changes: Partial<ShippingLabelRow>,
): Promise<LabelRow> {
  return transact(ctx, async (tx) => {
    const changed = await tx.maybeOne<LabelRow>(sql`
      update shipping_labels set ${shippingLabels.set(changes)} where id = ${label.id}::uuid and status = 'buying'
      returning ${LABEL.columns}`);
    return (
      changed ??
      tx.one<LabelRow>(sql`select ${LABEL.select('l')} from shipping_labels l where id = ${label.id}::uuid`)
    );
  });
}

/** Parcels that were made known, but not bought, fail with the one that the carrier rejected. */
async function failLabels(
  ctx: RequestContext,
  labels: readonly LabelRow[],
  { errorField, errorCode, errorMessage }: LabelRow,
): Promise<void> {
  const changes = { status: 'failed' as const, errorField, errorCode, errorMessage, nextAskAt: null };
  const ids = labels.map(({ id }) => id);
  await transact(ctx, (tx) =>
    tx.run(sql`
      update shipping_labels set ${shippingLabels.set(changes)} where id = any(${ids}::uuid[]) and status = 'buying'`),
  );
}

/** Stores a bought label, once; the shipment gets the number of its first parcel. Emits "shipment.changed". */
async function settleBought(ctx: RequestContext, label: LabelRow, bought: BoughtLabel): Promise<void> {
  const { carrier, service, trackingNumber, amount, currency, document, estimatedOn } = bought;
  await transact(ctx, async (tx) => {
    const shipment = await lockShipment(tx, label.shipmentId);
    const changes: Partial<ShippingLabelRow> = {
      ...{ status: 'bought', carrier, service, trackingNumber, amount, currency, document },
      ...{
        boughtAt: tx.now,
        estimatedOn,
        nextAskAt: null,
        nextPollAt: new Date(tx.now.getTime() + FIRST_POLL_MS),
      },
    };
    const settled = await tx.run(sql`
      update shipping_labels set ${shippingLabels.set(changes)}
      where id = ${label.id}::uuid and status = 'buying'`);
    if (settled === 0) return;
    if (label.parcel === 1) await updateShipmentNumber(tx, shipment.id, { carrier, trackingNumber });
    await emitShipmentChanged(tx, shipment);
  });
}
