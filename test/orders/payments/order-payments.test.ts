/** Payments of orders that were placed: through a provider, at a register, on account, and with stored value. */
import { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { releaseExpired } from '#subgraphs/inventory/reservations/expire-reservations.worker';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { cancelExpired } from '#subgraphs/orders/fulfilment/expire-orders.worker';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { partiallyRefundOrder } from '#subgraphs/orders/index';
import type { CreateOrderInput, ProcessPaymentInput } from '#subgraphs/orders/inputs.generated';
import type { FullOrder } from '#subgraphs/orders/model';
import { dueAmount } from '#subgraphs/orders/order/order-balance.rules';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import {
  capturePayment,
  confirmPayment,
  refundPayment,
  voidPayment,
} from '#subgraphs/orders/payments/payment-commands';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { takePayment } from '#subgraphs/orders/payments/process-payment';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { insertGiftCard, paymentsOfOrders } from '#subgraphs/payments/index';
import { withCode } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import { requireGiftCard } from '#subgraphs/payments/gift-cards/gift-cards.queries';
import { grantStoreCreditByHand } from '#subgraphs/payments/store-credit/store-credits';
import { customerStoreCredit } from '#subgraphs/payments/store-credit/store-credit.queries';
import type { SandboxPaymentRow } from '#subgraphs/payments/tables.generated';
import { xReport } from '#subgraphs/registers/index';
import { checkDays } from '#test/pos/day-figures';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, expectError, fieldCodes } from '#test/harness/values';

const START = new Date('2026-03-02T12:00:00Z');
const clock = new SettableClock(START);
let db: TestDatabase;
let till: Till;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  clock.set(START);
  till = await openTill(db, {
    articles: [
      { sku: 'TEA', price: '10.00', stock: '100' },
      { sku: 'LAST', price: '10.00', stock: '1' },
    ],
  });
  ctx = till.ctx;
});
afterEach(() => checkDays(till));

/** An order by phone of four packets of tea for 10.00 each. */
async function placed(input: Partial<CreateOrderInput> = {}): Promise<FullOrder> {
  const items = [{ sku: 'TEA', quantity: amount(4) }];
  return (await createOrder(ctx, { channel: 'phone', items, ...input })).order;
}
const pay = (order: FullOrder, input: Partial<ProcessPaymentInput> = {}, by = ctx) =>
  takePayment(by, {
    method: 'card',
    providerToken: 'tok_approved',
    capture: true,
    ...input,
    orderId: order.id,
  });
const byHand = (
  order: FullOrder,
  method: ProcessPaymentInput['method'],
  input: Partial<ProcessPaymentInput> = {},
) => pay(order, { method, providerToken: null, ...input });
/** Lets the reconciler and the sandbox work until nothing is left to do now. */
async function work(): Promise<void> {
  while ((await performPaymentWork(db.services)) > 0);
}
const read = (order: FullOrder) => orderById(ctx.db, order.id);
async function state(order: FullOrder): Promise<string> {
  const { status, ...rest } = await read(order);
  return `${status} due ${dueAmount({ ...order, ...rest }).toFixed(2)}`;
}
async function paymentsOf(order: FullOrder): Promise<string[]> {
  const payments = (await paymentsOfOrders(ctx.db, [order.id])).get(order.id) ?? [];
  return payments.map(({ method, amount: value, status, refundedAmount }) =>
    [method, value.toFixed(2), status, refundedAmount.toFixed(2)].join(' '),
  );
}
/** The charges that the customer's card got, as the sandbox counts them. */
async function charges(): Promise<string[]> {
  const rows = await ctx.db.many<SandboxPaymentRow>(sql`select * from sandbox_payments order by id`);
  return rows.map((row) => `${row.stage} ${row.capturedAmount.toFixed()} ${row.refundedAmount.toFixed()}`);
}

