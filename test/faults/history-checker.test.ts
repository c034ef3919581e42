/** The checker of histories: it accepts what one order explains, and names the call that none does. */
import fc from 'fast-check';
import { offendingCall, type Call } from './history-checker';
import { shopModel, shopOutcome, type ShopAnswer, type ShopOperation, type ShopState } from './shop-model';

const SIZE = { items: 2, warehouses: 2, registers: 2, stock: 3, openingFloat: 10_000, price: 200 };
const model = shopModel(SIZE);
type ShopCall = Call<ShopOperation, ShopAnswer>;

const done = (...figures: number[]): ShopAnswer => ({ done: true, figures });
const failed = (code: string): ShopAnswer => ({ done: false, code });
const sell = (sale: string, quantity: number): ShopOperation => ({
  kind: 'sell',
  sale,
  register: 0,
  item: 0,
  quantity,
});
const read: ShopOperation = { kind: 'read', item: 0 };
const call = (
  id: number,
  operation: ShopOperation,
  answer: ShopAnswer | undefined,
  start: number,
  end: number,
) => ({ id, operation, answer, start, end }) satisfies ShopCall;

/** The id of the call that has no place; undefined for a history that one order explains. */
const offending = (...history: ShopCall[]) => offendingCall(model, history)?.call.id;

describe('a broken history is named', () => {
  it.each<[string, ShopCall[], number]>([
    ['the last units are sold twice', [call(1, sell('a', 3), done(), 0, 2), call(2, sell('b', 3), done(), 3, 4)], 2],
    ['a sale is lost', [call(1, sell('a', 1), done(), 0, 1), call(2, read, done(3, 0, 3, 0), 2, 3)], 2],
    ['a repeated request is done twice', [call(1, sell('a', 1), done(), 0, 1), call(2, read, done(1, 0, 3, 0), 2, 3)], 2],
    ['a transfer is seen half done', [
      call(1, { kind: 'transfer', item: 0, from: 0, to: 1, quantity: 1 }, done(), 0, 9),
      call(2, read, done(2, 0, 3, 0), 2, 3),
    ], 2],
    ['reads go back in time', [
      call(1, sell('a', 1), done(), 0, 9),
      call(2, read, done(2, 0, 3, 0), 1, 2),
      call(3, read, done(3, 0, 3, 0), 3, 4),
    ], 3],
    ['a sale is rejected though there is stock', [call(1, sell('a', 3), failed('INSUFFICIENT_STOCK'), 0, 1)], 1],
    ['a closed register sells', [
      call(1, { kind: 'close', register: 0 }, done(10_000), 0, 1),
      call(2, sell('a', 1), done(), 2, 3),
    ], 2],
    ['a closing misses a sale', [
      call(1, sell('a', 1), done(), 0, 1),
      call(2, { kind: 'close', register: 0 }, done(10_000), 2, 3),
    ], 2],
    ['goods are returned twice', [
      call(1, sell('a', 1), done(), 0, 1),
      call(2, { kind: 'return', sale: 'a', register: 0, quantity: 1 }, done(), 2, 5),
      call(3, { kind: 'return', sale: 'a', register: 0, quantity: 1 }, done(), 3, 6),
    ], 3],
    ['reserved goods are sold', [
      call(1, { kind: 'reserve', reservation: 'r', item: 0, warehouse: 0, quantity: 2 }, done(), 0, 1),
      call(2, sell('a', 2), done(), 2, 3),
    ], 2],
  ])('%s', (_, history, id) => {
    expect(offending(...history)).toBe(id);
  }); // prettier-ignore

  it('with the reason, and the calls at the same time', () => {
    const other = call(8, read, done(3, 0, 3, 0), 0, 9);
    expect(offendingCall(model, [call(7, sell('a', 4), done(), 0, 1), other])).toMatchObject({
      call: { id: 7 },
      reasons: ['answered done [], and should have been INSUFFICIENT_STOCK'],
      concurrent: [{ id: 8 }],
    });
  });
});

