/** A11: Benford's law, on amounts that spread enough, and on real ones that do not. */
import path from 'node:path';
import { existsSync } from 'node:fs';
import { DIGITS, checkFirstDigits, expectedShare } from '#subgraphs/analytics/manual-amounts/benford.rules';
import { readRetailDay } from '#test/day/retail-day';

const FOLDER = path.resolve(__dirname, '../../../shared/data/online-retail');
const onData = existsSync(FOLDER) ? it : it.skip;

/** First digits and spread of amounts, as the query reads them. */
function digitsOf(amounts: readonly number[]) {
  const sorted = [...amounts].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  const counts = DIGITS.map(
    (digit) => amounts.filter((amount) => amount.toExponential().startsWith(String(digit))).length,
  );
  return { counts, low: at(0.05), high: at(0.95) };
}

it('A11: expects 30.1 % ones and 4.6 % nines, one in sum', () => {
  expect([1, 9].map((digit) => expectedShare(digit).toFixed(3))).toEqual(['0.301', '0.046']);
  expect(DIGITS.reduce((sum, digit) => sum + expectedShare(digit), 0)).toBeCloseTo(1, 12);
});

onData.each([
  ['2010-12-01', 3_098, 0.0231],
  ['2010-12-02', 2_107, 0.038],
])('A11: the lines of %s (n %d, MAD %d) do not spread enough', (date, count, deviation) => {
  const { invoices } = readRetailDay(path.join(FOLDER, `${date}.csv`));
  const amounts = invoices
    .flatMap(({ lines }) => lines.map(({ quantity, price }) => quantity.times(price).abs().toNumber()))
    .filter((amount) => amount > 0);
  const check = checkFirstDigits(digitsOf(amounts));
  expect([check.count, check.verdict]).toEqual([count, 'too_narrow']);
  expect(check.deviation).toBeCloseTo(deviation, 4);
  expect(check.magnitudes).toBeGreaterThan(1.6);
  expect(check.magnitudes).toBeLessThan(1.8);
});

it('A11: accepts amounts that follow the law, and points at amounts that do not', () => {
  const growth = Array.from({ length: 1_000 }, (_, index) => 1.0069 ** index);
  expect(checkFirstDigits(digitsOf(growth)).verdict).toBe('as_expected');
  // Half of the amounts just below an approval limit of 50.
  const invented = growth.map((amount, index) => (index % 2 === 0 ? 49 : amount));
  expect(checkFirstDigits(digitsOf(invented))).toMatchObject({ count: 1_000, verdict: 'look_closer' });
});

it('A11: says nothing of few amounts, or of none', () => {
  expect(checkFirstDigits(digitsOf([1, 10, 100])).verdict).toBe('too_few');
  expect(checkFirstDigits({ counts: DIGITS.map(() => 0), low: 1, high: 1 })).toEqual({
    count: 0,
    magnitudes: null,
    deviation: null,
    verdict: 'too_few',
  });
});