describe('through a provider', () => {
  it('confirms the order that it pays, in one payment or several', async () => {
    const order = await placed();
    await pay(order, { amount: amount('15.00') });
    expect(await state(order)).toBe('pending due 25.00');
    const { id } = await pay(order);
    expect(await state(order)).toBe('confirmed due 0.00');
    expect(await paymentsOf(order)).toEqual(['card 15.00 captured 0.00', 'card 25.00 captured 0.00']);
    await work();
    expect(await charges()).toEqual(['open 15 0', 'open 25 0']);
    const rejected = await expectError('ILLEGAL_STATE', pay(order));
    expect([rejected.status, rejected.details]).toMatchObject([409, { status: 'confirmed', due: '0.00' }]);
    await expectError('ILLEGAL_STATE', refundPayment(ctx, { paymentId: id }));
  });

  it('takes no more than is due, undecided payments included', async () => {
    const order = await placed();
    const more = await expectError('VALIDATION_FAILED', pay(order, { amount: amount('40.01') }));
    expect(fieldCodes(more)).toEqual([['amount', 'OVERPAID']]);
    const { id } = await pay(order, { amount: amount('30.00'), providerToken: 'tok_3d_secure' });
    const rest = await expectError('VALIDATION_FAILED', pay(order, { amount: amount('10.01') }));
    expect(fieldCodes(rest)).toEqual([['amount', 'OVERPAID']]);
    await pay(order);
    await expectError('ILLEGAL_STATE', pay(order));
    await confirmPayment(ctx, id);
    expect(await state(order)).toBe('confirmed due 0.00');
    expect(await charges()).toEqual(['open 30 0', 'open 10 0']);
  });

  it('charges once, of twenty requests at once', async () => {
    const order = await placed();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => pay(order)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect([await charges(), await state(order)]).toEqual([['open 40 0'], 'confirmed due 0.00']);
  }, 60_000);

  it('that is declined leaves the order waiting for another one', async () => {
    const order = await placed();
    const declined = await expectError('PAYMENT_DECLINED', pay(order, { providerToken: 'tok_declined' }));
    expect(declined.status).toBe(402);
    expect(await state(order)).toBe('pending due 40.00');
    await pay(order);
    expect(await state(order)).toBe('confirmed due 0.00');
  });

  it('settles by the webhook alone, whether the answer comes before, afterwards or never', async () => {
    for (const providerToken of ['tok_webhook_only', 'tok_timeout', 'tok_answers_twice', 'tok_late']) {
      const order = await placed();
      await pay(order, { providerToken });
      clock.advance(60_000);
      await work();
      expect([providerToken, await state(order)]).toEqual([providerToken, 'confirmed due 0.00']);
      expect(await paymentsOf(order)).toEqual(['card 40.00 captured 0.00']);
    }
  });

  it('P1: that arrives after the order was given up is refunded, once', async () => {
    const order = await placed();
    await pay(order, { providerToken: 'tok_timeout' });
    await cancelOrder(ctx, order.id, {});
    clock.advance(60_000);
    await work();
    clock.advance(3_600_000);
    await work();
    expect([await charges(), await state(order)]).toEqual([['open 40 40'], 'cancelled due 0.00']);
    expect(await paymentsOf(order)).toEqual([]);
  });

  it('goes back if the goods were sold meanwhile, and the order is cancelled', async () => {
    const holdsUntil = new Date('2026-03-02T12:05:00Z');
    const items = [{ sku: 'LAST', quantity: amount(1) }];
    const order = await placed({ items, holdsUntil });
    await pay(order, { providerToken: 'tok_late' });
    expect((await read(order)).holdsUntil).toEqual(new Date('2026-03-02T12:15:00Z'));
    clock.set(new Date('2026-03-02T12:15:01Z'));
    await releaseExpired(db.services);
    await placed({ items });
    await work();
    expect([await charges(), await state(order)]).toEqual([['open 10 10'], 'cancelled due 0.00']);
  });

  it('that the customer does not confirm in time is voided with the order', async () => {
    const order = await placed({ holdsUntil: new Date('2026-03-02T12:05:00Z') });
    await pay(order, { providerToken: 'tok_3d_secure' });
    clock.advance(16 * 60_000);
    expect(await cancelExpired(db.services)).toBe(1);
    await work();
    expect([await charges(), await state(order)]).toEqual([['voided 0 0'], 'cancelled due 0.00']);
  });

  it('is refunded at the provider when the order is cancelled, in part and as a whole', async () => {
    const order = await placed();
    await pay(order);
    await cancelOrder(ctx, order.id, { items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }] });
    await work();
    expect(await charges()).toEqual(['open 40 10']);
    await cancelOrder(ctx, order.id, {});
    await work();
    expect([await charges(), await state(order)]).toEqual([['open 40 40'], 'cancelled due 0.00']);
    expect(await paymentsOf(order)).toEqual(['card 40.00 refunded 40.00']);
  });

  it('is refunded at the provider when the goods come back', async () => {
    const order = await placed();
    await pay(order);
    await shipOrder(ctx, order.id, {});
    await partiallyRefundOrder(ctx, order.id, {
      items: [{ itemId: order.lines[0]!.id, quantity: amount(3) }],
    });
    await work();
    expect([await charges(), await paymentsOf(order)]).toEqual([
      ['open 40 30'],
      ['card 40.00 partially_refunded 30.00'],
    ]);
  });
});

