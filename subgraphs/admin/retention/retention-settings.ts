/** For how many days an organization keeps rows that have served their purpose. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { RETENTION_LIMITS, type RetentionSetting } from '#kernel/retention';
import { rangeErrors, throwFieldErrors } from '#kernel/validation';
import type { RetentionSettingsInput } from '../inputs.generated';
import { updateOrganizationSettings } from '../settings/organization-settings';
import { retentionSettings as table, type RetentionSettingsRow } from '../tables.generated';

/** The settings; version 0 for those that were never changed. */
export type RetentionSettings = Omit<RetentionSettingsRow, 'organizationId' | 'updatedAt'> & {
  /** Null for settings that were never changed. */
  readonly updatedAt: Date | null;
};

const SETTINGS = Object.keys(RETENTION_LIMITS) as RetentionSetting[];

/** The settings of an organization that never changed them. */
export const RETENTION_DEFAULTS: RetentionSettings = {
  ...(Object.fromEntries(SETTINGS.map((name) => [name, RETENTION_LIMITS[name].default])) as Record<
    RetentionSetting,
    number
  >),
  updatedAt: null,
  version: 0,
};

const COLUMNS = table.omit('organizationId');

export async function readRetention(db: Queryable): Promise<RetentionSettings> {
  const stored = await db.maybeOne<RetentionSettings>(
    sql`select ${COLUMNS.select('r')} from retention_settings r`,
  );
  return stored ?? RETENTION_DEFAULTS;
}

/** Changes the settings; omitted ones do not change. @throws PosProError 422 by field; 409 or 412 for another version. */
export async function updateRetentionSettings(
  ctx: RequestContext,
  input: RetentionSettingsInput,
): Promise<RetentionSettings> {
  throwFieldErrors(
    SETTINGS.flatMap((name) => {
      const { default: days, min, max } = RETENTION_LIMITS[name];
      return rangeErrors(name, input[name] ?? days, min, max);
    }),
  );
  return updateOrganizationSettings(ctx, { title: 'retention settings', table, read: readRetention }, input);
}
