/** The demo shop's currencies, exchange rates, languages and translations. */
import type { Services } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import {
  addLanguage,
  addTranslation,
  importExchangeRates,
  importTranslations,
  setExchangeRate,
  updateCurrency,
} from '#subgraphs/i18n/index';
import { translatables } from '#subgraphs/list';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { CATEGORIES } from './products';
import { demoContext } from './shop';

/** The smallest coins of the currencies beside the shop's own. */
const CASH_STEPS = { USD: '0', GBP: '0', CHF: '0.05', PLN: '0', JPY: '0' } as const;

/** Reference rates of the European Central Bank, units for one euro. */
const REFERENCE_RATES = {
  USD: '1.1534',
  GBP: '0.8651',
  CHF: '0.9312',
  PLN: '4.3048',
  JPY: '171.32',
} as const;

/** The day in the documentation, and the days of the last week: examples without a day convert by today's rates. */
function rateDays(now: Date): string[] {
  const days = [0, 1, 2, 3, 4].map((ago) =>
    new Date(now.getTime() - ago * 86_400_000).toISOString().slice(0, 10),
  );
  return [...new Set(['2026-08-13', ...days])];
}

export async function seedCurrencies(services: Services): Promise<void> {
  const ctx = demoContext(services, 1, 1);
  for (const [code, step] of Object.entries(CASH_STEPS))
    await updateCurrency(ctx, code, { enabled: true, cashStep: new Decimal(step) });
  const items = rateDays(services.clock.now()).flatMap((date) =>
    Object.entries(REFERENCE_RATES).map(([currency, rate]) => ({ currency, date, rate: new Decimal(rate) })),
  );
  const imports = { ...ctx, ids: wellKnown(services.ids, [demoId.import(3)]) };
  await importExchangeRates(imports, { items });
  const manual = { ...ctx, ids: wellKnown(services.ids, [demoId.exchangeRate(99)]) };
  await setExchangeRate(manual, { currency: 'SEK', date: '2026-08-13', rate: new Decimal('11.2105') });
}

/** Names of categories and of the guide's product, by their English ones. */
const NAMES: Readonly<Record<string, Readonly<Record<'de' | 'fr' | 'ar', string>>>> = {
  'House Blend Coffee 1 kg': { de: 'Hauskaffee 1 kg', fr: 'Café maison 1 kg', ar: 'قهوة المحل ١ كغ' },
  'Fruit and vegetables': { de: 'Obst und Gemüse', fr: 'Fruits et légumes', ar: 'فواكه وخضروات' },
  'Dairy and eggs': { de: 'Milch und Eier', fr: 'Produits laitiers et œufs', ar: 'ألبان وبيض' },
  Bakery: { de: 'Backwaren', fr: 'Boulangerie', ar: 'مخبوزات' },
  'Coffee and tea': { de: 'Kaffee und Tee', fr: 'Café et thé', ar: 'قهوة وشاي' },
};

/** Languages and translations, after the goods. Dutch has none yet. */
export async function seedTranslations(services: Services): Promise<void> {
  const ctx = demoContext(services, 1, 1);
  for (const code of ['de', 'fr', 'ar', 'nl']) await addLanguage(ctx, { code });
  const rows = [
    { entity: 'product', entityId: demoId.product(1), name: 'House Blend Coffee 1 kg' },
    ...CATEGORIES.map(({ id, name }) => ({ entity: 'category', entityId: id, name })),
  ];
  const items = rows.flatMap(({ name, ...row }) =>
    Object.entries(NAMES[name] ?? {}).map(([language, value]) => ({
      ...row,
      field: 'name',
      language,
      value,
    })),
  );
  const imports = { ...ctx, ids: wellKnown(services.ids, [demoId.import(4)]) };
  await importTranslations(imports, translatables, { items });
  const brand = {
    entity: 'brand',
    entityId: demoId.brand(1),
    field: 'name',
    language: 'de',
    value: 'Meridian',
  };
  const single = { ...ctx, ids: wellKnown(services.ids, [demoId.translation(99)]) };
  await addTranslation(single, translatables, brand);
}
