/** The public events of auth. Events about sessions, users and roles are internal. */
import { publicEvent } from '#kernel/events/public-event';

/** A branch was created. */
export const branchCreated = publicEvent<{ branchId: string; name: string; code: string }>(
  'branch.created',
  [],
);

/** A branch was changed. */
export const branchChanged = publicEvent<{ branchId: string }>('branch.changed', []);

/** The organization was changed. */
export const organizationChanged = publicEvent<{ name: string }>('organization.changed', []);

export const AUTH_EVENTS = [branchCreated, branchChanged, organizationChanged];
