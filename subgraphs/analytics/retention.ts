/** Rows of analytics: all of them stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const ANALYTICS_RETENTION: Retention = {
  stay: [
    { because: STAYS.records, tables: ['tax_periods', 'tax_period_rows'] },
    {
      because: STAYS.totals,
      tables: [
        'report_days',
        'report_day_sales',
        'report_day_items',
        'report_period_items',
        'report_day_lines',
        'report_day_amounts',
        'report_day_customers',
        'report_day_newcomers',
        'report_day_segments',
        'report_lifetime_values',
        'report_lifetime_customers',
      ],
    },
    { because: STAYS.settings, tables: ['accounting_settings'] },
  ],
};
