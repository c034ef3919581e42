/** Rows of orders: a training sale is not a sale, so it is deleted. */
import { sql } from '#kernel/db/database';
import { STAYS, type Retention } from '#kernel/retention';

export const ORDER_RETENTION: Retention = {
  rules: [
    {
      table: 'training_sales',
      rows: 'Training sales, from the sale',
      keep: 'trainingSalesDays',
      since: sql`t.created_at`,
    },
  ],
  stay: [
    {
      because: STAYS.records,
      tables: [
        'orders',
        'order_lines',
        'order_discounts',
        'order_steps',
        'order_shipments',
        'order_shipment_lines',
        'order_external_numbers',
        'order_references',
      ],
    },
    {
      because: STAYS.totals,
      tables: [
        'order_day_totals',
        'order_day_taxes',
        'order_day_payments',
        'order_day_items',
        'order_day_customers',
      ],
    },
    { because: 'One row for each organization: its last check of totals.', tables: ['order_totals_checks'] },
    {
      because:
        'Ended carts are the figures of conversion and abandonment; the data of guests is emptied when a cart ends.',
      tables: ['carts', 'cart_items'],
    },
    { because: STAYS.settings, tables: ['storefront_settings'] },
  ],
};
