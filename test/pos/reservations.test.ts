/** Sales that name reservations; `validate` lists the issues with which `checkout` would reject them. */
import { levelsOf, reserveGoods } from '#subgraphs/inventory/index';
import { releaseReservations } from '#subgraphs/inventory/reservations/manual-reservations';
import { listReservations } from '#subgraphs/inventory/reservations/reservations';
import { checkout } from '#subgraphs/pos/sale/checkout';
import type { CheckoutInput, CheckoutItemInput } from '#subgraphs/pos/inputs.generated';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount, codeOf, errorOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => (db = await testDatabase()));
beforeEach(async () => (till = await openTill(db)));
afterAll(() => db.close());

const of = (sku: string, quantity: number): CheckoutItemInput => ({ sku, quantity: amount(quantity) });
const sale = (items: CheckoutItemInput[], reservations?: string[]): CheckoutInput => ({
  items,
  reservations,
  paymentMethod: 'card',
});
const hold = (reference: string, items: CheckoutItemInput[]) => reserveGoods(till.ctx, { reference, items });
/** On hand, reserved and available. */
const level = async (sku: string) => {
  const { variantId } = till.items[sku]!;
  const { onHand, reserved, available } = (await levelsOf(till.ctx.db, [variantId], till.branchId)).get(
    variantId,
  )!;
  return [onHand, reserved, available].map((figure) => figure.toFixed()).join('/');
};
const issues = async (input: CheckoutInput) =>
  (await validateCheckout(till.ctx, input)).issues.map(({ code, field, reason }) => [code, field, reason]);

it('sells the last, reserved pieces only to a sale that names the reservation', async () => {
  await hold('cart-1', [of('LAST', 3), of('TEA', 2)]);
  const others = sale([of('LAST', 1)]);
  expect(await issues(others)).toEqual([['INSUFFICIENT_STOCK', 'items.0.quantity', 'INSUFFICIENT_STOCK']]);
  expect(await codeOf(checkout(till.ctx, others))).toBe('INSUFFICIENT_STOCK');
  const own = sale([of('LAST', 2), of('BREAD', 1)], ['cart-1']);
  expect(await issues(own)).toEqual([]);
  expect((await calculateCheckout(till.ctx, own)).total.toFixed()).toBe('22.99');
  // Neither of the two has written anything.
  expect([await level('LAST'), await level('TEA')]).toEqual(['3/3/0', '1000/2/998']);
  const { order } = await checkout(till.ctx, own);
  expect(order.total.toFixed()).toBe('22.99');
  // One piece of the three and the tea were not bought: everybody can have them.
  expect([await level('LAST'), await level('TEA')]).toEqual(['1/0/1', '1000/0/1000']);
  const states = (await listReservations(till.ctx, { reference: 'cart-1' })).items.map(
    (one) => `${one.sku} ${one.status}`,
  );
  expect(states.sort()).toEqual(['LAST consumed', 'TEA released']);
});

it('sells by the id of one reservation, which leaves the others of its reference', async () => {
  const { items } = await hold('cart-2', [of('LAST', 2), of('TEA', 2)]);
  const one = items.find(({ sku }) => sku === 'LAST')!;
  await checkout(till.as(['pos:sell']), { ...sale([of('LAST', 3)], [one.id]), registerId: till.registerId });
  expect([await level('LAST'), await level('TEA')]).toEqual(['0/0/0', '1000/2/998']);
});

it('takes one statement more than a sale without reservations, whatever is reserved', async () => {
  const input = (reservations?: string[]): CheckoutInput =>
    sale([of('TEA', 1), of('BREAD', 2)], reservations);
  await checkout(till.ctx, input());
  const without = await statementsOf(() => checkout(till.ctx, input()));
  const empty = await statementsOf(() => checkout(till.ctx, input([])));
  await hold('cart-3', [of('TEA', 1), of('BREAD', 2), of('GIFT', 1), of('LAST', 1)]);
  const named = await statementsOf(() => checkout(till.ctx, input(['cart-3'])));
  expect(empty).toHaveLength(without.length);
  expect(named).toHaveLength(without.length + 1);
  expect([await level('GIFT'), await level('LAST')]).toEqual(['1000/0/1000', '3/0/3']);
});

it('rejects reservations that have ended, as validate does, and writes nothing', async () => {
  await hold('gone', [of('LAST', 1)]);
  await releaseReservations(till.ctx, { reservations: ['gone'] });
  const input = sale([of('LAST', 1)], ['gone', 'nobody']);
  expect(await issues(input)).toEqual([
    ['ILLEGAL_STATE', 'reservations.0', 'RESERVATION_RELEASED'],
    ['VALIDATION_FAILED', 'reservations.1', 'RESERVATION_NOT_FOUND'],
  ]);
  const before = await rowCounts(db);
  const unknown = await errorOf(checkout(till.ctx, input));
  expect([unknown.status, unknown.errors]).toEqual([
    422,
    [
      {
        field: 'reservations.1',
        code: 'RESERVATION_NOT_FOUND',
        message: 'There is no reservation under "nobody".',
      },
    ],
  ]);
  const ended = await errorOf(checkout(till.ctx, sale([of('LAST', 1)], ['gone'])));
  expect([ended.status, ended.code, ended.errors!.map(({ code }) => code)]).toEqual([
    409,
    'ILLEGAL_STATE',
    ['RESERVATION_RELEASED'],
  ]);
  const many = await errorOf(
    checkout(
      till.ctx,
      sale(
        [of('LAST', 1)],
        Array.from({ length: 21 }, () => 'gone'),
      ),
    ),
  );
  expect(many.errors).toMatchObject([{ field: 'reservations', code: 'TOO_MANY' }]);
  expect(await rowCounts(db)).toEqual(before);
});

it('means nothing of another shop', async () => {
  await hold('theirs', [of('LAST', 1)]);
  const { items } = await hold('theirs', [of('LAST', 1)]);
  const stranger = await openTill(db);
  for (const name of ['theirs', items[0]!.id]) {
    const error = await errorOf(checkout(stranger.ctx, sale([of('LAST', 1)], [name])));
    expect(error.errors).toMatchObject([{ code: 'RESERVATION_NOT_FOUND' }]);
  }
  expect(await level('LAST')).toBe('3/2/1');
});

it('sells it once, however many tills name it, and answers a retry by the same sale', async () => {
  await hold('wanted', [of('LAST', 3)]);
  const input = sale([of('LAST', 3)], ['wanted']);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => checkout(till.ctx, { ...input, registerId: till.registerId })),
  );
  const refused = outcomes.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
  );
  expect(refused).toEqual(Array.from({ length: 9 }, () => 'ILLEGAL_STATE'));
  expect(await level('LAST')).toBe('0/0/0');
  await hold('again', [of('TEA', 1)]);
  const retried = { ...sale([of('TEA', 1)], ['again']), clientReference: till.ctx.ids.next() };
  const [first, second] = [await checkout(till.ctx, retried), await checkout(till.ctx, retried)];
  expect(second.order.id).toBe(first.order.id);
});
