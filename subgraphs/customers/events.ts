/** The public events of customers. */
import { publicEvent } from '#kernel/events/public-event';

const READERS = ['customers:read'] as const;

/** A customer was created or changed. */
export const customerChanged = publicEvent<{ customerId: string }>('customer.changed', READERS);

/** A customer was erased: receivers must delete their copies of the customer's data. */
export const customerErased = publicEvent<{ customerId: string }>('customer.erased', READERS);

export const CUSTOMER_EVENTS = [customerChanged, customerErased];
