/**
 * Orders of random goods, discounts and rates, through random edits, shipments, cancellations and refunds of every kind, in EUR, JPY and
 * KWD: after each step the parts sum to the whole and no refund exceeds what was paid; after the last one no unit of money is left.
 */
import fc from 'fast-check';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { currencyExponent } from '#kernel/money';
import { editOrder } from '#subgraphs/orders/editing/edit-order';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { orderById, partiallyRefundOrder, refundOrder, type FullOrder } from '#subgraphs/orders/index';
import { dueAmount, unshippedQuantity } from '#subgraphs/orders/order/order-balance.rules';
import { ordersOfOriginals } from '#subgraphs/orders/order/orders.queries';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { paymentsOfOrders } from '#subgraphs/payments/index';
import { checkDays } from '#test/pos/day-figures';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const SKUS = ['A', 'B', 'C'];

type Step =
  | { kind: 'edit'; add: string | null; remove: number | null; quantity: number }
  | { kind: 'ship' | 'cancel' | 'refund'; line: number; quantity: number }
  | { kind: 'goodwill' | 'shipping'; share: number };

const quantities = fc.integer({ min: 1, max: 3 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('edit' as const),
    add: fc.option(fc.constantFrom(...SKUS)),
    remove: fc.option(fc.nat(4)),
    quantity: quantities,
  }),
  fc.record({
    kind: fc.constantFrom('ship' as const, 'cancel' as const, 'refund' as const),
    line: fc.nat(4),
    quantity: quantities,
  }),
  fc.record({
    kind: fc.constantFrom('goodwill' as const, 'shipping' as const),
    share: fc.integer({ min: 1, max: 90 }),
  }),
);

