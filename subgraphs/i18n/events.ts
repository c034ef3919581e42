/** The public events of currencies, languages and translations. Every caller may read what they change. */
import { publicEvent } from '#kernel/events/public-event';
import type { ExchangeRateRow } from './tables.generated';

/** A currency was enabled or disabled, or has another smallest coin. */
export const currencyChanged = publicEvent<{ code: string; enabled: boolean }>('currency.changed', []);

/** A rate was set or deleted, or a file of rates was imported; an import emits one event for the rows that it wrote together. */
export const exchangeRateChanged = publicEvent<
  | {
      base: string;
      quote: string;
      date: string;
      source: ExchangeRateRow['source'];
      change: 'set' | 'deleted';
    }
  | { from: string; to: string; source: ExchangeRateRow['source']; change: 'imported' }
>('exchange_rate.changed', []);

/** A language was added, changed or deleted. */
export const languageChanged = publicEvent<{ code: string; change: 'created' | 'updated' | 'deleted' }>(
  'language.changed',
  [],
);

/** Translations of one kind of rows into one language were set or deleted. */
export const translationChanged = publicEvent<{
  entity: string;
  language: string;
  entityIds: readonly string[];
  change: 'set' | 'deleted';
}>('translation.changed', []);

export const I18N_EVENTS = [currencyChanged, exchangeRateChanged, languageChanged, translationChanged];
