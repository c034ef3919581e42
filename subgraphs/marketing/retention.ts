/** Rows of marketing: all of them stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const MARKETING_RETENTION: Retention = {
  stay: [
    { because: STAYS.masterData, tables: ['campaigns', 'discount_codes'] },
    {
      because: STAYS.records,
      tables: ['campaign_entries', 'loyalty_entries', 'loyalty_lots', 'loyalty_lot_uses'],
    },
    {
      because: 'A limit for each customer has no end but that of its campaign, which orders refer to.',
      tables: ['customer_uses'],
    },
    { because: 'One row for each customer with points.', tables: ['loyalty_accounts'] },
    { because: STAYS.settings, tables: ['loyalty_programs', 'loyalty_tiers'] },
  ],
};
