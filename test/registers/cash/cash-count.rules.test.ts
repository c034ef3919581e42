import { countedTotal } from '#subgraphs/registers/cash/cash-count.rules';
import { refusalOf } from '#test/harness/refusal';
import { amount as d } from '#test/harness/values';

const of = (value: string, count: number) => ({ value: d(value), count });
const counted = (cash: string | null, denominations?: ReturnType<typeof of>[]) =>
  countedTotal(
    'EUR',
    { countedCash: cash === null ? null : d(cash), denominations },
    'countedCash',
  )?.toFixed() ?? null;
const errorsOf = (work: () => unknown) => refusalOf(work).errors;

it('is the entered sum, the sum of the notes and coins, or null', () => {
  expect(countedTotal('EUR', {}, 'countedCash')).toBeNull();
  expect(counted(null)).toBeNull();
  expect(counted('0')).toBe('0');
  expect(counted('100.6')).toBe('100.6');
  expect(counted(null, [of('50', 2), of('0.2', 3)])).toBe('100.6');
  expect(counted(null, [])).toBe('0');
  expect(counted(null, [of('50', 0)])).toBe('0');
  expect(counted('100.6', [of('50', 2), of('0.2', 3)])).toBe('100.6');
});

it('rejects a sum that differs from the notes and coins', () => {
  const message = 'The notes and coins sum to 100.60 EUR, not to 100.00 EUR.';
  expect(errorsOf(() => counted('100', [of('50', 2), of('0.2', 3)]))).toEqual([
    { field: 'countedCash', message, code: 'COUNT_MISMATCH' },
  ]);
});

it('names each invalid note or coin', () => {
  const count = { message: 'Must be a whole number from 0 to 1000000.', code: 'INVALID' };
  const wrong = [
    of('0', 1),
    of('5', 1.5),
    of('5', -1),
    of('5', 1_000_001),
    of('-5', 1),
    of('0.001', 1),
    of('5', 1_000_000),
  ];
  expect(errorsOf(() => counted(null, wrong))).toEqual([
    { field: 'denominations.0.value', message: 'Must be above zero.', code: 'NOT_POSITIVE' },
    { field: 'denominations.1.count', ...count },
    { field: 'denominations.2.count', ...count },
    { field: 'denominations.3.count', ...count },
    { field: 'denominations.4.value', message: 'Must be above zero.', code: 'NOT_POSITIVE' },
    { field: 'denominations.5.value', message: 'EUR has 2 decimal places.', code: 'PRECISION' },
  ]);
});

it('accepts up to fifty kinds of notes and coins', () => {
  expect(counted(null, Array<ReturnType<typeof of>>(50).fill(of('1', 1)))).toBe('50');
  expect(errorsOf(() => counted(null, Array<ReturnType<typeof of>>(51).fill(of('1', 1))))).toEqual([
    { field: 'denominations', message: '50 kinds at most.', code: 'TOO_MANY' },
  ]);
});

it('rejects a sum that is negative, has parts of a cent, or is too large to be stored', () => {
  expect(errorsOf(() => counted('-0.01'))).toEqual([
    { field: 'countedCash', message: 'Must not be negative.', code: 'NEGATIVE' },
  ]);
  expect(errorsOf(() => counted('0.001'))?.[0]?.code).toBe('PRECISION');
  const most = '999999999999999';
  const tooMuch = [of(most, 1), of('1', 1)];
  expect(errorsOf(() => counted(null, tooMuch))).toEqual([
    { field: 'countedCash', message: `Must not be above ${most}.`, code: 'TOO_LARGE' },
  ]);
});
