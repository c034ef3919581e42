/** Implausible sales: each bound at its edge, in small currencies and small units, and plausible sales. */
import type { Issue } from '#subgraphs/orders/index';
import { defaultOfflineBounds } from '#subgraphs/registers/index';
import { implausibilities, type PlausibleSale } from '#subgraphs/pos/offline/plausibility.rules';
import { amount } from '#test/harness/values';

const NOW = new Date('2026-01-31T12:00:00Z');
const MINUTE = 60_000;

interface Line {
  unit?: string;
  listPrice?: string;
  price?: string;
  quantity?: string;
}

const saleOf = (line: Line, more: Partial<PlausibleSale> = {}): PlausibleSale => ({
  lines: [
    {
      index: 0,
      item: { name: 'Tea', unit: line.unit ?? 'piece', unitPrice: amount(line.listPrice ?? '10') },
      quantity: amount(line.quantity ?? '1'),
      unitPrice: amount(line.price ?? line.listPrice ?? '10'),
    },
  ],
  payments: [],
  soldAt: null,
  ...more,
});

function rules(sale: PlausibleSale, currency = 'EUR'): (string | null)[] {
  return implausibilities(defaultOfflineBounds(currency), sale, [], NOW).map(({ rule }) => rule);
}

it.each([
  ['piece', '1000', '1000.001'],
  ['bottle of our own', '1000', '1000.001'],
  ['kg', '1000', '1000.001'],
  ['t', '1000', '1000.001'],
  ['g', '1000000', '1000001'],
  ['ml', '1000000', '1000001'],
  ['cl', '100000', '100001'],
  ['lb', '2204.623', '2204.624'],
])('in %s, %s may be one line, and %s is held', (unit, most, tooMuch) => {
  const listPrice = '0.01';
  expect(rules(saleOf({ unit, listPrice, quantity: most }))).toEqual([]);
  expect(rules(saleOf({ unit, listPrice, quantity: tooMuch }))).toEqual(['offline.maxQuantity']);
});

it.each([
  ['EUR', '1000000'],
  ['KWD', '1000000'],
  ['JPY', '100000000'],
  ['INR', '100000000'],
  ['KRW', '1000000000'],
  ['IDR', '10000000000'],
  ['VND', '10000000000'],
  ['LBP', '100000000000'],
])('in %s, goods and payments may come to %s', (currency, most) => {
  const above = amount(most).plus('0.01');
  expect(rules(saleOf({ listPrice: most }), currency)).toEqual([]);
  expect(rules(saleOf({ listPrice: above.toFixed() }), currency)).toEqual(['offline.maxTotal']);
  expect(rules(saleOf({}, { payments: [{ amount: amount(most) }] }), currency)).toEqual([]);
  expect(rules(saleOf({}, { payments: [{ amount: above }] }), currency)).toEqual(['offline.maxTotal']);
  expect(
    rules(saleOf({}, { payments: [{ amount: amount(most) }, { amount: amount('0.01') }] }), currency),
  ).toEqual(['offline.maxTotal']);
});

it.each([
  ['10', '1', []],
  ['10', '0.9999', ['offline.minPricePercent']],
  ['10', '0', ['offline.minPricePercent']],
  ['10', '100', []],
  ['10', '100.01', ['offline.maxPricePercent']],
  ['0.0001', '0.001', []],
  ['0.0001', '0.0011', ['offline.maxPricePercent']],
  // What the catalogue gives away has no price to hold another against; the total bounds it.
  ['0', '0', []],
  ['0', '999999', []],
  ['0', '1000001', ['offline.maxTotal']],
])('of a price of %s, %s is held by %j', (listPrice, price, reasons) => {
  expect(rules(saleOf({ listPrice, price }))).toEqual(reasons);
});

