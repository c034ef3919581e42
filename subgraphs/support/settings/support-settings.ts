/** Settings of an organization's tickets. */
import type { RequestContext } from '#kernel/context';
import { withoutNull } from '#kernel/collections';
import { sql, type Queryable } from '#kernel/db/database';
import { inputText } from '#kernel/db/idempotency';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { rangeErrors, throwFieldErrors } from '#kernel/validation';
import { lockOrganization } from '#subgraphs/auth/index';
import type { SupportSettingsInput } from '../inputs.generated';
import { supportSettings as settingsTable, type SupportSettingsRow } from '../tables.generated';

/** The settings; version 0 for those that were never changed. */
export type SupportSettings = Omit<SupportSettingsRow, 'organizationId' | 'updatedAt'> & {
  /** Null for settings that were never changed. */
  updatedAt: Date | null;
};

/** The settings of an organization that never changed them. */
export const SUPPORT_DEFAULTS: SupportSettings = {
  reopenDays: 14,
  closeDays: 14,
  updatedAt: null,
  version: 0,
};

const SETTINGS = settingsTable.omit('organizationId');
const UPDATED = settingsTable.omit('organizationId', 'version');
const MAX_DAYS = 365;

/** The settings of the caller's organization. */
export async function supportSettings(db: Queryable): Promise<SupportSettings> {
  const stored = await db.maybeOne<SupportSettings>(
    sql`select ${SETTINGS.select('s')} from support_settings s`,
  );
  return stored ?? SUPPORT_DEFAULTS;
}

/** Changes the settings; omitted ones do not change. @throws PosProError 422 by field; 409 or 412 for another version. */
export async function updateSupportSettings(
  ctx: RequestContext,
  { version, ...input }: SupportSettingsInput,
): Promise<SupportSettings> {
  throwFieldErrors([
    ...rangeErrors('reopenDays', input.reopenDays ?? 0, 0, MAX_DAYS),
    ...rangeErrors('closeDays', input.closeDays ?? 0, 0, MAX_DAYS),
  ]);
  return transact(ctx, async (tx) => {
    // The settings may have no row yet that could be locked.
    await lockOrganization(tx);
    const before = await supportSettings(tx);
    assertVersion(tx, 'support settings', before, version);
    const after = { ...before, ...withoutNull(input) };
    if (inputText(after) === inputText(before)) return before;
    const values = { ...after, organizationId: tx.organizationId, updatedAt: tx.now, version: 1 };
    return tx.one<SupportSettings>(sql`
      ${settingsTable.insert(values)} on conflict (organization_id) do update set ${UPDATED.excluded}
      returning ${SETTINGS.select('support_settings')}`);
  });
}
