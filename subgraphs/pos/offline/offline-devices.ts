/** Signatures of offline sales by registered devices, which a register may require. */
import type { Queryable, Transaction } from '#kernel/db/database';
import { PosProError, invalid } from '#kernel/errors';
import { unmaskedInput } from '#kernel/graph/texts';
import {
  deviceById,
  deviceKey,
  deviceRevokedError,
  takeSequence,
  type RegisterRow,
} from '#subgraphs/registers/index';
import type { DeviceSignatureInput } from '../inputs.generated';
import { conflict, type Conflict } from './offline-conflicts.rules';
import { isSignedBy } from './offline-signature.rules';

/**
 * Rejects a sale without a valid signature of one of the register's devices. An unsigned sale is accepted if the register does not
 * require a device. The signature is over the input as sent; the stored input has its card numbers masked.
 *
 * @throws PosProError 403 with the code DEVICE_REQUIRED, DEVICE_UNKNOWN, DEVICE_REVOKED or SIGNATURE_INVALID at its field; 422 for an
 * invalid sequence number.
 */
export async function assertSignature(
  db: Queryable,
  register: RegisterRow,
  sale: { device?: DeviceSignatureInput | null },
): Promise<void> {
  const { device } = sale;
  if (device == null) {
    if (register.requiresDevice)
      throw forbidden(
        'device',
        'DEVICE_REQUIRED',
        `${register.name} accepts offline sales only from its registered devices: sign the sale.`,
      );
    return;
  }
  if (!Number.isSafeInteger(device.sequence) || device.sequence < 1) {
    throw invalid('device.sequence', 'A sequence number must be a whole number from 1.', 'INVALID');
  }
  const registeredDevice = await deviceById(db, device.id);
  if (registeredDevice?.registerId !== register.id)
    throw forbidden('device.id', 'DEVICE_UNKNOWN', `${register.name} has no device with this id.`);
  if (registeredDevice.revokedAt !== null) throw deviceRevokedError();
  if (isSignedBy(deviceKey(registeredDevice.publicKey), unmaskedInput(sale))) return;
  throw forbidden(
    'device.signature',
    'SIGNATURE_INVALID',
    'The signature is not valid for this device and this sale.',
  );
}

function forbidden(field: string, code: string, message: string): PosProError {
  return new PosProError('FORBIDDEN', message, { errors: [{ field, message, code }] });
}

/**
 * Takes the sequence number of a signed sale. @returns a conflict that names the missing numbers before it, if any.
 * @throws PosProError 422 SEQUENCE_REUSED, 403 for a device that was revoked meanwhile.
 */
export async function takeSaleSequence(
  tx: Transaction,
  device: DeviceSignatureInput | null | undefined,
  reference: string,
): Promise<Conflict[]> {
  if (device == null) return [];
  const { id: deviceId, sequence } = device;
  const { missing } = await takeSequence(tx, { deviceId, sequence, reference });
  if (!missing) return [];
  const { first, last } = missing;
  const numbers = first === last ? String(first) : `${first} to ${last}`;
  const message = `The device\u2019s sales numbered ${numbers} have not been received.`;
  return [
    conflict('SEQUENCE_GAP', message, { rule: 'device.sequence', sold: String(sequence), present: numbers }),
  ];
}
