import { SHOP_COUNTRIES } from '#subgraphs/auth/index';
import {
  COUNTRY_RATES,
  countryTaxClasses,
  TAX_CLASS_NAMES,
} from '#subgraphs/catalog/tax-classes/country-rates.rules';

const EU = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

it('has at least 40 countries, the same as the settings of shops, and the whole European Union', () => {
  const countries = Object.keys(COUNTRY_RATES);
  expect(countries.length).toBeGreaterThanOrEqual(40);
  expect(countries).toEqual(Object.keys(SHOP_COUNTRIES));
  expect(EU.filter((code) => !countries.includes(code))).toEqual([]);
});

describe.each(Object.entries(COUNTRY_RATES))('%s', (code, country) => {
  it('names its source and its day', () => {
    expect(country.source).toMatch(/^https:\/\/[^\s]+$/);
    expect(country.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(Number.isNaN(Date.parse(country.asOf))).toBe(false);
    if (country.note !== undefined) expect(country.note).toMatch(/^[A-Z].*\.$/);
  });

  it('has rates that are plausible, the default first, and none twice', () => {
    const codes = Object.keys(country.rates);
    expect(codes.filter((name) => !(name in TAX_CLASS_NAMES))).toEqual([]);
    const rates = Object.values(country.rates).map(Number);
    expect(rates.every((rate) => rate >= 0 && rate <= 40)).toBe(true);
    expect(new Set(rates).size).toBe(rates.length);
    const { standard, 'sales-tax': salesTax, luxury } = country.rates;
    expect(codes[0]).toBe(salesTax === undefined ? 'standard' : 'sales-tax');
    // Only luxury goods carry more than the standard rate, and a country without a national rate says what to do.
    if (standard !== undefined) expect(Math.max(...rates)).toBe(Number(luxury ?? standard));
    else expect(country.note).toBeDefined();
  });

  it('keeps the bounds of the directive of the European Union', () => {
    if (!EU.includes(code)) return;
    // Directive 2006/112/EC, articles 97 and 98: at least 15 percent; at most two reduced rates of at least 5 percent, and lower ones by exception.
    expect(Number(country.rates.standard)).toBeGreaterThanOrEqual(15);
    expect(Number(country.rates.standard)).toBeLessThanOrEqual(27);
    const reduced = Object.entries(country.rates).filter(([name]) => /reduced|intermediate/.test(name));
    const low = reduced.filter(([, rate]) => Number(rate) < 5).map(([name]) => name);
    expect(low.filter((name) => name !== 'super-reduced')).toEqual([]);
  });

  it('gives a shop one default class, and one without tax', () => {
    const classes = countryTaxClasses(code);
    expect(classes.filter(({ isDefault }) => isDefault)).toEqual([classes[0]]);
    expect(classes.at(-1)).toMatchObject({ code: 'zero', name: 'Zero', isDefault: false });
    expect(new Set(classes.map(({ name }) => name)).size).toBe(classes.length);
  });
});

it.each([
  ['DE', 'standard 19, reduced 7, zero 0'],
  ['FI', 'standard 25.5, reduced 13.5, second-reduced 10, zero 0'],
  ['GB', 'standard 20, reduced 5, zero 0'],
  ['IN', 'standard 18, reduced 5, luxury 40, zero 0'],
  ['US', 'sales-tax 0, zero 0'],
  ['AD', ''],
])('the classes of %s', (country, text) => {
  expect(
    countryTaxClasses(country)
      .map(({ code, rate }) => `${code} ${rate.toFixed()}`)
      .join(', '),
  ).toBe(text);
});
