/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { ImportJobRow as ImportJob } from '#kernel/import/import-jobs';
export type { ShownCurrency as Currency } from './currencies/currencies';
export type { ExchangeRateRow as ExchangeRate } from './tables.generated';
export type { Conversion as CurrencyConversion } from './rates/convert';
