/** The mail address of an organization's support, and the secret that signs its incoming mails. */
import { enteredSecrets } from '#kernel/auth/secrets';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { Config } from '#kernel/config';
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { emailErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { organizationSettings, type SettingsOf } from '#subgraphs/auth/index';
import type { SupportMailSettingsInput } from '../inputs.generated';
import { supportMailSettings as table, type SupportMailSettingRow } from '../tables.generated';

type StoredSettings = SettingsOf<SupportMailSettingRow>;

/** The settings as callers see them: of the secret, whether it is set. */
export type SupportMailSettings = Omit<StoredSettings, 'secret'> & { readonly hasSecret: boolean };

const SETTINGS = organizationSettings({
  title: 'support mail settings',
  table,
  defaults: { address: null, secret: null, updatedAt: null, version: 0 },
});
/** Purpose for which the secret is sealed. */
const PURPOSE = 'support mail';
const SECRET_LIMITS = { min: 16, max: 255, lines: false } as const;

/** The settings of the caller's organization. */
export async function mailSettings(db: Queryable): Promise<SupportMailSettings> {
  return shown(await SETTINGS.read(db));
}

function shown({ secret, ...settings }: StoredSettings): SupportMailSettings {
  return { ...settings, hasSecret: secret !== null };
}

/** The address and the secret for incoming mails; undefined for an organization without both. */
export async function incomingMailAccount(
  db: Queryable,
  config: Config,
  organizationId: string,
): Promise<{ readonly address: string; readonly secret: string } | undefined> {
  const { address, secret: sealed } = await SETTINGS.read(db);
  const secret = enteredSecrets(config, PURPOSE, organizationId).open(sealed);
  return address !== null && secret !== undefined ? { address, secret } : undefined;
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
  const stored = await SETTINGS.update(ctx, version, (before, { organizationId }) => {
    const { seal } = enteredSecrets(ctx.config, PURPOSE, organizationId);
    return {
      address: address === undefined ? undefined : (emptyToNull(address)?.toLowerCase() ?? null),
      secret: secret === null ? null : seal(secret, before.secret),
    };
  });
  return shown(stored);
}
