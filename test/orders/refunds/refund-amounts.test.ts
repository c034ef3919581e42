/** Refunds of amounts without goods, of shipping, and their previews. */
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/index';
import type { CreateOrderInput, PartiallyRefundOrderInput } from '#subgraphs/orders/inputs.generated';
import { deliverOrder } from '#subgraphs/orders/fulfilment/deliver-order';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { previewRefund } from '#subgraphs/orders/refunds/refunds';
import { checkout } from '#subgraphs/pos/index';
import { checkDays } from '#test/pos/day-figures';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db, {
    cashRoundingStep: amount('0.05'),
    articles: [
      { sku: 'CUP', price: '3.3333', stock: '1000' },
      { sku: 'COAT', price: '119.00', stock: '100' },
      { sku: 'BOOK', price: '107.00', tax: '7', stock: '100' },
      { sku: 'ODD', price: '6.26', stock: '100' },
      { sku: 'EVEN', price: '6.27', stock: '100' },
    ],
  });
});
afterAll(async () => {
  await checkDays(till);
  await db.close();
});

const sell = async (...skus: string[]) =>
  (await checkout(till.ctx, { items: skus.map((sku) => ({ sku })), paymentMethod: 'card' })).order.id;
const cups = async () => {
  const items = [{ sku: 'CUP', quantity: amount(3) }];
  return (await checkout(till.ctx, { items, paymentMethod: 'card' })).order.id;
};
const refund = async (id: string, input: PartiallyRefundOrderInput) => {
  const { order } = await partiallyRefundOrder(till.ctx, id, input);
  return order.total.negated().toFixed(2);
};
const one = (sku: string) => ({ items: [{ sku, quantity: amount(1) }] });
const goodwill = (value: string) => ({ amount: amount(value) });

it.each([
  ['1.00, then three units', [goodwill('1.00'), one('CUP'), one('CUP'), one('CUP')], ['1.00', '3.00', '3.00', '3.00']],
  ['one unit, 1.00, then two', [one('CUP'), goodwill('1.00'), one('CUP'), one('CUP')], ['3.33', '1.00', '2.84', '2.83']],
])('O5: refunds a line of 10.00 by %s to the cent', async (_, steps, amounts) => {
  const id = await cups();
  const refunds: string[] = [];
  for (const step of steps) refunds.push(await refund(id, step));
  expect(refunds).toEqual(amounts);
  const { status, lines, refundedTotal } = await orderById(till.ctx.db, id);
  expect([status, lines[0]!.refundedAmount.toFixed(2), refundedTotal.toFixed(2)]).toEqual(['refunded', '10.00', '10.00']);
  expect(await fieldCodeOf(refund(id, goodwill('0.01')))).toBe('ILLEGAL_STATE');
}); // prettier-ignore

it('O6: spreads an amount over what is left of the lines, with the tax of each', async () => {
  const id = await sell('COAT', 'BOOK');
  const { order } = await partiallyRefundOrder(till.ctx, id, goodwill('50.00'));
  expect(order.lines.map(({ quantity, total, tax }) => [quantity, total, tax].map(Number))).toEqual([
    [0, -26.33, -4.2],
    [0, -23.67, -1.55],
  ]);
  expect(await fieldCodeOf(refund(id, goodwill('176.01')))).toBe('MORE_THAN_LEFT');
  expect(await refund(id, goodwill('176.00'))).toBe('176.00');
  expect((await orderById(till.ctx.db, id)).status).toBe('refunded');
});

it('O8: rounds cash in two returns so that they sum to what was paid', async () => {
  const items = ['ODD', 'EVEN'].map((sku) => ({ sku }));
  const { order } = await checkout(till.ctx, { items, paymentMethod: 'cash' });
  expect([order.subtotal, order.rounding, order.total].map((value) => value.toFixed(2))).toEqual([
    '12.53',
    '0.02',
    '12.55',
  ]);
  expect(await refund(order.id, one('ODD'))).toBe('6.25');
  const rest = await refundOrder(till.ctx, order.id);
  expect(rest.order.total.toFixed(2)).toBe('-6.30');
});

const delivered = async (input: Partial<CreateOrderInput>) => {
  const items = [{ sku: 'COAT', quantity: amount(1) }];
  const shipping = { amount: amount('4.90') };
  const payments = [{ method: 'card' as const, amount: amount('123.90') }];
  const { order } = await createOrder(till.ctx, { channel: 'web', items, shipping, payments, ...input });
  await shipOrder(till.ctx, order.id, {});
  return (await deliverOrder(till.ctx, order.id, {})).id;
};

it('refunds shipping with its tax, alone and with the rest', async () => {
  const id = await delivered({});
  const { order } = await partiallyRefundOrder(till.ctx, id, { shippingAmount: amount('1.90') });
  expect([order.total, order.shippingTotal, order.shippingTax].map((value) => value.toFixed(2))).toEqual(['-1.90', '-1.90', '-0.30']);
  expect(await fieldCodeOf(refund(id, { shippingAmount: amount('3.01') }))).toBe('MORE_THAN_LEFT');
  const { order: rest } = await refundOrder(till.ctx, id);
  // The whole tax of the shipping is 0.78.
  expect([rest.total, rest.shippingTotal, rest.shippingTax].map((value) => value.toFixed(2))).toEqual(['-122.00', '-3.00', '-0.48']);
  expect((await orderById(till.ctx.db, id)).status).toBe('refunded');
}); // prettier-ignore

it('previews a refund to the cent, and writes nothing', async () => {
  const id = await delivered({});
  const before = await orderById(till.ctx.db, id);
  const { plan } = await previewRefund(till.ctx, id, {
    ...goodwill('10.00'),
    shippingAmount: amount('4.90'),
  });
  expect([plan.refund.total.toFixed(2), plan.everything]).toEqual(['14.90', false]);
  const whole = await previewRefund(till.ctx, id, {});
  expect([whole.plan.refund.total.toFixed(2), whole.plan.everything]).toEqual(['123.90', true]);
  expect(await orderById(till.ctx.db, id)).toEqual(before);
});

it('needs items, an amount or shipping, and not both of the first', async () => {
  const id = await sell('COAT');
  expect(await fieldCodeOf(refund(id, {}))).toBe('REQUIRED');
  expect(await fieldCodeOf(refund(id, { ...one('COAT'), ...goodwill('1.00') }))).toBe('INVALID');
  expect(await fieldCodeOf(refund(id, goodwill('0')))).toBe('NOT_POSITIVE');
  expect(await fieldCodeOf(refund(id, goodwill('0.001')))).toBe('PRECISION');
});

it('O, also: refunds the same unit once, however many ask for it at once; the others sold no more', async () => {
  const id = await sell('COAT', 'BOOK');
  const codes = await Promise.all(Array.from({ length: 5 }, () => fieldCodeOf(refund(id, one('COAT')))));
  expect(codes.toSorted()).toEqual([...Array<string>(4).fill('MORE_THAN_SOLD'), 'none']);
  expect((await orderById(till.ctx.db, id)).refundedTotal.toFixed(2)).toBe('119.00');
});
