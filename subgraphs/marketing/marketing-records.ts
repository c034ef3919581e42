/** The points and discount codes of customers in the export of their data. */
import { byCustomerId, type CustomerRecords } from '#subgraphs/customers/index';
import {
  campaignEntries,
  discountCodes,
  loyaltyAccounts,
  loyaltyEntries,
  loyaltyLotUses,
  loyaltyLots,
} from './tables.generated';

/** Counters of uses are excluded: they are sums of the discounts of orders. */
export const MARKETING_RECORDS: readonly CustomerRecords[] = [
  { kind: 'points', table: loyaltyAccounts, where: byCustomerId, key: 'customer_id' },
  {
    kind: 'points_entry',
    table: loyaltyEntries,
    where: byCustomerId,
    key: 'id',
    parts: {
      lots: { table: loyaltyLots, of: 'entry_id', order: 'id' },
      lotUses: { table: loyaltyLotUses, of: 'entry_id', order: 'lot_id' },
    },
  },
  { kind: 'discount_code', table: discountCodes, where: byCustomerId, key: 'id' },
];

/** The discounts that an order took of campaigns and codes. */
export const DISCOUNTS_OF_ORDER = { table: campaignEntries, of: 'order_id', order: 'campaign_id, number' };
