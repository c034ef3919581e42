/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { ImportJobRow as ImportJob } from '#kernel/import/import-jobs';
export type { ShownCurrency as Currency } from './currencies/currencies';
export type { ExchangeRateRow as ExchangeRate } from './tables.generated';
export type { ShownLanguage as Language } from './languages/languages';
export type { TranslationFile } from './translations/export-translations';
export type { TranslationProgress } from './translations/translations.queries';
export type { Conversion as CurrencyConversion } from './rates/convert';
