/** Devices that sign the sales which a register makes offline, and the sequence numbers that they have used. */
import { createPublicKey } from 'node:crypto';
import { userOf } from '#kernel/auth/access';
import { textFaults, throwFaults } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { assertBranchAccess } from '../sessions/resolve-session';
import type { CreateRegisterDeviceInput } from '../inputs.generated';
import { emitRegisterChanged, lockRegister } from '../register/registers';
import { deviceSequences, registerDevices, type RegisterDeviceRow } from '../tables.generated';

/** The columns of a RegisterDevice. */
const READ = registerDevices.omit('organizationId');

/** A device of a register. */
export type RegisterDevice = Omit<RegisterDeviceRow, 'organizationId'>;

/**
 * Registers a device by its public key.
 * @throws PosProError 404 for an unknown register; 403 for another branch's; 422 by field; 409 ALREADY_EXISTS for a key that any
 * device of the organization has or had.
 */
export async function createRegisterDevice(
  ctx: RequestContext,
  input: CreateRegisterDeviceInput,
): Promise<RegisterDevice> {
  throwFaults(textFaults('name', input.name, { min: 1, max: 100 }));
  const publicKey = normalizedKey(input.publicKey);
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
        returning ${READ.columns}`);
      emitRegisterChanged(tx, register, { deviceId: device.id });
      return device;
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'register_devices_organization_id_public_key_key')) throw error;
    throw new PosProError(
      'ALREADY_EXISTS',
      'A device with this key was registered before; make a new pair of keys.',
      {
        errors: [{ field: 'publicKey', message: 'Was registered before.', code: 'TAKEN' }],
      },
    );
  }
}

/** A raw Ed25519 key of 32 bytes in base64url. @throws PosProError 422 for any other text. */
function normalizedKey(text: string): string {
  const raw = Buffer.from(text.trim(), 'base64url');
  const key = raw.toString('base64url');
  // Base64 with + / and = says the same bytes; anything else that Buffer passes over is no key.
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

/** The key as Node's crypto takes it. @param publicKey the raw 32 bytes in base64url. */
export function deviceKey(publicKey: string) {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
}

/**
 * Revokes a device: nothing that it signed and that comes in from now on is taken.
 * @throws PosProError 404; 403 for another branch's; 409 ILLEGAL_STATE where it is revoked already.
 */
export async function revokeRegisterDevice(ctx: RequestContext, id: string): Promise<RegisterDevice> {
  return transact(ctx, async (tx) => {
    const device = await deviceById(tx, id);
    if (!device) throw notFound('device', id);
    const register = await lockRegister(tx, device.registerId);
    assertBranchAccess(ctx.actor, register.branchId);
    const [revoked] = await tx.prisma.registerDevice.updateManyAndReturn({
      where: { id, revokedAt: null },
      data: { revokedAt: tx.now, revokedBy: userOf(ctx) ?? null },
      omit: { organizationId: true },
    });
    if (!revoked) throw new PosProError('ILLEGAL_STATE', 'The device is revoked already.');
    emitRegisterChanged(tx, register, { deviceId: id });
    return revoked;
  });
}

/** A device of the caller's organization. */
export async function deviceById(db: Queryable, id: string): Promise<RegisterDevice | undefined> {
  if (!isUuid(id)) return undefined;
  return db.maybeOne<RegisterDevice>(
    sql`select ${READ.select('d')} from register_devices d where d.id = ${id}`,
  );
}

/** The devices of a register, the revoked ones included, the newest first. @throws PosProError 404 for an unknown register. */
export async function listRegisterDevices(
  ctx: RequestContext,
  registerId: string,
  args: PageArgs,
): Promise<Page<RegisterDevice>> {
  const known = isUuid(registerId) && (await ctx.prisma.register.count({ where: { id: registerId } })) > 0;
  if (!known) throw notFound('register', registerId);
  return listPage<RegisterDevice>(
    ctx.db,
    {
      select: READ.select('d'),
      from: sql`register_devices d`,
      where: [sql`d.register_id = ${registerId}`],
      sorts: { createdAt: sql`d.created_at`, name: sql`d.name` },
      defaultSort: '-createdAt',
      id: sql`d.id`,
    },
    args,
  );
}

/** A sequence number as it was taken. */
export interface SequenceResult {
  /** The first and the last of the numbers that are missing before it; null where none is. */
  missing: { first: number; last: number } | null;
}

/**
 * Takes a sequence number of a device, for one sale. The device's row is held until the commit, so that its numbers are taken one
 * after the other. A number below the highest that nothing has used yet is taken as well: sales may come in in any order.
 *
 * @throws PosProError 403 where the device was revoked meanwhile; 422 SEQUENCE_REUSED where another sale has used the number.
 */
export async function takeSequence(
  tx: Transaction,
  { deviceId, sequence, reference }: { deviceId: string; sequence: number; reference: string },
): Promise<SequenceResult> {
  const before = await tx.maybeOne<{ lastSequence: number; revokedAt: Date | null }>(sql`
    select last_sequence, revoked_at from register_devices where id = ${deviceId} for no key update`);
  if (before?.revokedAt !== null) throw deviceRevokedError();
  const taken = await tx.maybeOne<{ clientReference: string }>(sql`
    ${deviceSequences.insert({ organizationId: tx.organizationId, deviceId, sequence, clientReference: reference })}
    on conflict (device_id, sequence) do nothing returning client_reference`);
  if (!taken) {
    const user = await tx.one<{ clientReference: string }>(sql`
      select client_reference from device_sequences where device_id = ${deviceId} and sequence = ${sequence}`);
    // The same sale twice at a time: its reference holds the two apart.
    if (user.clientReference === reference) return { missing: null };
    throw invalid(
      'device.sequence',
      `Another sale has used the sequence number ${sequence} of this device.`,
      'SEQUENCE_REUSED',
    );
  }
  if (sequence <= before.lastSequence) return { missing: null };
  await tx.run(sql`update register_devices set last_sequence = ${sequence} where id = ${deviceId}`);
  const [first, last] = [before.lastSequence + 1, sequence - 1];
  return { missing: first <= last ? { first, last } : null };
}

/** The answer to a sale of a device that has been revoked. */
export function deviceRevokedError(): PosProError {
  const message = 'The device that signed the sale has been revoked; register a new one.';
  return new PosProError('FORBIDDEN', message, {
    errors: [{ field: 'device.id', message, code: 'DEVICE_REVOKED' }],
  });
}
