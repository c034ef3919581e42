/** How an organization's tills work: who sees what in the drawer, and how far a role may go alone. */
import { permits, type Actor } from '#kernel/auth/actor';
import { throwFaults } from '#kernel/validation';
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

/** How far one role may go without somebody else's leave. */
export interface RoleLimit {
  /** The role's name, for example "cashier". */
  role: string;
  /** The most that may be taken off, in percent; null for no limit. */
  discountPercent: Decimal | null;
  /** How far below the catalogue's price a price may be put, in percent; null for no limit. */
  overridePercent: Decimal | null;
}

export interface TillSettings {
  /** Cashiers see what should lie in the drawer only after they have counted. */
  blindClose: boolean;
  /** A role that is not named has no limit. */
  limits: RoleLimit[];
  /** What holds a sale made offline back. */
  offline: OfflineBounds;
  /** 0 where nothing was said yet. */
  version: number;
}

/** All but the currency is null where nothing was said yet. */
type StoredSettings = {
  [Name in 'blindClose' | 'limits' | 'offline' | 'version']: TillSettingsRow[Name] | null;
} & {
  currency: string;
};

/** The columns that an update takes over. */
const SAVED = tillSettingsTable.omit('organizationId', 'receiptLogo', 'version');

/** The caller's organization's settings; the usual ones where it has said nothing: an open close, and no limits. */
export async function tillSettings(db: Queryable): Promise<TillSettings> {
  const stored = await db.maybeOne<StoredSettings>(sql`
    select blind_close, limits, offline, s.version, o.currency
    from organizations o left join till_settings s on s.organization_id = o.id`);
  const percent = (text: string | null) => (text === null ? null : new Decimal(text));
  return {
    blindClose: stored?.blindClose ?? false,
    limits: (stored?.limits ?? []).map(({ role, discountPercent, overridePercent }) => ({
      role,
      discountPercent: percent(discountPercent),
      overridePercent: percent(overridePercent),
    })),
    offline: {
      ...defaultOfflineBounds(stored?.currency),
      ...(revive(stored?.offline ?? {}) as Partial<OfflineBounds>),
    },
    version: stored?.version ?? 0,
  };
}

const MAX_ROLES = 100;

/**
 * Changes the settings; what is left out stays, and a list of limits takes the place of the one before.
 * @throws PosProError 409 for another version; 422 by field.
 */
export async function updateTillSettings(
  ctx: RequestContext,
  input: TillSettingsInput,
): Promise<TillSettings> {
  throwFaults([...limitErrors(input.limits ?? []), ...boundErrors(input.offline ?? {})]);
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
      version: before.version,
    };
    throwFaults(priceRangeErrors(after.offline));
    if (inputText(after) === inputText(before)) return before;
    const { version } = await tx.one<{ version: number }>(sql`
      ${tillSettingsTable.insert({
        ...{
          organizationId: tx.organizationId,
          blindClose: after.blindClose,
          limits: after.limits.map(storedLimit),
        },
        ...{ offline: tag(after.offline), updatedAt: tx.now },
      })}
      on conflict (organization_id) do update set ${SAVED.excluded} returning till_settings.version`);
    return { ...after, version };
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
  const seen = new Set<string>();
  return limits.flatMap(({ role, discountPercent, overridePercent }, index) => {
    const at = `limits.${index}`;
    const name = role.trim();
    const faults: FieldError[] = [];
    if (name === '') faults.push({ field: `${at}.role`, message: 'Must not be empty.', code: 'REQUIRED' });
    if (seen.has(name))
      faults.push({ field: `${at}.role`, message: 'The role stands there twice.', code: 'DUPLICATE' });
    seen.add(name);
    for (const [field, percent] of Object.entries({ discountPercent, overridePercent })) {
      if (percent == null || (!percent.isNegative() && percent.lessThanOrEqualTo(100))) continue;
      faults.push({ field: `${at}.${field}`, message: 'Is from 0 to 100 percent.', code: 'OUT_OF_RANGE' });
    }
    return faults;
  });
}

/** Whether a caller sees what should lie in a drawer that nobody has counted yet. */
export function seesExpectedCash(actor: Actor, settings: Pick<TillSettings, 'blindClose'>): boolean {
  if (permits(actor, 'reports:read')) return true;
  return !settings.blindClose && permits(actor, 'pos:register');
}
