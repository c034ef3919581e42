/** The features that an organization has switched on. */
import type { RequestContext } from '#kernel/context';
import { featureSettings as table } from '#kernel/db/tables.generated';
import { FEATURES_CHANGED, readFeatures, type FeatureSettings } from '#kernel/features';
import type { FeatureSettingsInput } from '../inputs.generated';
import { updateOrganizationSettings } from '../settings/organization-settings';

/** Switches features on and off; omitted ones do not change. @throws PosProError 409 or 412 for another version. */
export function updateFeatureSettings(
  ctx: RequestContext,
  input: FeatureSettingsInput,
): Promise<FeatureSettings> {
  const definition = { title: 'feature settings', table, read: readFeatures, event: FEATURES_CHANGED };
  return updateOrganizationSettings(ctx, definition, input);
}
