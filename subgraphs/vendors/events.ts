/** The public events of vendors. They have no bank account. */
import { publicEvent } from '#kernel/events/public-event';
import type { VendorStatus } from './inputs.generated';

const READERS = ['vendors:read'] as const;

/** A vendor was entered, changed, or moved to another state. */
export const vendorChanged = publicEvent<{
  name: string;
  status: VendorStatus;
  change: 'created' | 'updated';
}>('vendor.changed', READERS);

export const VENDOR_EVENTS = [vendorChanged];
