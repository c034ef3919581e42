/** The public events of marketing. */
import { publicEvent } from '#kernel/events/public-event';
import type { LoyaltyEntryRow } from './tables.generated';

const READERS = ['marketing:read'] as const;
const MEMBER_READERS = ['customers:read'] as const;

/** A campaign was created, changed, activated, paused or deleted, or has other codes. */
export const campaignChanged = publicEvent<{
  campaignId: string;
  change: 'created' | 'updated' | 'activated' | 'paused' | 'deleted';
}>('campaign.changed', READERS);

/** The points of a customer changed: one event for each entry. */
export const pointsChanged = publicEvent<
  Pick<
    LoyaltyEntryRow,
    | 'customerId'
    | 'kind'
    | 'points'
    | 'pendingPoints'
    | 'balance'
    | 'pending'
    | 'referenceType'
    | 'referenceId'
  >
>('points.changed', MEMBER_READERS);

/** A customer has another tier; null for none. */
export const customerTierChanged = publicEvent<{
  customerId: string;
  tierId: string | null;
  previousTierId: string | null;
}>('customer_tier.changed', MEMBER_READERS);

/** The settings of the loyalty program changed. */
export const loyaltyProgramChanged = publicEvent<{ active: boolean }>('loyalty_program.changed', READERS);

/** A tier of the loyalty program was created, updated or deleted. */
export const loyaltyTierChanged = publicEvent<{ name: string; change: 'created' | 'updated' | 'deleted' }>(
  'loyalty_tier.changed',
  READERS,
);

export const MARKETING_EVENTS = [
  campaignChanged,
  pointsChanged,
  customerTierChanged,
  loyaltyProgramChanged,
  loyaltyTierChanged,
];
