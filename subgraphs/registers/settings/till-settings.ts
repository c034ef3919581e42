/** The settings of an organization's registers: the blind close, the limits of roles and those of offline sales. */
import { permits, type Actor } from '#kernel/auth/actor';
import { throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { inputText, revive, tag } from '#kernel/db/idempotency';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { Decimal } from '#kernel/decimal';
import { type FieldError } from '#kernel/errors';
import type { TillSettingsInput } from '../inputs.generated';
import { lockOrganization } from '#subgraphs/auth/index';
import { type StoredLimit } from '../json-columns';
import {
  boundErrors,
  priceRangeErrors,
  defaultOfflineBounds,
  mergeBounds,
  type OfflineBounds,
} from './offline-bounds.rules';
import { tillSettings as tillSettingsTable, type TillSettingsRow } from '../tables.generated';

/** The limits of a role: beyond them a manager's approval is required. */
export interface RoleLimit {
  /** The role's name, for example "cashier". */
  role: string;
  /** Maximum discount, in percent; null for no limit. */
  discountPercent: Decimal | null;
  /** Maximum reduction of a price below the catalogue price, in percent; null for no limit. */
  overridePercent: Decimal | null;
}

export interface TillSettings {
  /** Whether cashiers see the expected cash only after they have counted. */
  blindClose: boolean;
  /** A role without an entry has no limit. */
  limits: RoleLimit[];
  /** Limits of offline sales. */
  offline: OfflineBounds;
  /** Null for settings that were never changed. */
  updatedAt: Date | null;
  /** 0 for the defaults. */
  version: number;
}

/** All columns but the currency are null for an organization that has not changed the settings. */
type StoredSettings = {
  [Name in 'blindClose' | 'limits' | 'offline' | 'updatedAt' | 'version']: TillSettingsRow[Name] | null;
} & {
  currency: string;
};

/** The type of the internal event that the settings were changed. */
export const TILL_SETTINGS_CHANGED = 'till_settings.changed';

/** The columns that an update overwrites. */
const UPDATED_COLUMNS = tillSettingsTable.omit('organizationId', 'receiptLogo', 'version');

/** The settings of an organization that never changed them. @param currency without it, of a currency with a large unit. */
export function defaultTillSettings(currency?: string): TillSettings {
  return {
    blindClose: false,
    limits: [],
    offline: defaultOfflineBounds(currency),
    updatedAt: null,
    version: 0,
  };
}

/** The settings of the caller's organization. By default there is no blind close, and roles have no limits. */
export async function tillSettings(db: Queryable): Promise<TillSettings> {
  const stored = await db.maybeOne<StoredSettings>(sql`
    select blind_close, limits, offline, s.updated_at, s.version, o.currency
    from organizations o left join till_settings s on s.organization_id = o.id`);
  const percent = (text: string | null) => (text === null ? null : new Decimal(text));
  const defaults = defaultTillSettings(stored?.currency);
  return {
    blindClose: stored?.blindClose ?? defaults.blindClose,
    limits: (stored?.limits ?? []).map(({ role, discountPercent, overridePercent }) => ({
      role,
      discountPercent: percent(discountPercent),
      overridePercent: percent(overridePercent),
    })),
    offline: {
      ...defaults.offline,
      ...(revive(stored?.offline ?? {}) as Partial<OfflineBounds>),
    },
    updatedAt: stored?.updatedAt ?? defaults.updatedAt,
    version: stored?.version ?? defaults.version,
  };
}

const MAX_ROLES = 100;

/**
 * Changes the settings. Omitted fields stay unchanged; a list of limits replaces the previous one.
 * @throws PosProError 409 CONFLICT for another version; 422 by field.
 */
export async function updateTillSettings(
  ctx: RequestContext,
  input: TillSettingsInput,
): Promise<TillSettings> {
  throwFieldErrors([...limitErrors(input.limits ?? []), ...boundErrors(input.offline ?? {})]);
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = await tillSettings(tx);
    assertVersion(tx, 'till settings', before, input.version);
    const after: TillSettings = {
      blindClose: input.blindClose ?? before.blindClose,
      limits: (input.limits ?? before.limits).map(({ role, discountPercent, overridePercent }) => ({
        role: role.trim(),
        discountPercent: discountPercent ?? null,
        overridePercent: overridePercent ?? null,
      })),
      offline: mergeBounds(before.offline, input.offline ?? {}),
      updatedAt: before.updatedAt,
      version: before.version,
    };
    throwFieldErrors(priceRangeErrors(after.offline));
    if (inputText(after) === inputText(before)) return before;
    tx.emit({ type: TILL_SETTINGS_CHANGED, key: tx.organizationId, payload: {} });
    const { version } = await tx.one<{ version: number }>(sql`
      ${tillSettingsTable.insert({
        ...{
          organizationId: tx.organizationId,
          blindClose: after.blindClose,
          limits: after.limits.map(storedLimit),
        },
        ...{ offline: tag(after.offline), updatedAt: tx.now },
      })}
      on conflict (organization_id) do update set ${UPDATED_COLUMNS.excluded} returning till_settings.version`);
    return { ...after, updatedAt: tx.now, version };
  });
}

function storedLimit({ role, discountPercent, overridePercent }: RoleLimit): StoredLimit {
  return {
    role,
    discountPercent: discountPercent?.toFixed() ?? null,
    overridePercent: overridePercent?.toFixed() ?? null,
  };
}

function limitErrors(limits: NonNullable<TillSettingsInput['limits']>): FieldError[] {
  if (limits.length > MAX_ROLES)
    return [{ field: 'limits', message: `${MAX_ROLES} roles at most.`, code: 'TOO_MANY' }];
  const names = new Set<string>();
  return limits.flatMap(({ role, discountPercent, overridePercent }, index) => {
    const at = `limits.${index}`;
    const name = role.trim();
    const errors: FieldError[] = [];
    if (name === '') errors.push({ field: `${at}.role`, message: 'Must not be empty.', code: 'REQUIRED' });
    if (names.has(name))
      errors.push({ field: `${at}.role`, message: 'The list has this role twice.', code: 'DUPLICATE' });
    names.add(name);
    for (const [field, percent] of Object.entries({ discountPercent, overridePercent })) {
      if (percent == null || (!percent.isNegative() && percent.lessThanOrEqualTo(100))) continue;
      errors.push({
        field: `${at}.${field}`,
        message: 'Must be from 0 to 100 percent.',
        code: 'OUT_OF_RANGE',
      });
    }
    return errors;
  });
}

/** Whether a caller may see the expected cash of a drawer before a count. */
export function seesExpectedCash(actor: Actor, settings: Pick<TillSettings, 'blindClose'>): boolean {
  if (permits(actor, 'reports:read')) return true;
  return !settings.blindClose && permits(actor, 'pos:register');
}