describe('an authorization', () => {
  const authorize = async () => {
    const order = await placed();
    const { id } = await pay(order, { capture: false });
    expect([await state(order), await charges()]).toEqual(['confirmed due 0.00', ['open 0 0']]);
    expect(await paymentsOf(order)).toEqual(['card 40.00 authorized 0.00']);
    return { order, id };
  };

  it('is captured with the first shipment, once', async () => {
    const { order } = await authorize();
    await shipOrder(ctx, order.id, { items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }] });
    await work();
    await shipOrder(ctx, order.id, {});
    await work();
    expect([await charges(), await paymentsOf(order)]).toEqual([['open 40 0'], ['card 40.00 captured 0.00']]);
  });

  it('is captured without the part of the order that was cancelled before', async () => {
    const { order } = await authorize();
    await cancelOrder(ctx, order.id, { items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }] });
    expect(await paymentsOf(order)).toEqual(['card 40.00 authorized 10.00']);
    await shipOrder(ctx, order.id, {});
    await work();
    expect(await charges()).toEqual(['open 30 0']);
    expect(await paymentsOf(order)).toEqual(['card 40.00 partially_refunded 10.00']);
  });

  it('is voided when the order is cancelled', async () => {
    const { order } = await authorize();
    await cancelOrder(ctx, order.id, {});
    await work();
    expect([await charges(), await state(order)]).toEqual([['voided 0 0'], 'cancelled due 0.00']);
    expect(await paymentsOf(order)).toEqual(['card 40.00 voided 40.00']);
  });

  it('is voided when an order that was paid in part is cancelled', async () => {
    const order = await placed();
    await pay(order, { capture: false, amount: amount('15.00') });
    await cancelOrder(ctx, order.id, {});
    await work();
    expect([await charges(), await paymentsOf(order)]).toEqual([
      ['voided 0 0'],
      ['card 15.00 voided 15.00', 'card -15.00 refunded 0.00'],
    ]);
  });

  it('stays that of its order: it is not voided or captured in part by itself', async () => {
    const { order, id } = await authorize();
    const error = await expectError('ILLEGAL_STATE', voidPayment(ctx, id));
    expect(error.details).toEqual({ orderId: order.id });
    const part = await expectError('VALIDATION_FAILED', capturePayment(ctx, id, amount('10.00')));
    expect(fieldCodes(part)).toEqual([['amount', 'AMOUNT_MISMATCH']]);
    await capturePayment(ctx, id, null);
    expect([await charges(), await paymentsOf(order)]).toEqual([['open 40 0'], ['card 40.00 captured 0.00']]);
  });
});

