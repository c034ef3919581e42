/** Devices that sign the offline sales of a register, and the sequence numbers that they have used. */
import { createPublicKey } from 'node:crypto';
import { userOf } from '#kernel/auth/access';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { assertBranchAccess } from '../sessions/resolve-session';
import type { CreateRegisterDeviceInput } from '../inputs.generated';
import { emitRegisterChanged, lockRegister, registerStatus } from '../register/registers';
import { deviceSequences, registerDevices, type RegisterDeviceRow } from '../tables.generated';

const DEVICE_COLUMNS = registerDevices.omit('organizationId');

export type RegisterDevice = Omit<RegisterDeviceRow, 'organizationId'>;

/**
 * Registers a device by its public key.
 * @throws PosProError 404 for an unknown register; 403 for a register of another branch; 422 by field; 409 ALREADY_EXISTS for a key
 * that any device of the organization has or had.
 */
export async function createRegisterDevice(
  ctx: RequestContext,
  input: CreateRegisterDeviceInput,
): Promise<RegisterDevice> {
  throwFieldErrors(textErrors('name', input.name, { min: 1, max: 100 }));
  const publicKey = normalizeKey(input.publicKey);
  try {
    return await transact(ctx, async (tx) => {
      const register = await lockRegister(tx, input.registerId);
      assertBranchAccess(ctx.actor, register.branchId);
      const device = await tx.one<RegisterDevice>(sql`
        ${registerDevices.insert({
          ...{
            id: ctx.ids.next(),
            organizationId: tx.organizationId,
            registerId: register.id,
            name: input.name.trim(),
          },
          ...{ publicKey, createdAt: tx.now, createdBy: userOf(ctx) ?? null },
        })}
        returning ${DEVICE_COLUMNS.columns}`);
      emitRegisterChanged(tx, register, {
        deviceId: device.id,
        status: await registerStatus(tx, register.id),
      });
      return device;
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'register_devices_organization_id_public_key_key')) throw error;
    throw new PosProError(
      'ALREADY_EXISTS',
      'A device with this key has already been registered. Create a new pair of keys.',
      {
        errors: [{ field: 'publicKey', message: 'Already registered.', code: 'TAKEN' }],
      },
    );
  }
}

/** Normalizes a raw Ed25519 key of 32 bytes to base64url. @throws PosProError 422 for any other text. */
function normalizeKey(text: string): string {
  const raw = Buffer.from(text.trim(), 'base64url');
  const key = raw.toString('base64url');
  // Base64 with + / and = stands for the same bytes. Any other character, which Buffer ignores, makes the key invalid.
  const same = text.trim().replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') === key;
  if (raw.length !== 32 || !same) {
    throw invalid(
      'publicKey',
      'Must be an Ed25519 public key: its raw 32 bytes in base64 or base64url.',
      'INVALID_KEY',
    );
  }
  deviceKey(key);
  return key;
}

/** The key as an object of Node's crypto. @param publicKey the raw 32 bytes in base64url. */
export function deviceKey(publicKey: string) {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
}

/**
 * Revokes a device: from now on, sales signed by it are rejected, no matter when they were made.
 * @throws PosProError 404; 403 for a register of another branch; 409 ILLEGAL_STATE for a revoked device.
 */
export async function revokeRegisterDevice(ctx: RequestContext, id: string): Promise<RegisterDevice> {
  return transact(ctx, async (tx) => {
    const device = await deviceById(tx, id);
    if (!device) throw notFound('device', id);
    const register = await lockRegister(tx, device.registerId);
    assertBranchAccess(ctx.actor, register.branchId);
    const [revokedDevice] = await tx.prisma.registerDevice.updateManyAndReturn({
      where: { id, revokedAt: null },
      data: { revokedAt: tx.now, revokedBy: userOf(ctx) ?? null },
      omit: { organizationId: true },
    });
    if (!revokedDevice) throw new PosProError('ILLEGAL_STATE', 'The device has already been revoked.');
    emitRegisterChanged(tx, register, { deviceId: id, status: await registerStatus(tx, register.id) });
    return revokedDevice;
  });
}

/** A device of the caller's organization; undefined for an unknown id. */
export async function deviceById(db: Queryable, id: string): Promise<RegisterDevice | undefined> {
  if (!isUuid(id)) return undefined;
  return db.maybeOne<RegisterDevice>(
    sql`select ${DEVICE_COLUMNS.select('d')} from register_devices d where d.id = ${id}`,
  );
}

/** The devices of a register, including revoked ones, the newest first. @throws PosProError 404 for an unknown register. */
export async function listRegisterDevices(
  ctx: RequestContext,
  registerId: string,
  args: PageArgs,
): Promise<Page<RegisterDevice>> {
  const exists = isUuid(registerId) && (await ctx.prisma.register.count({ where: { id: registerId } })) > 0;
  if (!exists) throw notFound('register', registerId);
  return listPage<RegisterDevice>(
    ctx.db,
    {
      select: DEVICE_COLUMNS.select('d'),
      from: sql`register_devices d`,
      where: [sql`d.register_id = ${registerId}`],
      sorts: { createdAt: sql`d.created_at`, name: sql`d.name` },
      defaultSort: '-createdAt',
      id: sql`d.id`,
    },
    args,
  );
}

/** The result of a used sequence number. */
export interface SequenceResult {
  /** First and last of the missing numbers before it; null if none are missing. */
  missing: { first: number; last: number } | null;
}

/**
 * Takes a sequence number of a device for one sale. The device's row is locked until the commit, so that its numbers are taken one
 * after the other. An unused number below the highest is accepted too, because sales may arrive in any order.
 *
 * @throws PosProError 403 if the device has been revoked meanwhile; 422 SEQUENCE_REUSED if another sale has used the number.
 */
export async function takeSequence(
  tx: Transaction,
  { deviceId, sequence, reference }: { deviceId: string; sequence: number; reference: string },
): Promise<SequenceResult> {
  const device = await tx.maybeOne<{ lastSequence: number; revokedAt: Date | null }>(sql`
    select last_sequence, revoked_at from register_devices where id = ${deviceId} for no key update`);
  if (device?.revokedAt !== null) throw deviceRevokedError();
  const usedNumber = await tx.maybeOne<{ clientReference: string }>(sql`
    ${deviceSequences.insert({ organizationId: tx.organizationId, deviceId, sequence, clientReference: reference })}
    on conflict (device_id, sequence) do nothing returning client_reference`);
  if (!usedNumber) {
    const previousUse = await tx.one<{ clientReference: string }>(sql`
      select client_reference from device_sequences where device_id = ${deviceId} and sequence = ${sequence}`);
    // The same sale sent twice at a time; its client reference decides which one is posted.
    if (previousUse.clientReference === reference) return { missing: null };
    throw invalid(
      'device.sequence',
      `Another sale has used the sequence number ${sequence} of this device.`,
      'SEQUENCE_REUSED',
    );
  }
  if (sequence <= device.lastSequence) return { missing: null };
  await tx.run(sql`update register_devices set last_sequence = ${sequence} where id = ${deviceId}`);
  const [first, last] = [device.lastSequence + 1, sequence - 1];
  return { missing: first <= last ? { first, last } : null };
}

/** The error of a sale signed by a revoked device. */
export function deviceRevokedError(): PosProError {
  const message = 'The device that signed the sale has been revoked. Register a new device.';
  return new PosProError('FORBIDDEN', message, {
    errors: [{ field: 'device.id', message, code: 'DEVICE_REVOKED' }],
  });
}