describe.each([
  ['EUR', { A: '19.99', B: '4.50', C: '0.35' }],
  ['JPY', { A: '1999', B: '450', C: '7' }],
  ['KWD', { A: '1.999', B: '0.450', C: '0.007' }],
])('in %s', (currency, prices) => {
  let till: Till;
  beforeAll(async () => {
    till = await openTill(db, {
      currency,
      articles: [
        { sku: 'A', price: prices.A, stock: '100000', tax: '19' },
        { sku: 'B', price: prices.B, stock: '100000', tax: '7' },
        { sku: 'C', price: prices.C, stock: '100000', tax: '19' },
      ],
    });
  });
  afterAll(() => checkDays(till));

  it('leaves nothing after any sequence of edits, cancellations and refunds', async () => {
    const order = fc.record({
      quantities: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      percent: fc.integer({ min: 0, max: 60 }),
      shipping: fc.boolean(),
      status: fc.constantFrom('pending' as const, 'confirmed' as const),
      paidPercent: fc.constantFrom(0, 50, 100),
      steps: fc.array(steps, { maxLength: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(order, async ({ quantities: counts, steps: plan, ...terms }) => {
        const placed = await place(till, currency, { counts, ...terms });
        for (const step of plan) {
          await take(till, placed.id, step, currency);
          for (const one of await family(till, placed.id)) await checkOrder(till, one);
        }
        for (const one of await family(till, placed.id)) await endOrder(till, one.id);
        await checkEnd(till, placed.id);
      }),
      { numRuns: 15 },
    );
  });
});

interface Placing {
  counts: number[];
  percent: number;
  shipping: boolean;
  status: 'pending' | 'confirmed';
  paidPercent: number;
}

async function place(
  till: Till,
  currency: string,
  { counts, percent, shipping, status, paidPercent }: Placing,
): Promise<FullOrder> {
  const input = {
    channel: 'web' as const,
    items: counts.map((quantity, index) => ({ sku: SKUS[index]!, quantity: amount(quantity) })),
    discount: { percent: amount(percent) },
    shipping: shipping ? { amount: amount(currency === 'JPY' ? '490' : '4.90') } : null,
    status,
  };
  const { order } = await createOrder(till.ctx, input);
  const paid = order.total
    .times(paidPercent)
    .dividedBy(100)
    .toDecimalPlaces(currencyExponent(currency), Decimal.ROUND_DOWN);
  if (paid.isZero()) return order;
  await cancelOrder(till.ctx, order.id, {});
  return (await createOrder(till.ctx, { ...input, payments: [{ method: 'card', amount: paid }] })).order;
}

/** The order and its supplements. */
async function family(till: Till, id: string): Promise<FullOrder[]> {
  const supplements = (await ordersOfOriginals(till.ctx.db, 'sale', [id])).get(id) ?? [];
  return Promise.all([id, ...supplements.map((one) => one.id)].map((each) => orderById(till.ctx.db, each)));
}

/** Takes a step, if the order permits it: a step that is rejected must leave everything as it was. */
async function take(till: Till, id: string, step: Step, currency: string): Promise<void> {
  const order = await orderById(till.ctx.db, id);
  try {
    await work(till, order, step, currency);
  } catch (error) {
    if (!(error instanceof PosProError) || error.status >= 500) throw error;
    expect(await orderById(till.ctx.db, id)).toEqual(order);
  }
}

function work(till: Till, order: FullOrder, step: Step, currency: string): Promise<unknown> {
  const { ctx } = till;
  const named = (index: number, quantity: number) => [
    { itemId: order.lines[index % order.lines.length]!.id, quantity: amount(quantity) },
  ];
  const part = (of: Decimal, share: number) =>
    of.times(share).dividedBy(100).toDecimalPlaces(currencyExponent(currency));
  switch (step.kind) {
    case 'edit':
      return editOrder(ctx, order.id, {
        add: step.add === null ? [] : [{ sku: step.add, quantity: amount(step.quantity) }],
        remove: step.remove === null ? [] : named(step.remove, step.quantity),
      });
    case 'ship':
      return shipOrder(ctx, order.id, { items: named(step.line, step.quantity) });
    case 'cancel':
      return cancelOrder(ctx, order.id, { items: named(step.line, step.quantity) });
    case 'refund':
      return partiallyRefundOrder(ctx, order.id, { items: named(step.line, step.quantity) });
    case 'goodwill':
      return partiallyRefundOrder(ctx, order.id, {
        amount: part(order.total.minus(order.refundedTotal), step.share),
      });
    case 'shipping':
      return partiallyRefundOrder(ctx, order.id, { shippingAmount: part(order.shippingTotal, step.share) });
  }
}

/** Ends an order: what was not shipped is cancelled, and the rest refunded. */
async function endOrder(till: Till, id: string): Promise<void> {
  const order = await orderById(till.ctx.db, id);
  if (order.status === 'cancelled' || order.status === 'refunded') return;
  if (order.lines.some((line) => unshippedQuantity(line).greaterThan(ZERO)))
    await cancelOrder(till.ctx, id, {});
  const { status } = await orderById(till.ctx.db, id);
  if (status !== 'cancelled' && status !== 'refunded') await refundOrder(till.ctx, id, {});
}

/** The parts of an order sum to the whole, and no more was refunded than paid. */
async function checkOrder(till: Till, order: FullOrder): Promise<void> {
  const { lines, discounts } = order;
  const exact = (value: Decimal) => value.toFixed();
  expect(exact(sum(lines.map(({ total }) => total)).plus(order.shippingTotal))).toBe(exact(order.total));
  expect(exact(sum(lines.map(({ tax }) => tax)).plus(order.shippingTax))).toBe(exact(order.taxTotal));
  expect(exact(sum(discounts.map((row) => row.amount)))).toBe(exact(order.discountTotal));
  const returns = (await ordersOfOriginals(till.ctx.db, 'return', [order.id])).get(order.id) ?? [];
  const refunded = sum(lines.map((line) => line.refundedAmount)).plus(order.shippingRefunded);
  expect(exact(sum(returns.map(({ total }) => total)).negated())).toBe(exact(refunded));
  expect(
    sum(returns.map(({ paid }) => paid))
      .negated()
      .lessThanOrEqualTo(order.paid),
  ).toBe(true);
  expect(dueAmount(order).isNegative()).toBe(false);
}

/** Nothing is due, and the customer has got back what they paid. */
async function checkEnd(till: Till, id: string): Promise<void> {
  const orders = await family(till, id);
  expect(orders.map((order) => dueAmount(order).toFixed())).toEqual(orders.map(() => '0'));
  const returns = await ordersOfOriginals(
    till.ctx.db,
    'return',
    orders.map((order) => order.id),
  );
  const ids = [...orders, ...[...returns.values()].flat()].map((order) => order.id);
  const payments = [...(await paymentsOfOrders(till.ctx.db, ids)).values()].flat();
  expect(sum(payments.map((payment) => payment.amount)).toFixed()).toBe('0');
}
