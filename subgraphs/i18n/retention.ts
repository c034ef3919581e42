/** Rows of currencies and languages: all of them stay. */
import { STAYS, type Retention } from '#kernel/retention';

export const I18N_RETENTION: Retention = {
  stay: [
    { because: STAYS.settings, tables: ['currency_settings'] },
    { because: STAYS.masterData, tables: ['languages', 'translations'] },
    {
      because: 'A rate for each pair of currencies and day: sales of that day refer to it.',
      tables: ['exchange_rates'],
    },
  ],
};
