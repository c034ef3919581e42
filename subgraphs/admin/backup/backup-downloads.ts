/** Downloads of backups: by a signed link that is valid for some minutes, for programs that cannot send a token. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { requireAdminAddress } from '#kernel/auth/admin-allow';
import { ANONYMOUS } from '#kernel/auth/actor';
import { derivedSecret } from '#kernel/auth/secrets';
import type { Config } from '#kernel/config';
import type { RequestContext, Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { notFound, PosProError } from '#kernel/errors';
import { RawFile, type RawRequest, type RawRoute } from '#kernel/graph/raw-route';
import { isUuid } from '#kernel/ids';
import { rangeErrors, throwFieldErrors } from '#kernel/validation';
import type { BackupDownloadInput } from '../inputs.generated';
import { backups, type BackupRow } from '../tables.generated';
import { readBackup } from './backup-store';
import { findBackup } from './backups.queries';

/** A link to the file of a backup. */
export interface BackupDownload {
  readonly url: string;
  readonly expiresAt: Date;
}

const MAX_MINUTES = 60;
const DEFAULT_MINUTES = 15;

/**
 * Makes a link to the file of a backup. The audit trail records it.
 * @throws PosProError 404; 409 ILLEGAL_STATE unless it is completed; 422 for minutes out of range.
 */
export async function createBackupDownload(
  ctx: RequestContext,
  id: string,
  input: BackupDownloadInput | null | undefined,
): Promise<BackupDownload> {
  const backup = await findBackup(ctx, id);
  const minutes = input?.minutes ?? DEFAULT_MINUTES;
  throwFieldErrors(rangeErrors('minutes', minutes, 1, MAX_MINUTES));
  if (backup.status !== 'completed')
    throw new PosProError('ILLEGAL_STATE', `The backup is ${backup.status}, so there is no file.`);
  // Links have whole seconds.
  const now = Math.floor(ctx.clock.now().getTime() / 1_000);
  const expires = String(now + minutes * 60);
  await transact(ctx, () => Promise.resolve());
  const signature = signatureOf(ctx.config, backup.id, expires).toString('base64url');
  return {
    url: `${ctx.config.publicUrl}/api/v1/admin/backups/${backup.id}/file?expires=${expires}&signature=${signature}`,
    expiresAt: new Date(Number(expires) * 1_000),
  };
}

function signatureOf(config: Config, id: string, expires: string): Buffer {
  return createHmac('sha256', derivedSecret(config, 'backup download', id))
    .update(expires)
    .digest();
}

/** `GET /admin/backups/{id}/file`, by the link alone. */
export const downloadRoute: RawRoute = {
  method: 'GET',
  path: '/api/v1/admin/backups/:id/file',
  handle: sendBackup,
};

/** @throws PosProError 403 for an invalid or an expired link, and from another address than ADMIN_IP_ALLOW; 404 for a removed file. */
async function sendBackup(services: Services, request: RawRequest): Promise<RawFile> {
  const { config, clock, database, ids } = services;
  const { id = '' } = request.params;
  const { expires = '', signature = '' } = request.query;
  const meta = { requestId: ids.next(), address: request.address };
  requireAdminAddress({ actor: ANONYMOUS, config, request: meta }, ['admin:backup']);
  const sent = Buffer.from(signature, 'base64url');
  const expected = signatureOf(config, id, expires);
  if (sent.length !== expected.length || !timingSafeEqual(sent, expected))
    throw new PosProError('FORBIDDEN', 'The link is not valid.');
  if (Number(expires) * 1_000 <= clock.now().getTime())
    throw new PosProError('FORBIDDEN', 'The link has expired: ask for a new one.');
  const backup = isUuid(id)
    ? await database.system.maybeOne<BackupRow>(
        sql`select ${backups.columns} from backups where id = ${id} and status = 'completed'`,
      )
    : undefined;
  const file = backup && (await readBackup(config, backup));
  if (!file) throw notFound('backup', id);
  return new RawFile(file.stream, file.size, backup.fileName);
}
