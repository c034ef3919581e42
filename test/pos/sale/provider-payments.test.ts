/** Payments that were taken before the checkout, and named by its tenders. */
import type { RequestContext } from '#kernel/context';
import { partiallyRefundOrder } from '#subgraphs/orders/index';
import { capturePayment, refundPayment } from '#subgraphs/orders/payments/payment-commands';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { processPayment } from '#subgraphs/orders/payments/process-payment';
import { paymentsOfOrders, requireIntent } from '#subgraphs/payments/index';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  till = await openTill(db);
  ctx = till.ctx;
});

const pay = (more: { capture?: boolean; providerToken?: string } = {}) =>
  processPayment(till.ctx, {
    method: 'card',
    amount: amount('7.00'),
    providerToken: 'tok_approved',
    capture: true,
    ...more,
  });

/** Sells teas of 3.50, two by default. */
const sell = (reference: string, quantity = 2) =>
  checkout(till.ctx, {
    items: [{ sku: 'TEA', quantity: amount(quantity) }],
    payments: [{ method: 'card', amount: amount('3.50').times(quantity), reference }],
  });

async function work(): Promise<void> {
  while ((await performPaymentWork(db.services)) > 0);
}

const statuses = async (orderId: string) =>
  ((await paymentsOfOrders(ctx.db, [orderId])).get(orderId) ?? []).map(({ status }) => status);

describe('a tender that names a payment', () => {
  it('takes a captured payment for its order, once', async () => {
    const { id, providerReference } = await pay();
    const { order, payments } = await sell(id);
    expect(payments).toMatchObject([{ id, status: 'captured', reference: providerReference }]);
    expect(await requireIntent(ctx.db, id)).toMatchObject({ orderId: order.id, status: 'captured' });
    await work();
    expect(await statuses(order.id)).toEqual(['captured']);
    await expectError('ILLEGAL_STATE', sell(id));
  });

  it('captures an authorized payment after the sale, by the amount of the tender', async () => {
    const { id } = await pay({ capture: false });
    const { order } = await sell(id, 1);
    expect(await statuses(order.id)).toEqual(['authorized']);
    await work();
    expect(await statuses(order.id)).toEqual(['captured']);
    expect(await requireIntent(ctx.db, id)).toMatchObject({
      status: 'captured',
      capturedAmount: amount('3.5'),
    });
    await expectError('ILLEGAL_STATE', capturePayment(till.ctx, id, null));
  });

  it('is rejected for a payment without money, of another amount, or named by two sales at once', async () => {
    const pending = await pay({ providerToken: 'tok_webhook_only' });
    await expectError('ILLEGAL_STATE', sell(pending.id));
    const { id } = await pay();
    await expectError('ILLEGAL_STATE', sell(id, 3));
    const results = await Promise.allSettled([sell(id), sell(id)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('keeps any other reference, also one that has the form of an id', async () => {
    const reference = ctx.ids.next();
    const { payments } = await sell(reference);
    expect(payments).toMatchObject([{ reference, status: 'captured' }]);
  });
});

describe('a refund of an order that was paid through a provider', () => {
  const refund = (orderId: string) =>
    partiallyRefundOrder(till.ctx, orderId, { items: [{ sku: 'TEA', quantity: amount(1) }] });

  it('is sent to the provider after the commit, once, by its amount', async () => {
    const { id } = await pay();
    const { order } = await sell(id);
    const { order: refunded } = await refund(order.id);
    await work();
    expect(await requireIntent(ctx.db, id)).toMatchObject({
      status: 'partially_refunded',
      refundedAmount: amount('3.5'),
    });
    expect([await statuses(order.id), await statuses(refunded.id)]).toEqual([
      ['partially_refunded'],
      ['refunded'],
    ]);
    await expectError('ILLEGAL_STATE', refundPayment(till.ctx, { paymentId: id }));
  });

  it('that the provider rejects stays booked, and its payment shows that it failed', async () => {
    const { id } = await pay({ providerToken: 'tok_refund_rejected' });
    const { order } = await sell(id);
    const { order: refunded } = await refund(order.id);
    await work();
    expect([await statuses(order.id), await statuses(refunded.id)]).toEqual([
      ['partially_refunded'],
      ['failed'],
    ]);
    expect((await requireIntent(ctx.db, id)).status).toBe('captured');
  });
});