describe('without a provider', () => {
  const cashIn = async () => (await xReport(ctx, till.registerId)).expectedCash.toFixed(2);

  it('enters the drawer of the register, and leaves it when the order is cancelled', async () => {
    const order = await placed({ holdsUntil: new Date('2026-03-02T12:05:00Z') });
    const before = await cashIn();
    await byHand(order, 'cash', { amount: amount('30.00'), registerId: till.registerId });
    expect(
      amount(await cashIn())
        .minus(before)
        .toFixed(2),
    ).toBe('30.00');
    // A part was paid: the goods are kept until the rest comes.
    clock.advance(3_600_000);
    expect(await cancelExpired(db.services)).toBe(0);
    await byHand(order, 'card', { provider: 'manual', reference: 'T1 0815' });
    expect(await state(order)).toBe('confirmed due 0.00');
    const other = await placed();
    await byHand(other, 'cash', { amount: amount('5.00') });
    await cancelOrder(ctx, other.id, {});
    expect(
      amount(await cashIn())
        .minus(before)
        .toFixed(2),
    ).toBe('30.00');
    expect(await paymentsOf(other)).toEqual(['cash 5.00 refunded 5.00', 'cash -5.00 refunded 0.00']);
  });

  it('is paid with a gift card and store credit, which get their money back', async () => {
    const gift = await transact(ctx, (tx) => {
      const card = { amount: amount('25.00'), currency: 'EUR', purpose: 'multi_purpose' } as const;
      return Promise.resolve(withCode(ctx, insertGiftCard(tx, ctx, card)));
    });
    await grantStoreCreditByHand(ctx, till.customerId, { amount: amount('10.00'), reason: 'Goodwill' });
    const order = await placed({ customerId: till.customerId });
    await byHand(order, 'gift_card', { giftCardCode: gift.code });
    await byHand(order, 'store_credit');
    expect(await state(order)).toBe('pending due 5.00');
    await byHand(order, 'credit');
    expect(await state(order)).toBe('confirmed due 0.00');
    expect(await paymentsOf(order)).toEqual([
      'gift_card 25.00 captured 0.00',
      'store_credit 10.00 captured 0.00',
      'credit 5.00 captured 0.00',
    ]);
    await cancelOrder(ctx, order.id, {});
    const credit = await customerStoreCredit(ctx, ctx.db, till.customerId);
    expect([(await requireGiftCard(ctx.db, gift.id)).balance.toFixed(2), credit.balance.toFixed(2)]).toEqual([
      '25.00',
      '10.00',
    ]);
  });

  it('is rejected for codes, amounts and registers that cannot pay, and then changes nothing', async () => {
    const order = await placed();
    const fields = async (...args: Parameters<typeof byHand>) =>
      fieldCodes(await expectError('VALIDATION_FAILED', byHand(...args)));
    expect(await fields(order, 'cash', { amount: amount('40.01') })).toEqual([['amount', 'OVERPAID']]);
    expect(await fields(order, 'cash', { amount: amount('-1') })).toEqual([['amount', 'NOT_POSITIVE']]);
    expect(await fields(order, 'store_credit')).toEqual([['customerId', 'REQUIRED']]);
    expect(await fields(order, 'gift_card')).toEqual([['giftCardCode', 'REQUIRED']]);
    const unknown = byHand(order, 'gift_card', { giftCardCode: 'AAAA-BBBB-CCCC-DDDD' });
    expect((await expectError('GIFT_CARD_INVALID', unknown)).status).toBe(422);
    await expectError('NOT_FOUND', byHand({ ...order, id: till.branchId }, 'other'));
    expect([await state(order), await paymentsOf(order)]).toEqual(['pending due 40.00', []]);
  });

  it('is received once for each idempotency key', async () => {
    const order = await placed();
    const transfer = { method: 'bank_transfer', amount: amount('10.00'), reference: 'X' } as const;
    const request = () =>
      pay(order, { ...transfer, providerToken: null }, till.request({ idempotencyKey: 'once' }));
    const [first, again] = [await request(), await request()];
    expect([again.id, await state(order)]).toEqual([first.id, 'pending due 30.00']);
  });
});

it('is not for others', async () => {
  const order = await placed();
  const stranger = await openTill(db);
  await expectError('NOT_FOUND', pay(order, {}, stranger.ctx));
  await expectError('NOT_FOUND', pay(order, { provider: 'manual', providerToken: null }, stranger.ctx));
});