describe('an unusual history is accepted', () => {
  it('where calls at the same time are done in the other order', () => {
    expect(
      offending(
        call(1, sell('a', 1), failed('INSUFFICIENT_STOCK'), 0, 9),
        call(2, sell('b', 3), done(), 1, 8),
        call(3, read, done(3, 0, 3, 0), 2, 3),
      ),
    ).toBeUndefined();
  });

  it('where a client gave up, and its call was done later, or never', () => {
    const lost = call(1, sell('a', 1), undefined, 0, Infinity);
    expect(
      offending(lost, call(2, read, done(3, 0, 3, 0), 5, 6), call(3, read, done(2, 0, 3, 0), 7, 8)),
    ).toBeUndefined();
    expect(offending(lost, call(2, read, done(3, 0, 3, 0), 5, 6))).toBeUndefined();
    expect(
      offending(lost, call(2, read, done(2, 0, 3, 0), 5, 6), call(3, read, done(3, 0, 3, 0), 7, 8)),
    ).toBe(3);
  });
});

// --- Random histories ---

const index = fc.nat({ max: 1 });
const few = fc.integer({ min: 1, max: 2 });
const sale = fc.constantFrom('a', 'b');
const operation: fc.Arbitrary<ShopOperation> = fc.oneof(
  fc.record({ kind: fc.constant('sell' as const), sale, register: index, item: index, quantity: few }),
  fc.record({ kind: fc.constant('return' as const), sale, register: index, quantity: few }),
  fc.record({ kind: fc.constant('adjust' as const), item: index, warehouse: index, quantity: fc.constantFrom(-2, -1, 1) }),
  fc.record({ kind: fc.constant('transfer' as const), item: index, from: fc.constant(0), to: fc.constant(1), quantity: few }),
  fc.record({ kind: fc.constant('reserve' as const), reservation: fc.constantFrom('r', 's'), item: index, warehouse: index, quantity: few }),
  fc.record({ kind: fc.constant('release' as const), reservation: fc.constantFrom('r', 's') }),
  fc.record({ kind: fc.constant('read' as const), item: index }),
  fc.record({ kind: fc.constantFrom('close' as const, 'open' as const), register: index }),
); // prettier-ignore

/** Calls that are done one after the other at whole moments, and began and ended up to some time before and after. */
const history = (maxLength: number) =>
  fc.array(fc.tuple(operation, fc.nat({ max: 40 }), fc.nat({ max: 40 }), fc.boolean()), { minLength: 1, maxLength }).map(
    (steps) => {
      let state: ShopState = model.initial;
      return steps.map(([what, before, after, isLost], at): ShopCall => {
        const outcome = shopOutcome(SIZE, state, what);
        state = outcome.state;
        // One in eight gave up.
        const gaveUp = isLost && before % 4 === 0;
        return call(at, what, gaveUp ? undefined : outcome.answer, at - before / 10, gaveUp ? Infinity : at + after / 10);
      });
    },
  ); // prettier-ignore

/** Whether any order explains the history, by trying all of them. */
function isExplained(calls: readonly ShopCall[], state: ShopState = model.initial): boolean {
  if (calls.every(({ end }) => end === Infinity)) return true;
  return calls.some((one) => {
    if (calls.some((other) => other !== one && other.end < one.start)) return false;
    const next = model.step(state, one.operation, one.answer);
    return typeof next !== 'string' && isExplained(calls.filter((other) => other !== one), next);
  });
} // prettier-ignore

it('every history that was done in some order is accepted, however its calls overlap', () => {
  fc.assert(
    fc.property(history(60), (calls) => {
      expect(offendingCall(model, calls)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

it('a history with changed answers is judged as by a trial of all orders, and the first call without a place is named', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom(-1, 1)), { minLength: 1, maxLength: 3 });
  let rejected = 0;
  fc.assert(
    fc.property(history(6), changes, (calls, changed) => {
      const broken = [...calls];
      for (const [at, difference] of changed) {
        const one = broken[at % broken.length]!;
        broken[at % broken.length] = { ...one, answer: one.answer && changedAnswer(one.answer, difference) };
      }
      const found = offendingCall(model, broken);
      expect(found === undefined).toBe(isExplained(broken));
      if (!found) return;
      rejected += 1;
      expect(found.reasons.length).toBeGreaterThan(0);
      // It is the first one: without its answer and the later ones there is an order.
      const { end } = found.call;
      const before = broken.map((one) =>
        one.end < end ? one : { ...one, answer: undefined, end: Infinity },
      );
      expect(isExplained(before)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
  expect(rejected).toBeGreaterThan(200);
});

function changedAnswer(answer: ShopAnswer, difference: number): ShopAnswer {
  if (!answer.done) return done();
  return answer.figures.length > 0
    ? done(answer.figures[0]! + difference, ...answer.figures.slice(1))
    : failed('INSUFFICIENT_STOCK');
}
