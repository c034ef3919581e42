/** Columns of an import of exchange rates. */
import { columnNames, type ColumnNames } from '#kernel/import/import-columns.rules';

const RATE_COLUMN_LIST = ['base', 'currency', 'date', 'rate', 'source'] as const;

export type RateColumn = (typeof RATE_COLUMN_LIST)[number];

/** Other titles of the columns; those of the data portal of the European Central Bank are `CURRENCY_DENOM`, `TIME_PERIOD` and `OBS_VALUE`. */
export const RATE_COLUMNS: ColumnNames<RateColumn> = columnNames<RateColumn>(RATE_COLUMN_LIST, {
  basecurrency: 'base', from: 'base', currencydenom: 'base', quote: 'currency', quotecurrency: 'currency', to: 'currency', code: 'currency',
  day: 'date', timeperiod: 'date', validfrom: 'date', value: 'rate', exchangerate: 'rate', obsvalue: 'rate',
}); // prettier-ignore
