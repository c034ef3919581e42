/** For how many days an organization keeps rows that have served their purpose. */
import { withoutNull } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { RETENTION_LIMITS, type RetentionSetting } from '#kernel/retention';
import { rangeErrors, throwFieldErrors } from '#kernel/validation';
import { organizationSettings, type SettingsOf } from '#subgraphs/auth/index';
import type { RetentionSettingsInput } from '../inputs.generated';
import { retentionSettings as table, type RetentionSettingsRow } from '../tables.generated';

export type RetentionSettings = SettingsOf<RetentionSettingsRow>;

const NAMES = Object.keys(RETENTION_LIMITS) as RetentionSetting[];

/** The settings of an organization that never changed them. */
export const RETENTION_DEFAULTS: RetentionSettings = {
  ...(Object.fromEntries(NAMES.map((name) => [name, RETENTION_LIMITS[name].default])) as Record<
    RetentionSetting,
    number
  >),
  updatedAt: null,
  version: 0,
};

const SETTINGS = organizationSettings({ title: 'retention settings', table, defaults: RETENTION_DEFAULTS });

export const readRetention = SETTINGS.read;

/** Changes the settings; omitted ones do not change. @throws PosProError 422 by field; 409 or 412 for another version. */
export async function updateRetentionSettings(
  ctx: RequestContext,
  { version, ...input }: RetentionSettingsInput,
): Promise<RetentionSettings> {
  throwFieldErrors(
    NAMES.flatMap((name) => {
      const { default: days, min, max } = RETENTION_LIMITS[name];
      return rangeErrors(name, input[name] ?? days, min, max);
    }),
  );
  return SETTINGS.update(ctx, version, () => withoutNull(input));
}
