/**
 * Parts of the platform that an organization can switch off: `@feature(name:)` in a schema names the switch of an operation. The
 * switches are cached, so they cost a request nothing.
 */
import { organizationOf } from './auth/access';
import type { CacheDefinition } from './cache';
import { snake } from './casing';
import type { RequestContext } from './context';
import { sql, type Queryable } from './db/database';
import { featureSettings, type FeatureSettingsRow } from './db/tables.generated';
import { PosProError } from './errors';

/** The switches; version 0 for those that were never changed. */
export type FeatureSettings = Omit<FeatureSettingsRow, 'organizationId' | 'updatedAt'> & {
  /** Null for switches that were never changed. */
  readonly updatedAt: Date | null;
};

/** A part of the platform that can be switched off. */
export type Feature = Exclude<keyof FeatureSettings, 'updatedAt' | 'version'>;

/** The switches of an organization that never changed them. */
export const FEATURE_DEFAULTS: FeatureSettings = {
  webShop: true,
  campaigns: true,
  marketplace: true,
  support: true,
  supportMail: true,
  updatedAt: null,
  version: 0,
};

/** The event of a changed switch. It drops what depends on the switches. */
export const FEATURES_CHANGED = 'features.changed';

const COLUMNS = featureSettings.omit('organizationId');
const SWITCHES: CacheDefinition<FeatureSettings> = {
  name: 'features',
  domain: 'admin',
  maxSize: 10_000,
  lifetimeMs: 3_600_000,
  drops: [{ type: FEATURES_CHANGED }],
};
const KEY = 'all';

/** Whether a text names a feature. */
export function isFeature(name: string): name is Feature {
  return name in FEATURE_DEFAULTS && name !== 'updatedAt' && name !== 'version';
}

/** The switches of the connection's organization, as they are stored. */
export async function readFeatures(db: Queryable): Promise<FeatureSettings> {
  const stored = await db.maybeOne<FeatureSettings>(
    sql`select ${COLUMNS.select('f')} from feature_settings f`,
  );
  return stored ?? FEATURE_DEFAULTS;
}

/**
 * Checks that a feature is switched on; at once if the switches are cached.
 * @throws PosProError 403 FEATURE_DISABLED that names the switch.
 */
export function requireFeature(
  ctx: Pick<RequestContext, 'actor' | 'caches' | 'db'>,
  feature: Feature,
): Promise<void> | undefined {
  const cache = ctx.caches.of(SWITCHES);
  const cached = cache.get(organizationOf(ctx), KEY);
  if (!cached)
    return cache.read(ctx.db, KEY, () => readFeatures(ctx.db)).then((all) => assertOn(all, feature));
  assertOn(cached, feature);
  return undefined;
}

function assertOn(switches: FeatureSettings, feature: Feature): void {
  if (switches[feature]) return;
  const setting = `features.${snake(feature)}`;
  const message = `The feature is switched off: an administrator can switch it on by the setting "${setting}".`;
  throw new PosProError('FEATURE_DISABLED', message, { details: { setting } });
}
