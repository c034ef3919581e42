/** Rows of payments: notices of providers are deleted, the payments stay. */
import { sql } from '#kernel/db/database';
import { STAYS, type Retention } from '#kernel/retention';

const EVENTS_KEPT_MS = 90 * 24 * 3_600_000;

export const PAYMENT_RETENTION: Retention = {
  rules: [
    {
      table: 'payment_events',
      rows: 'Notices of payment providers that were handled, from their arrival',
      keep: { ms: EVENTS_KEPT_MS, because: 'Longer than any provider repeats a notice.' },
      since: sql`t.received_at`,
    },
  ],
  stay: [
    {
      because: STAYS.records,
      tables: [
        'payments',
        'payment_intents',
        'payment_attempts',
        'gift_cards',
        'gift_card_entries',
        'store_credits',
        'store_credit_lots',
        'store_credit_entries',
        'settlements',
        'settlement_transactions',
      ],
    },
    {
      because: STAYS.settings,
      tables: ['payment_method_settings', 'payment_method_branches', 'payment_provider_settings'],
    },
    {
      because:
        'The books of the test provider, which a shop with real payments does not fill: refunds look up their payments there.',
      tables: ['sandbox_payments', 'sandbox_operations'],
    },
    { because: 'A notice of the test provider is deleted once it is delivered.', tables: ['sandbox_events'] },
  ],
};
