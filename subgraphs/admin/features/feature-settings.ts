/** The features that an organization has switched on. */
import { withoutNull } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { featureSettings as table } from '#kernel/db/tables.generated';
import { FEATURE_DEFAULTS, FEATURES_CHANGED, type FeatureSettings } from '#kernel/features';
import { organizationSettings } from '#subgraphs/auth/index';
import type { FeatureSettingsInput } from '../inputs.generated';

const SETTINGS = organizationSettings({
  title: 'feature settings',
  table,
  defaults: FEATURE_DEFAULTS,
  event: (_, organizationId) => ({ type: FEATURES_CHANGED, key: organizationId, payload: {} }),
});

/** Switches features on and off; omitted ones do not change. @throws PosProError 409 or 412 for another version. */
export function updateFeatureSettings(
  ctx: RequestContext,
  { version, ...input }: FeatureSettingsInput,
): Promise<FeatureSettings> {
  return SETTINGS.update(ctx, version, () => withoutNull(input));
}
