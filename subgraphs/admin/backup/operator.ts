/** The organization that operates the platform. A backup has the data of all organizations, so only this one may make and see backups. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext, Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { notFound, PosProError } from '#kernel/errors';

/** The organization of PLATFORM_ORGANIZATION_ID, or the first one: its owner installed the platform. Undefined in an empty database. */
export async function operatorId({
  config,
  database,
}: Pick<Services, 'config' | 'database'>): Promise<string | undefined> {
  if (config.platformOrganizationId !== undefined) return config.platformOrganizationId.toLowerCase();
  const first = await database.system.maybeOne<{ id: string }>(
    sql`select id from organizations order by created_at, id limit 1`,
  );
  return first?.id;
}

/**
 * @param backupId the backup that the caller names, if one is named.
 * @throws PosProError for another organization: FORBIDDEN, or NOT_FOUND for a named backup.
 */
export async function requireOperator(ctx: RequestContext, backupId?: string): Promise<void> {
  if (organizationOf(ctx) === (await operatorId(ctx))) return;
  if (backupId !== undefined) throw notFound('backup', backupId);
  throw new PosProError(
    'FORBIDDEN',
    'A backup has the data of all organizations: only the organization that operates the platform may make and see backups.',
  );
}
