/**
 * The port to carriers, modelled on shipment, rates, label and tracker. An adapter translates it into a provider's own protocol, and has
 * no state. It is called without a transaction, a lock or a connection.
 */
import type { Decimal } from '#kernel/decimal';
import type { ReceivedWebhook } from '#subgraphs/payments/index';
import type { ShippingLabelRow } from '../tables.generated';
import type { ParcelStatus } from '../tracking/parcel-status.rules';
import type { SenderAddress } from './sender';

export type CarrierName = ShippingLabelRow['provider'];

/** The account of an organization at a carrier. */
export interface CarrierAccount {
  readonly organizationId: string;
  /** Undefined for carriers without secrets. */
  readonly apiKey?: string | undefined;
  readonly webhookSecret?: string | undefined;
}

/** An address on a label. */
export type LabelAddress = SenderAddress;

/** An address of which only a part may be known, such as the country and the postal code. */
export type RateAddress = { readonly [Field in keyof LabelAddress]: string | null };

/** A parcel whose rates are asked for. */
export interface RateRequest {
  readonly from: RateAddress;
  readonly to: RateAddress;
  /** In kilograms. */
  readonly weight: Decimal;
  /** In centimetres; null if they are not known. */
  readonly dimensions: readonly [length: Decimal, width: Decimal, height: Decimal] | null;
}

/** The price of a carrier for a parcel. */
export interface CarrierRate {
  /** The service, as a label names it. */
  readonly code: string;
  readonly name: string;
  readonly amount: Decimal;
  readonly currency: string;
  /** Days until the parcel arrives; null if they are not known. */
  readonly days: number | null;
}

/** A parcel to send. */
export interface LabelRequest extends RateRequest {
  /** PosPro's id of the label. */
  readonly labelId: string;
  readonly from: LabelAddress;
  readonly to: LabelAddress;
  /** Code of the service; null for the cheapest. */
  readonly service: string | null;
}

/** A parcel that a carrier knows, with the rate to buy. Nothing is charged yet. */
export interface PreparedLabel {
  /** The provider's id of the parcel. */
  readonly reference: string;
  /** The provider's id of the rate. */
  readonly rate: string;
}

export interface BoughtLabel {
  readonly carrier: string;
  readonly service: string;
  readonly trackingNumber: string;
  readonly amount: Decimal;
  readonly currency: string;
  /** As a PDF. */
  readonly document: Buffer;
  /** Day, as in "2026-03-02". */
  readonly estimatedOn: string | null;
}

/**
 * An answer of a carrier.
 *
 * - `done`: it did what was asked.
 * - `rejected`: it did not, and asking again changes nothing. `field` names the field of an address, as in "shippingAddress.city".
 * - `unknown`: no answer, or one that says neither. The same request is sent again later.
 */
export type CarrierAnswer<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string; readonly field?: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** An event of a parcel. */
export interface CarrierEvent {
  readonly status: ParcelStatus;
  readonly at: Date;
  readonly place: string | null;
  readonly message: string | null;
}

/** The news of a parcel. Events may be repeated, and in any order. */
export interface TrackingReport {
  readonly trackingNumber: string;
  readonly events: readonly CarrierEvent[];
  readonly estimatedOn: string | null;
}

/** A parcel whose label was bought. */
export interface SentParcel {
  readonly reference: string;
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly boughtAt: Date;
}

export interface Carrier {
  /** The rates of a parcel, at least one. Nothing is charged. */
  rates(account: CarrierAccount, request: RateRequest): Promise<CarrierAnswer<readonly CarrierRate[]>>;
  /** Makes the parcel known, and finds the rate of its service. May be repeated: nothing is charged. */
  prepare(account: CarrierAccount, request: LabelRequest): Promise<CarrierAnswer<PreparedLabel>>;
  /** Buys the label of a prepared parcel. A parcel whose label was bought before is answered with that label. */
  buy(
    account: CarrierAccount,
    request: LabelRequest,
    prepared: PreparedLabel,
  ): Promise<CarrierAnswer<BoughtLabel>>;
  /** Voids a label. One that was voided before is done. */
  void(account: CarrierAccount, parcel: SentParcel): Promise<CarrierAnswer<null>>;
  track(account: CarrierAccount, parcel: SentParcel): Promise<CarrierAnswer<TrackingReport>>;
  /** The number that a webhook names, unverified, by which the secret to verify it is found; undefined for any other webhook. */
  peek(body: Buffer): string | undefined;
  /** Verifies and reads a webhook; undefined if its signature is wrong. */
  readWebhook(account: CarrierAccount, webhook: ReceivedWebhook): TrackingReport | undefined;
}
