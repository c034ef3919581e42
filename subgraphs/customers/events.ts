/** The public events of customers. */
import { publicEvent } from '#kernel/events/public-event';

const READERS = ['customers:read'] as const;

/** A customer was created or changed. */
export const customerChanged = publicEvent<{ customerId: string }>('customer.changed', READERS);

/** A customer was erased: receivers must delete their copies of the customer's data. */
export const customerErased = publicEvent<{ customerId: string }>('customer.erased', READERS);

/** A customer became a part of another one: receivers must move their copies to `mergedIntoId`. */
export const customerMerged = publicEvent<{ customerId: string; mergedIntoId: string }>(
  'customer.merged',
  READERS,
);

interface NamedChange {
  name: string;
  change: 'created' | 'updated' | 'deleted';
}

/** A group of customers was created, changed or deleted. */
export const customerGroupChanged = publicEvent<NamedChange>('customer_group.changed', READERS);

/** A segment of customers was created, changed or deleted. */
export const customerSegmentChanged = publicEvent<NamedChange>('customer_segment.changed', READERS);

export const CUSTOMER_EVENTS = [
  customerChanged,
  customerErased,
  customerMerged,
  customerGroupChanged,
  customerSegmentChanged,
];
