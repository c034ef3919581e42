/** The mail address of an organization's support, and the secret that signs its incoming mails. */
import { enteredSecrets } from '#kernel/auth/secrets';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { Config } from '#kernel/config';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { emailErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { lockOrganization } from '#subgraphs/auth/index';
import type { SupportMailSettingsInput } from '../inputs.generated';
import { supportMailSettings, type SupportMailSettingRow } from '../tables.generated';

/** The settings as callers see them: of the secret, whether it is set. */
export interface SupportMailSettings {
  readonly address: string | null;
  readonly hasSecret: boolean;
  /** Null if they were never changed. */
  readonly updatedAt: Date | null;
  readonly version: number;
}

const UPDATED_COLUMNS = supportMailSettings.omit('organizationId', 'version');
/** Purpose for which the secret is sealed. */
const PURPOSE = 'support mail';
const SECRET_LIMITS = { min: 16, max: 255, lines: false } as const;

/** The settings of the caller's organization. */
export async function mailSettings(db: Queryable): Promise<SupportMailSettings> {
  return shown(await storedSettings(db));
}

function storedSettings(db: Queryable): Promise<SupportMailSettingRow | undefined> {
  return db.maybeOne<SupportMailSettingRow>(
    sql`select ${supportMailSettings.select('s')} from support_mail_settings s`,
  );
}

function shown(stored: SupportMailSettingRow | undefined): SupportMailSettings {
  return {
    address: stored?.address ?? null,
    hasSecret: stored?.secret != null,
    updatedAt: stored?.updatedAt ?? null,
    version: stored?.version ?? 0,
  };
}

/** The address and the secret for incoming mails; undefined for an organization without both. */
export async function incomingMailAccount(
  db: Queryable,
  config: Config,
  organizationId: string,
): Promise<{ readonly address: string; readonly secret: string } | undefined> {
  const stored = await storedSettings(db);
  const secret = enteredSecrets(config, PURPOSE, organizationId).open(stored?.secret);
  return stored?.address != null && secret !== undefined ? { address: stored.address, secret } : undefined;
}

/** Changes the settings; omitted ones do not change. @throws PosProError 422 by field; 409 or 412 for another version. */
export async function updateMailSettings(
  ctx: RequestContext,
  { address, secret, version }: SupportMailSettingsInput,
): Promise<SupportMailSettings> {
  throwFieldErrors([
    ...emailErrors('address', address),
    ...(secret == null ? [] : textErrors('secret', secret, SECRET_LIMITS)),
  ]);
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = await storedSettings(tx);
    assertVersion(tx, 'support mail settings', shown(before), version);
    const { organizationId } = tx;
    const after = {
      organizationId,
      address:
        address === undefined ? (before?.address ?? null) : (emptyToNull(address)?.toLowerCase() ?? null),
      secret:
        secret === null
          ? null
          : enteredSecrets(ctx.config, PURPOSE, organizationId).seal(secret, before?.secret ?? null),
      updatedAt: tx.now,
    };
    const stored = await tx.one<SupportMailSettingRow>(sql`
      ${supportMailSettings.insert(after)}
      on conflict (organization_id) do update set ${UPDATED_COLUMNS.excluded} returning *`);
    return shown(stored);
  });
}
