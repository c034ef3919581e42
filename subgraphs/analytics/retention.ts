/** Rows of analytics: all of them stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const ANALYTICS_RETENTION: Retention = {
  stay: [
    { because: STAYS.records, tables: ['tax_periods', 'tax_period_rows'] },
    { because: STAYS.settings, tables: ['accounting_settings'] },
  ],
};
