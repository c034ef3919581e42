/** Which batch goods are of. */
import fc from 'fast-check';
import { sum } from '#kernel/decimal';
import { serveFromBatches, type BatchLine, type HeldBatch } from '#subgraphs/inventory/batches/batches.rules';
import { amount as d } from '#test/harness/values';

const TODAY = '2026-06-15';
const held = (id: string, quantity: number, expiresOn: string | null = null, batchNumber: string | null = id): HeldBatch => ({
  id, batchNumber, expiresOn, quantity: d(quantity),
}); // prettier-ignore
const line = (quantity: number | string, more: Partial<BatchLine> = {}): BatchLine => ({
  quantity: d(quantity), sold: false, negative: false, ...more,
}); // prettier-ignore

function serve(batches: HeldBatch[], lines: BatchLine[]) {
  let next = 0;
  const outcome = serveFromBatches(batches, lines, TODAY, () => `new-${(next += 1)}`);
  return {
    batches: outcome.batches.map(
      (batch) => `${batch.id} ${batch.batchNumber} ${batch.expiresOn} ${batch.quantity.toFixed()}`,
    ),
    parts: outcome.parts.map((parts) =>
      parts.map((part) => `${part.batchNumber} ${part.expiresOn} ${part.quantity.toFixed()}`),
    ),
    short: outcome.short.map(({ index, available, expired }) => ({
      index,
      available: available.toFixed(),
      expired,
    })),
  };
}

describe('goods that go out', () => {
  it('are of the batch that expires first; of those without a date, the oldest', () => {
    const stock = [held('c', 5), held('b', 5), held('late', 5, '2026-12-31'), held('soon', 5, '2026-07-01')];
    expect(serve(stock, [line(-13)])).toEqual({
      batches: ['c c null 5', 'b b null 2', 'late late 2026-12-31 0', 'soon soon 2026-07-01 0'],
      parts: [['soon 2026-07-01 -5', 'late 2026-12-31 -5', 'b null -3']],
      short: [],
    });
  });

  it('leave the batches that were handed in as they were', () => {
    const stock = [held('a', 5)];
    serve(stock, [line(-2)]);
    expect(stock).toEqual([held('a', 5)]);
  });

  it('pass over what has expired where they are sold, and on its last day it still goes', () => {
    const stock = [held('old', 5, '2026-06-14'), held('today', 2, TODAY), held('later', 9, '2026-07-01')];
    expect(serve(stock, [line(-3, { sold: true })]).parts).toEqual([
      [`today ${TODAY} -2`, 'later 2026-07-01 -1'],
    ]);
    // Thrown away or moved, it goes first.
    expect(serve(stock, [line(-3)]).parts).toEqual([['old 2026-06-14 -3']]);
    // Named, it is sold all the same: somebody holds it in their hand.
    const named = { batchNumber: 'old', expiresOn: null };
    expect(serve(stock, [line(-3, { sold: true, batch: named })]).parts).toEqual([['old 2026-06-14 -3']]);
  });

  it('fall short with what there is, and whether more of it has expired', () => {
    const stock = [held('old', 5, '2026-06-14'), held('good', 2, '2026-07-01')];
    expect(serve(stock, [line(-3, { sold: true })]).short).toEqual([
      { index: 0, available: '2', expired: true },
    ]);
    expect(serve([held('good', 2)], [line(-3, { sold: true })]).short).toEqual([
      { index: 0, available: '2', expired: false },
    ]);
    expect(serve([held('good', 2)], [line(-1), line(-2)]).short).toEqual([
      { index: 1, available: '1', expired: false },
    ]);
    expect(serve([], [line(-1)]).short).toEqual([{ index: 0, available: '0', expired: false }]);
  });

  it('are served below zero where they must be: what is left, expired or not, then nobody knows which', () => {
    const stock = [held('old', 5, '2026-06-14'), held('good', 2, '2026-07-01')];
    expect(serve(stock, [line(-9, { sold: true, negative: true })])).toEqual({
      batches: ['old old 2026-06-14 0', 'good good 2026-07-01 0', 'new-1 null null -2'],
      parts: [['good 2026-07-01 -2', 'old 2026-06-14 -5', 'null null -2']],
      short: [],
    });
    expect(serve(stock, [line(-7, { sold: true, negative: true })]).batches).toHaveLength(2);
  });

  it('are of the named batch: by number alone, or by number and date', () => {
    const stock = [held('1', 5, '2026-07-01', 'LOT'), held('2', 5, '2026-08-01', 'LOT'), held('3', 5, '2026-08-01', null)];
    const of = (batchNumber: string | null, expiresOn: string | null) => serve(stock, [line(-6, { batch: { batchNumber, expiresOn } })]);
    expect(of('LOT', null).parts).toEqual([['LOT 2026-07-01 -5', 'LOT 2026-08-01 -1']]);
    expect(of('LOT', '2026-08-01').short).toEqual([{ index: 0, available: '5', expired: false }]);
    expect(of(null, '2026-08-01').parts).toEqual([['null 2026-08-01 -5']]);
    expect(of(null, null).short).toEqual([{ index: 0, available: '0', expired: false }]);
    expect(of('OTHER', null).short).toEqual([{ index: 0, available: '0', expired: false }]);
  }); // prettier-ignore
});

