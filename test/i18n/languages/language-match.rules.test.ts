/** The choice of a language by RFC 4647, and the chains of fallbacks. */
import { isRightToLeft } from '#kernel/messages/language-tags.rules';
import { chooseLanguage, fallbackChain, languageName } from '#subgraphs/i18n/languages/language-match.rules';

it.each([
  ['fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', ['de', 'en'], 'en'],
  ['de-CH', ['en', 'de'], 'de'],
  ['en;q=0, *', ['en', 'de'], 'de'],
  ['zh-Hant-TW', ['en', 'zh-Hans', 'zh-TW'], 'zh-TW'],
  ['pt', ['en', 'pt-BR', 'pt-PT'], 'pt-BR'],
  ['*', ['en', 'de'], 'en'],
  ['fr', ['en', 'de'], 'en'],
  ['fr;q=0.5, de', ['en', 'fr', 'de'], 'de'],
  ['de;q=0', ['en', 'de'], 'en'],
  ['not a header; q=1, x_y, de', ['en', 'de'], 'de'],
  ['', ['en', 'de'], 'en'],
])('I6: "%s" with %j is %s', (header, available, expected) => {
  expect(chooseLanguage(header, available, available.includes('en') ? 'en' : available[0]!)).toBe(expected);
});

it('falls back by the setting, then to the language without its region, then to the default one', () => {
  const languages = [
    { code: 'de', fallback: null },
    { code: 'de-AT', fallback: null },
    { code: 'gsw', fallback: 'de' },
    { code: 'zh-Hant', fallback: null },
    { code: 'zh-Hant-TW', fallback: null },
    { code: 'nl', fallback: 'en' },
  ];
  const chain = (code: string) => fallbackChain(code, languages, 'en').join();
  expect([chain('de-AT'), chain('gsw'), chain('zh-Hant-TW'), chain('nl'), chain('en')]).toEqual([
    'de-AT,de,en',
    'gsw,de,en',
    'zh-Hant-TW,zh-Hant,en',
    'nl,en',
    'en',
  ]);
});

it('knows names and directions', () => {
  expect(['ar', 'he', 'fa', 'de', 'az-Arab'].map(isRightToLeft)).toEqual([true, true, true, false, true]);
  expect([languageName('de', 'de'), languageName('de', 'fr'), languageName('ar', 'en')]).toEqual([
    'Deutsch',
    'allemand',
    'Arabic',
  ]);
});
