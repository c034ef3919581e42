/** Rows of vendors: all of them stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const VENDORS_RETENTION: Retention = {
  stay: [
    {
      because: STAYS.records,
      tables: [
        'vendor_orders',
        'vendor_order_items',
        'vendor_entries',
        'vendor_payouts',
        'vendor_payout_runs',
      ],
    },
    { because: STAYS.masterData, tables: ['vendors', 'commission_rules'] },
    { because: STAYS.totals, tables: ['vendor_months'] },
    { because: STAYS.settings, tables: ['vendor_settings'] },
  ],
};
