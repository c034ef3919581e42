/** The public events of vendors. They have no bank account. */
import { publicEvent } from '#kernel/events/public-event';
import type { VendorPayoutStatus, VendorStatus } from './inputs.generated';

const READERS = ['vendors:read'] as const;

/** A vendor was entered, changed, or moved to another state. */
export const vendorChanged = publicEvent<{
  name: string;
  status: VendorStatus;
  change: 'created' | 'updated';
}>('vendor.changed', READERS);

/** A rule of commission was created, changed or deleted. */
export const commissionRuleChanged = publicEvent<{
  name: string;
  position: number;
  change: 'created' | 'updated' | 'deleted';
}>('commission_rule.changed', READERS);

/** A sale, a refund or a payout changed the amount that the shop owes a vendor. */
export const vendorBalanceChanged = publicEvent<{ balance: string; currency: string }>(
  'vendor_balance.changed',
  READERS,
);

/** A payout to a vendor was made, or moved to another status. */
export const vendorPayoutChanged = publicEvent<{
  number: string;
  vendorId: string;
  amount: string;
  currency: string;
  status: VendorPayoutStatus;
}>('vendor_payout.changed', READERS);

export const VENDOR_EVENTS = [
  commissionRuleChanged,
  vendorBalanceChanged,
  vendorChanged,
  vendorPayoutChanged,
];
