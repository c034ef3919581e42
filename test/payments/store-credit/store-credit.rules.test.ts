import fc from 'fast-check';
import { sum } from '#kernel/decimal';
import {
  isExpired,
  restoreLots,
  spendable,
  useLots,
  type Lot,
  type LotChange,
} from '#subgraphs/payments/store-credit/store-credit.rules';
import { amount } from '#test/harness/values';

const NOW = new Date('2026-11-26T12:00:00Z');
const day = (days: number) => new Date(NOW.getTime() + days * 86_400_000);
const lot = (id: string, remaining: number, expiresAt: Date | null = null): Lot => ({
  id,
  remaining: amount(remaining),
  expiresAt,
});
const shown = (changes: readonly LotChange[]) =>
  changes.map(({ lotId, amount: value }) => `${lotId} ${value.toFixed()}`);

const LOTS = [
  lot('c', 10),
  lot('b', 10, day(30)),
  lot('a', 10, day(7)),
  lot('old', 4, day(0)),
  lot('empty', 0, day(1)),
];

it('uses the lots that expire first, and writes off what has expired', () => {
  const use = useLots(LOTS, amount(25), NOW);
  expect([shown(use.used), shown(use.expired), use.missing.toFixed()]).toEqual([
    ['a -10', 'b -10', 'c -5'],
    ['old -4'],
    '0',
  ]);
  expect(spendable(LOTS, NOW)).toEqual(amount(30));
  const more = useLots(LOTS, amount('30.01'), NOW);
  expect(more.missing).toEqual(amount('0.01'));
});

it('restores the lots that last longest', () => {
  const taken = [lot('a', 10, day(7)), lot('b', 10, day(30)), lot('c', 5)];
  expect(shown(restoreLots(taken, amount(12), NOW).restored)).toEqual(['c 5', 'b 7']);
  // What has expired meanwhile cannot be restored.
  const later = restoreLots(taken, amount(25), day(8));
  expect([shown(later.restored), later.missing.toFixed()]).toEqual([['c 5', 'b 10'], '10']);
});

const lots = fc.array(
  fc.record({ cents: fc.integer({ min: 0, max: 5_000 }), days: fc.option(fc.integer({ min: -5, max: 5 })) }),
  { maxLength: 6 },
).map((list) => list.map(({ cents, days }, index) => lot(`lot ${index}`, cents / 100, days === null ? null : day(days)))); // prettier-ignore

it('takes exactly the amount, or says how much is missing; and all of it can be restored', () => {
  fc.assert(
    fc.property(lots, fc.integer({ min: 0, max: 20_000 }), (given, cents) => {
      const wanted = amount(cents).dividedBy(100);
      const { used, missing } = useLots(given, wanted, NOW);
      const taken = sum(used.map((change) => change.amount)).negated();
      expect(taken.plus(missing)).toEqual(wanted);
      expect(missing.isZero()).toBe(wanted.lessThanOrEqualTo(spendable(given, NOW)));
      const byId = new Map(given.map((one) => [one.id, one]));
      for (const { lotId, amount: change } of used) {
        expect(isExpired(byId.get(lotId)!, NOW)).toBe(false);
        expect(change.negated().lessThanOrEqualTo(byId.get(lotId)!.remaining)).toBe(true);
      }
      const back = used.map(({ lotId, amount: change }) => ({
        ...byId.get(lotId)!,
        remaining: change.negated(),
      }));
      const { restored, missing: lost } = restoreLots(back, taken, NOW);
      expect(lost.isZero()).toBe(true);
      expect(shown(restored).sort()).toEqual(
        shown(used.map((change) => ({ ...change, amount: change.amount.negated() }))).sort(),
      );
    }),
  );
});
