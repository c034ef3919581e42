/** Rows of shipping: all of them stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const SHIPPING_RETENTION: Retention = {
  stay: [
    { because: STAYS.records, tables: ['shipping_labels', 'tracking_events'] },
    { because: STAYS.masterData, tables: ['shipping_zones', 'table_rates'] },
    { because: STAYS.settings, tables: ['shipping_carrier_settings'] },
  ],
};
