/** Whether a sale made offline comes from a device of its register, where the register asks for one. */
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
 * Holds a signature against the register's devices. A sale that is signed must be signed well, whether or not the register asks.
 * The signature is over what was sent; what is kept of that has its card numbers masked.
 *
 * @throws PosProError 403 with the code DEVICE_REQUIRED, DEVICE_UNKNOWN, DEVICE_REVOKED or SIGNATURE_INVALID at its field; 422 for a
 * sequence number that is none.
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
        `${register.name} takes offline sales of its registered devices alone; sign the sale.`,
      );
    return;
  }
  if (!Number.isSafeInteger(device.sequence) || device.sequence < 1) {
    throw invalid('device.sequence', 'A sequence number is a whole number from 1.', 'INVALID');
  }
  const registeredDevice = await deviceById(db, device.id);
  if (registeredDevice?.registerId !== register.id)
    throw forbidden('device.id', 'DEVICE_UNKNOWN', `${register.name} has no such device.`);
  if (registeredDevice.revokedAt !== null) throw deviceRevokedError();
  if (isSignedBy(deviceKey(registeredDevice.publicKey), unmaskedInput(sale))) return;
  throw forbidden(
    'device.signature',
    'SIGNATURE_INVALID',
    'The signature is not this device\u2019s over this sale.',
  );
}

function forbidden(field: string, code: string, message: string): PosProError {
  return new PosProError('FORBIDDEN', message, { errors: [{ field, message, code }] });
}

/**
 * Takes the sequence number of a signed sale. @returns a conflict that names the numbers which are missing before it.
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
  const message = `The sales numbered ${numbers} of the device have not come in.`;
  return [
    conflict('SEQUENCE_GAP', message, { rule: 'device.sequence', sold: String(sequence), present: numbers }),
  ];
}
