/** The tables by channel and by branch. */
import fc from 'fast-check';
import { channelRows, strongestFirst } from '../../web/dashboard/breakdown-rows';

const total = (salesCount: number | null, netSales = '0.00') => ({ total: { salesCount, netSales } });

it('lists the channels that sold, in their order', () => {
  expect(channelRows(undefined)).toEqual([]);
  const none = { pos: total(null), web: total(0), phone: total(null), marketplace: total(0) };
  expect(channelRows(none)).toEqual([]);
  expect(channelRows({ ...none, marketplace: total(2, '9.00'), pos: total(5, '-1.00') })).toEqual([
    { channel: 'pos', salesCount: 5, netSales: '-1.00' },
    { channel: 'marketplace', salesCount: 2, netSales: '9.00' },
  ]);
});

it('sorts amounts as numbers, keeps equals in their order, and changes nothing else', () => {
  const rows = ['9.00', '100.00', '-3.00', '20.50'].map((netSales) => ({ netSales }));
  expect(strongestFirst(rows).map(({ netSales }) => netSales)).toEqual(['100.00', '20.50', '9.00', '-3.00']);
  const row = fc.record({
    netSales: fc.integer({ min: -300, max: 300 }).map((cents) => (cents / 100).toFixed(2)),
  });
  fc.assert(
    fc.property(fc.array(row), (drawn) => {
      const numbered = drawn.map((one, place) => ({ ...one, place }));
      const sorted = strongestFirst(numbered);
      expect([...sorted].sort((a, b) => a.place - b.place)).toEqual(numbered);
      for (const [at, one] of sorted.entries()) {
        const next = sorted[at + 1];
        if (!next) continue;
        const [amount, following] = [Number(one.netSales), Number(next.netSales)];
        expect(amount > following || (amount === following && one.place < next.place)).toBe(true);
      }
    }),
  );
});
