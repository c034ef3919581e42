/** Everything that other domains may call: rates, conversions and languages. */
export { I18N_EVENTS } from './events';
export { updateCurrency } from './currencies/currencies';
export {
  recordRate,
  shownRecordedRate,
  type RecordedRate,
  type ShownRecordedRate,
} from './rates/recorded-rate';
export { setExchangeRate } from './rates/exchange-rates';
export { newShopLanguages } from './languages/new-shop-languages';
export { addLanguage } from './languages/languages';
export type { TranslatableEntity } from './translations/translatable-entity';
export { textFallbacks, textsIn, translated } from './translations/translate-texts';
export { addTranslation } from './translations/translations';
export { importTranslations } from './translations/import-translations';
export type { Translatables } from './translations/translations.queries';
export { importExchangeRates } from './rates/import-exchange-rates';
