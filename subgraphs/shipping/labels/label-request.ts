/** The request to a carrier for a label: put together from the order whenever the carrier is asked. */
import type { Queryable } from '#kernel/db/database';
import { invalid } from '#kernel/errors';
import { throwFieldErrors } from '#kernel/validation';
import { branchesById } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import type { FullOrder } from '#subgraphs/orders/index';
import type { LabelAddress, LabelRequest } from '../providers/carrier';
import type { ShippingCarrierSettings } from '../providers/carrier-settings';
import { labelAddress } from './label-address.rules';
import type { LabelRow } from './labels.queries';

/** The addresses of a label. */
export type LabelAddresses = Pick<LabelRequest, 'from' | 'to'>;

/** The sender and the recipient of an order. @throws PosProError 422 with the field of the address. */
export async function labelAddresses(
  db: Queryable,
  order: FullOrder,
  settings: ShippingCarrierSettings,
): Promise<LabelAddresses> {
  const customer =
    order.customerId === null || order.shippingAddress?.recipient
      ? undefined
      : await customerById(db, order.customerId);
  const to = labelAddress(order, customer?.name ?? null);
  if ('errors' in to) throwFieldErrors(to.errors);
  return { to: (to as { address: LabelAddress }).address, from: await senderOf(db, order, settings) };
}

/** The sandbox sends from the branch if the organization has entered no address. */
async function senderOf(
  db: Queryable,
  { branchId }: FullOrder,
  { sender, carrier }: ShippingCarrierSettings,
): Promise<LabelAddress> {
  if (sender) return sender;
  if (carrier !== 'sandbox')
    throw invalid('sender', 'Enter the address from which you send with PUT /shipping/carrier.', 'REQUIRED');
  const [branch] = await branchesById(db, [branchId]);
  const { name } = branch!;
  const [line1 = name, ...rest] = (branch!.address ?? '').split(/\s*[,\n]\s*/).filter(Boolean);
  const unknown = { line2: null, region: null, postalCode: null, phone: null };
  return { ...unknown, recipient: name, line1, city: rest.join(' '), country: branch!.country ?? '' };
}

/** The request for a label with these addresses. */
export function labelRequest(label: LabelRow, addresses: LabelAddresses): LabelRequest {
  const { id: labelId, weight, length, width, height, service } = label;
  const dimensions = length && width && height ? ([length, width, height] as const) : null;
  return { labelId, ...addresses, weight, dimensions, service };
}
