/** Settings of an organization's tickets. */
import type { RequestContext } from '#kernel/context';
import { withoutNull } from '#kernel/collections';
import { rangeErrors, throwFieldErrors } from '#kernel/validation';
import { organizationSettings, type SettingsOf } from '#subgraphs/auth/index';
import type { SupportSettingsInput } from '../inputs.generated';
import { supportSettings as table, type SupportSettingsRow } from '../tables.generated';

export type SupportSettings = SettingsOf<SupportSettingsRow>;

/** The settings of an organization that never changed them. */
export const SUPPORT_DEFAULTS: SupportSettings = {
  reopenDays: 14,
  closeDays: 14,
  updatedAt: null,
  version: 0,
};

const SETTINGS = organizationSettings({ title: 'support settings', table, defaults: SUPPORT_DEFAULTS });
const MAX_DAYS = 365;

/** The settings of the caller's organization. */
export const supportSettings = SETTINGS.read;

/** Changes the settings; omitted ones do not change. @throws PosProError 422 by field; 409 or 412 for another version. */
export async function updateSupportSettings(
  ctx: RequestContext,
  { version, ...input }: SupportSettingsInput,
): Promise<SupportSettings> {
  throwFieldErrors([
    ...rangeErrors('reopenDays', input.reopenDays ?? 0, 0, MAX_DAYS),
    ...rangeErrors('closeDays', input.closeDays ?? 0, 0, MAX_DAYS),
  ]);
  return SETTINGS.update(ctx, version, () => withoutNull(input));
}