describe('goods that come in', () => {
  it('go to their batch, or to a new one, or to the unknown one', () => {
    const stock = [held('1', 5, '2026-07-01', 'LOT')];
    const lot = { batchNumber: 'LOT', expiresOn: '2026-07-01' };
    const other = { batchNumber: 'LOT', expiresOn: '2026-09-01' };
    expect(serve(stock, [line(2, { batch: lot }), line(3, { batch: other }), line(1), line(4)])).toEqual({
      batches: ['1 LOT 2026-07-01 7', 'new-1 LOT 2026-09-01 3', 'new-2 null null 5'],
      parts: [['LOT 2026-07-01 2'], ['LOT 2026-09-01 3'], ['null null 1'], ['null null 4']],
      short: [],
    });
  });

  it('first make good what was sold without a batch', () => {
    const stock = [held('a', 3), held('debt', -4, null, null)];
    const lot = { batchNumber: 'NEW', expiresOn: null };
    expect(serve(stock, [line(10, { batch: lot })])).toEqual({
      batches: ['a a null 3', 'debt null null 0', 'new-1 NEW null 6'],
      parts: [['null null 4', 'NEW null 6']],
      short: [],
    });
    expect(serve(stock, [line(4, { batch: lot })]).parts).toEqual([['null null 4']]);
    expect(serve(stock, [line(1, { batch: lot })]).batches).toEqual(['a a null 3', 'debt null null -3']);
  });

  it('are there before anything of the same movement goes out', () => {
    expect(serve([], [line(-2), line(2)]).short).toEqual([]);
    expect(serve([], [line(-2), line(2)]).parts).toEqual([['null null -2'], ['null null 2']]);
  });
});

it('moves nothing for a line of zero', () => {
  expect(serve([held('a', 1)], [line(0)])).toEqual({ batches: ['a a null 1'], parts: [[]], short: [] });
});

it('keeps the sum: what was there and what moved is what is there', () => {
  const batch = fc.record({ quantity: fc.integer({ min: -5, max: 20 }), expiresOn: fc.constantFrom(null, '2026-06-14', TODAY, '2026-07-01') });
  const move = fc.record({ quantity: fc.integer({ min: -15, max: 15 }), sold: fc.boolean(), negative: fc.boolean() });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 6 }), fc.array(move, { maxLength: 6 }), (batches, moves) => {
      const stock = batches.map(({ quantity, expiresOn }, index) => held(String(index), quantity, expiresOn));
      const lines = moves.map(({ quantity, sold, negative }) => line(quantity, { sold, negative }));
      const outcome = serveFromBatches(stock, lines, TODAY, () => 'new');
      const moved = sum(outcome.parts.flat().map((part) => part.quantity));
      const before = sum(stock.map(({ quantity }) => quantity));
      expect(sum(outcome.batches.map(({ quantity }) => quantity)).equals(before.plus(moved))).toBe(true);
      outcome.parts.forEach((parts, index) => {
        const short = outcome.short.find((each) => each.index === index);
        const expected = short ? short.available.negated() : lines[index]!.quantity;
        expect(sum(parts.map(({ quantity }) => quantity)).equals(expected)).toBe(true);
      });
    }),
  );
}); // prettier-ignore