it('holds sales more than ten minutes in the future, or more than 31 days old', () => {
  const at = (milliseconds: number) => rules(saleOf({}, { soldAt: new Date(NOW.getTime() + milliseconds) }));
  expect(at(10 * MINUTE)).toEqual([]);
  expect(at(10 * MINUTE + 1)).toEqual(['offline.future']);
  expect(at(-31 * 24 * 60 * MINUTE)).toEqual([]);
  expect(at(-31 * 24 * 60 * MINUTE - 1)).toEqual(['offline.maxAgeDays']);
});

it('names the sold value and the bound of a held sale', () => {
  const reasons = (sale: PlausibleSale) => implausibilities(defaultOfflineBounds('EUR'), sale, [], NOW);
  const soldAt = (text: string) => reasons(saleOf({}, { soldAt: new Date(text) }));
  const none = { item: null, difference: null };
  expect(reasons(saleOf({ price: '0.5' }))).toEqual([
    {
      ...none,
      code: 'IMPLAUSIBLE_PRICE',
      rule: 'offline.minPricePercent',
      item: 0,
      sold: '0.5',
      present: '10',
      message: '"Tea" was sold at 0.5; its price is 10, and the limit is 10 % of that.',
    },
  ]);
  expect(reasons(saleOf({ price: '101' }))[0]?.message).toBe(
    '"Tea" was sold at 101; its price is 10, and the limit is 1000 % of that.',
  );
  expect(reasons(saleOf({ listPrice: '1000000.5' }))).toEqual([
    {
      ...none,
      code: 'IMPLAUSIBLE_TOTAL',
      rule: 'offline.maxTotal',
      sold: '1000000.5',
      present: '1000000',
      message: 'The sale totals 1000000.5, or is paid with that much; the maximum is 1000000.',
    },
  ]);
  expect(soldAt('2026-01-31T12:30:00Z')).toEqual([
    {
      ...none,
      code: 'IMPLAUSIBLE_TIME',
      rule: 'offline.future',
      sold: '2026-01-31T12:30:00.000Z',
      present: '2026-01-31T12:00:00.000Z',
      message: 'The sale is in the future (2026-01-31T12:30:00.000Z): check the clock of the till.',
    },
  ]);
  expect(soldAt('2025-12-31T11:59:00Z')).toEqual([
    {
      ...none,
      code: 'IMPLAUSIBLE_TIME',
      rule: 'offline.maxAgeDays',
      sold: '2025-12-31T11:59:00.000Z',
      present: '2026-01-31T12:00:00.000Z',
      message: 'The sale is more than 31 days old (2025-12-31T11:59:00.000Z).',
    },
  ]);
});

it('holds amounts that exceed every column', () => {
  const issue: Issue = {
    code: 'VALIDATION_FAILED',
    message: 'Is too large.',
    item: 3,
    field: 'items.3.unitPrice',
    reason: 'TOO_LARGE',
  };
  expect(implausibilities(defaultOfflineBounds('EUR'), saleOf({}), [issue], NOW)).toEqual([
    {
      code: 'IMPLAUSIBLE_TOTAL',
      rule: 'offline.maxTotal',
      message: 'Is too large.',
      item: 3,
      sold: null,
      present: null,
      difference: null,
    },
  ]);
});

it('has no reason to hold a plausible sale, with or without its time', () => {
  expect(implausibilities(defaultOfflineBounds('EUR'), saleOf({}), [], NOW)).toEqual([]);
  expect(implausibilities(defaultOfflineBounds('EUR'), saleOf({}, { soldAt: NOW }), [], NOW)).toEqual([]);
});

it('names the sold quantity and the bound in the same unit', () => {
  const [reason] = implausibilities(
    defaultOfflineBounds('EUR'),
    saleOf({ unit: 'g', listPrice: '0.01', quantity: '2000000' }),
    [],
    NOW,
  );
  expect(reason).toMatchObject({
    code: 'IMPLAUSIBLE_QUANTITY',
    item: 0,
    sold: '2000000',
    present: '1000000',
    message: '2000000 g of "Tea" in one line; the maximum is 1000000.',
  });
});
