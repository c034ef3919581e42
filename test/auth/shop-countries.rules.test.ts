import { Decimal } from '#kernel/decimal';
import { isCountry } from '#kernel/countries.rules';
import { isoCurrency } from '#kernel/iso-currencies';
import { canonicalLanguage } from '#kernel/messages/language-tags.rules';
import {
  guessedCountry,
  settingsOfCountry,
  SHOP_COUNTRIES,
  shopTexts,
} from '#subgraphs/auth/shop-countries.rules';

describe.each(Object.entries(SHOP_COUNTRIES))('%s', (code, country) => {
  it('has a currency, a zone, languages and a smallest coin that exist', () => {
    expect(isCountry(code)).toBe(true);
    const currency = isoCurrency(country.currency);
    expect(currency?.code).toBe(country.currency);
    expect(() => new Intl.DateTimeFormat('en', { timeZone: country.timeZone })).not.toThrow();
    expect(country.languages.map(canonicalLanguage)).toEqual(country.languages);
    expect(country.languages.every((language) => language.endsWith(`-${code}`))).toBe(true);
    const step = new Decimal(country.cashStep);
    expect(step.isNegative()).toBe(false);
    expect(step.decimalPlaces()).toBeLessThanOrEqual(currency!.exponent);
  });

  it('has receipts in its first language', () => {
    const language = country.languages[0]!;
    expect(shopTexts(language) === shopTexts('en')).toBe(language.startsWith('en-'));
  });

  it('is the guess of its own currency and zone', () => {
    expect(guessedCountry(country)).toBe(code);
  });
});

describe('guessedCountry', () => {
  it.each([
    ['another name of a zone', { currency: 'inr', timeZone: 'Asia/Calcutta' }, 'IN'],
    ['a zone that is not the main one', { currency: 'USD', timeZone: 'America/Phoenix' }, 'US'],
    ['a currency of another country', { currency: 'EUR', timeZone: 'Europe/Zurich' }, undefined],
    ['a country that has no data', { currency: 'EUR', timeZone: 'Europe/Andorra' }, undefined],
    ['no country at all', { currency: 'EUR', timeZone: 'UTC' }, undefined],
    ['a zone that does not exist', { currency: 'EUR', timeZone: 'Europe/Atlantis' }, undefined],
    ['a currency alone', { currency: 'CHF' }, undefined],
    ['a zone alone', { timeZone: 'Europe/Zurich' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_, given, country) => expect(guessedCountry(given)).toBe(country));
});

describe('settingsOfCountry', () => {
  it('takes what the caller left open from the country', () => {
    expect(settingsOfCountry('CH', { currency: null })).toEqual({
      currency: 'CHF',
      timeZone: 'Europe/Zurich',
      pricesIncludeTax: undefined,
      cashRoundingStep: new Decimal('0.05'),
      defaultLanguage: 'de-CH',
    });
    expect(settingsOfCountry('US', {})).toMatchObject({ pricesIncludeTax: false });
  });

  it('keeps what the caller gave, and rounds no other currency by the coins of the country', () => {
    const given = {
      currency: 'EUR',
      timeZone: 'Europe/Vaduz',
      pricesIncludeTax: false,
      defaultLanguage: 'rm',
    };
    expect(settingsOfCountry('CH', given)).toEqual({ ...given, cashRoundingStep: undefined });
    const step = new Decimal(0);
    expect(settingsOfCountry('CH', { cashRoundingStep: step }).cashRoundingStep).toBe(step);
  });

  it('changes nothing without a country, and for one without data', () => {
    const given = { currency: 'EUR' };
    expect([settingsOfCountry(null, given), settingsOfCountry('AD', given)]).toEqual([given, given]);
  });
});
