/** Payments that fail, expire or are voided at their provider after an order counted them: the amount is due again. */
import fc from 'fast-check';
import { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import type { CreateOrderInput, ProcessPaymentInput } from '#subgraphs/orders/inputs.generated';
import type { FullOrder } from '#subgraphs/orders/model';
import { dueAmount, paymentStatusOf } from '#subgraphs/orders/order/order-balance.rules';
import { stepsOf } from '#subgraphs/orders/order/order-steps';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { capturePayment } from '#subgraphs/orders/payments/payment-commands';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { processPayment, takePayment } from '#subgraphs/orders/payments/process-payment';
import { receiveWebhook } from '#subgraphs/orders/payments/receive-webhook';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { partiallyRefundOrder } from '#subgraphs/orders/index';
import { paymentsOfOrders, requireIntent } from '#subgraphs/payments/index';
import { SANDBOX_SIGNATURE, sandboxSignature } from '#subgraphs/payments/providers/sandbox/sandbox-signature';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { closeRegister, xReport } from '#subgraphs/registers/index';
import { checkDays } from '#test/pos/day-figures';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { published } from '#test/harness/events';
import { openTill, type Till } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

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
  till = await openTill(db, { articles: [{ sku: 'TEA', price: '10.00', stock: '1000' }] });
  ctx = till.ctx;
});
afterEach(() => checkDays(till));

/** An order by phone of four packets of tea for 10.00 each. */
async function placed(input: Partial<CreateOrderInput> = {}): Promise<FullOrder> {
  const items = [{ sku: 'TEA', quantity: amount(4) }];
  return (await createOrder(ctx, { channel: 'phone', items, ...input })).order;
}
const pay = (order: FullOrder, input: Partial<ProcessPaymentInput> = {}) =>
  takePayment(ctx, {
    method: 'card',
    providerToken: 'tok_approved',
    capture: true,
    ...input,
    orderId: order.id,
  });
/** The order with its payment, which the provider holds. */
async function authorized(input: Partial<ProcessPaymentInput> = {}) {
  const order = await placed();
  const { id } = await pay(order, { capture: false, ...input });
  return { order, id };
}
async function work(): Promise<void> {
  while ((await performPaymentWork(db.services)) > 0);
}
const read = (order: Pick<FullOrder, 'id'>) => orderById(ctx.db, order.id);
async function state(order: FullOrder): Promise<string> {
  const now = await read(order);
  return `${now.status} ${paymentStatusOf(now)} paid ${now.paid.toFixed(2)} due ${dueAmount(now).toFixed(2)}`;
}
async function paymentsOf(order: Pick<FullOrder, 'id'>): Promise<string[]> {
  const payments = (await paymentsOfOrders(ctx.db, [order.id])).get(order.id) ?? [];
  return payments.map(({ method, amount: value, status, refundedAmount }) =>
    [method, value.toFixed(2), status, refundedAmount.toFixed(2)].join(' '),
  );
}
async function reasonsOf(order: FullOrder): Promise<(string | null)[][]> {
  const steps = await stepsOf(ctx, await read(order));
  return steps
    .filter(({ action }) => action.startsWith('payment_'))
    .map(({ action, fromStatus, toStatus, reason }) => [action, fromStatus, toStatus, reason]);
}

/** A state of a payment, as its provider reports it. */
interface Report {
  stage: string;
  authorized?: number;
  captured?: number;
  refunded?: number;
}

/** Sends a signed webhook about a payment. */
async function report(
  paymentId: string,
  { stage, ...amounts }: Report,
  id = ctx.ids.next(),
): Promise<boolean> {
  const { providerReference: reference } = await requireIntent(ctx.db, paymentId);
  const { authorized: authorizedAmount = 0, captured = 0, refunded = 0 } = amounts;
  const sent = { reference, stage, authorizedAmount, capturedAmount: captured, refundedAmount: refunded };
  const event = {
    id: `evt_${id}`,
    organizationId: till.organizationId,
    paymentId,
    report: { ...sent, dispute: 'none', declineCode: null, nextAction: null, card: null, fee: null },
  };
  const body = Buffer.from(JSON.stringify(event));
  const headers = { [SANDBOX_SIGNATURE]: sandboxSignature(db.services.config, body) };
  return receiveWebhook(db.services, 'sandbox', { headers, body });
}
const expire = (id: string) => report(id, { stage: 'expired', authorized: 40 });

describe('a payment that is lost', () => {
  it('P1: when its capture fails at the shipment leaves the goods shipped and the amount due', async () => {
    const { order } = await authorized({ providerToken: 'tok_capture_fails' });
    expect(await state(order)).toBe('confirmed paid paid 40.00 due 0.00');
    await shipOrder(ctx, order.id, {});
    await work();
    expect(await state(order)).toBe('shipped unpaid paid 0.00 due 40.00');
    expect(await paymentsOf(order)).toEqual(['card 40.00 failed 0.00', 'card -40.00 voided 0.00']);
    expect(await reasonsOf(order)).toEqual([
      ['payment_failed', 'shipped', 'shipped', 'The payment of 40.00 EUR (card) expired at its provider.'],
    ]);
    await pay(order);
    expect(await state(order)).toBe('shipped paid paid 40.00 due 0.00');
  });

  it('P1: when a caller captures it is a 409, and cannot be captured again', async () => {
    const { order, id } = await authorized({ providerToken: 'tok_capture_fails' });
    const failed = await expectError('ILLEGAL_STATE', capturePayment(ctx, id, null));
    expect(failed.details).toEqual({ status: 'expired', providerCode: 'capture_failed' });
    expect(await state(order)).toBe('confirmed unpaid paid 0.00 due 40.00');
    const again = await expectError('ILLEGAL_STATE', capturePayment(ctx, id, null));
    expect([again.status, again.details]).toEqual([409, { status: 'expired', allowed: [] }]);
  });

  it.each([
    ['expired', 'expired at its provider'],
    ['voided', 'was voided at its provider'],
  ])('by the webhook that it is %s, once, however often the webhook comes', async (stage, text) => {
    const { order, id } = await authorized();
    const changed = published(db.services.bus, 'order.changed', ({ key }) => key === order.id);
    for (const event of ['a', 'a', 'b']) await report(id, { stage, authorized: 40 }, `${id}_${event}`);
    await changed;
    expect(await state(order)).toBe('confirmed unpaid paid 0.00 due 40.00');
    expect(await paymentsOf(order)).toEqual(['card 40.00 failed 0.00', 'card -40.00 voided 0.00']);
    expect((await reasonsOf(order)).map(([, , , reason]) => reason)).toEqual([
      `The payment of 40.00 EUR (card) ${text}.`,
    ]);
  });

  it('is taken back on the day of its loss, and without what was cancelled before', async () => {
    const { order, id } = await authorized();
    await cancelOrder(ctx, order.id, { items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }] });
    clock.advance(7 * 86_400_000);
    await expire(id);
    expect(await state(order)).toBe('confirmed unpaid paid 10.00 due 30.00');
    expect(await paymentsOf(order)).toEqual(['card 40.00 failed 10.00', 'card -30.00 voided 0.00']);
    const days = await ctx.db.many(sql`
      select business_date::text as day, method, amount::float from order_day_payments order by business_date`);
    expect(days).toEqual([
      { day: '2026-03-02', method: 'card', amount: 30 },
      { day: '2026-03-09', method: 'card', amount: -30 },
    ]);
    await pay(order);
    expect(await state(order)).toBe('confirmed partially_refunded paid 40.00 due 0.00');
  });

  it('leaves nothing to refund: a cancellation waives what is due', async () => {
    const { order, id } = await authorized();
    await expire(id);
    await cancelOrder(ctx, order.id, {});
    expect(await state(order)).toBe('cancelled paid paid 0.00 due 0.00');
    await expire(id);
    expect(await paymentsOf(order)).toEqual(['card 40.00 failed 0.00', 'card -40.00 voided 0.00']);
  });

  it('changes nothing if the order was cancelled or refunded before', async () => {
    const cancelled = await authorized();
    await cancelOrder(ctx, cancelled.order.id, {});
    await work();
    await expire(cancelled.id);
    expect(await paymentsOf(cancelled.order)).toEqual(['card 40.00 voided 40.00']);
    const captured = await authorized();
    await shipOrder(ctx, captured.order.id, {});
    await work();
    await partiallyRefundOrder(ctx, captured.order.id, { amount: amount('15.00') });
    await expire(captured.id);
    expect(await state(captured.order)).toBe('shipped partially_refunded paid 40.00 due 0.00');
    expect(await reasonsOf(captured.order)).toEqual([]);
  });

  it('lets a pending order wait for the whole amount again', async () => {
    const order = await placed();
    const { id } = await pay(order, { capture: false, amount: amount('15.00') });
    await report(id, { stage: 'voided', authorized: 15 });
    expect(await state(order)).toBe('pending unpaid paid 0.00 due 40.00');
    await pay(order);
    expect(await state(order)).toBe('confirmed paid paid 40.00 due 0.00');
  });

  it('counts again if its money comes after all, and confirms an order that waited for it', async () => {
    const order = await placed();
    const { id } = await pay(order, { capture: false, amount: amount('15.00') });
    await report(id, { stage: 'expired', authorized: 15 });
    await pay(order, { amount: amount('25.00') });
    await report(id, { stage: 'open', authorized: 15, captured: 15 });
    expect(await state(order)).toBe('confirmed paid paid 40.00 due 0.00');
    expect(await paymentsOf(order)).toEqual([
      'card 15.00 captured 0.00',
      'card -15.00 voided 0.00',
      'card 25.00 captured 0.00',
      'card 15.00 voided 0.00',
    ]);
    expect((await reasonsOf(order)).map(([action]) => action)).toEqual([
      'payment_failed',
      'payment_restored',
    ]);
    await cancelOrder(ctx, order.id, {});
    expect(await state(order)).toBe('cancelled refunded paid 40.00 due 0.00');
  });

  it('is refunded if its money comes after the customer has paid in another way', async () => {
    const { order, id } = await authorized();
    await expire(id);
    await pay(order);
    await report(id, { stage: 'open', authorized: 40, captured: 40 });
    expect(await state(order)).toBe('confirmed paid paid 40.00 due 0.00');
    const asked = await ctx.db.many(
      sql`select kind, amount::float, abandons from payment_attempts where intent_id = ${id} and kind = 'refund'`,
    );
    expect(asked).toEqual([{ kind: 'refund', amount: 40, abandons: true }]);
    await report(id, { stage: 'open', authorized: 40, captured: 40, refunded: 40 });
    expect(await state(order)).toBe('confirmed paid paid 40.00 due 0.00');
    expect((await paymentsOf(order))[0]).toBe('card 40.00 failed 0.00');
  });
});

describe('a payment of a till that is lost', () => {
  const sell = async () => {
    const payment = await processPayment(ctx, {
      method: 'card',
      amount: amount('10.00'),
      providerToken: 'tok_approved',
      capture: false,
    });
    const { order } = await checkout(ctx, {
      registerId: till.registerId,
      items: [{ sku: 'TEA', quantity: amount(1) }],
      payments: [{ method: 'card', amount: amount('10.00'), reference: payment.id }],
    });
    return { order, id: payment.id };
  };
  const cards = async () => {
    const { payments } = await xReport(ctx, till.registerId);
    return payments.map(({ method, amount: value, count }) => `${method} ${value.toFixed(2)} ${count}`);
  };
  const lose = (id: string) => report(id, { stage: 'expired', authorized: 10 });

  it('leaves the totals of its session, while that is open', async () => {
    const { order, id } = await sell();
    expect(await cards()).toEqual(['card 10.00 1']);
    await lose(id);
    expect(await cards()).toEqual(['card 0.00 2']);
    expect(await state(order)).toBe('completed unpaid paid 0.00 due 10.00');
    await takePayment(ctx, {
      ...{ orderId: order.id, method: 'card', provider: 'manual' },
      ...{ registerId: till.registerId, capture: true },
    });
    expect(await cards()).toEqual(['card 10.00 3']);
    expect(await state(order)).toBe('completed paid paid 10.00 due 0.00');
  });

  it('stays in a Z-report, and is taken back of the day', async () => {
    const { order, id } = await sell();
    const report = await closeRegister(ctx, { registerId: till.registerId, countedCash: amount(100) });
    clock.advance(86_400_000);
    await lose(id);
    const after = await ctx.db.many(sql`
      select kind, method, amount::float from register_session_tenders where session_id = ${till.sessionId}`);
    expect(after).toEqual([{ kind: 'sale', method: 'card', amount: 10 }]);
    expect(report.difference?.toFixed(2)).toBe('0.00');
    expect(await state(order)).toBe('completed unpaid paid 0.00 due 10.00');
    const sessions = await ctx.db.many(
      sql`select register_session_id is null as outside from payments where order_id = ${order.id} order by created_at`,
    );
    expect(sessions).toEqual([{ outside: false }, { outside: true }]);
  });

  it('stays on a copy of the receipt, which is that of the sale', async () => {
    const { order, id } = await sell();
    const tenders = async () => {
      const { content } = await printReceipt(ctx, order.id, 'text');
      return content.split('\n').filter((line) => /card/i.test(line));
    };
    const before = await tenders();
    await lose(id);
    expect([before.length, await tenders()]).toEqual([1, before]);
  });
});

describe('any interleaving of events and commands', () => {
  const AUTHORIZED: Report = { stage: 'open', authorized: 40 };
  const CAPTURED: Report = { stage: 'open', authorized: 40, captured: 40 };
  const events: Record<string, Report> = {
    authorized: AUTHORIZED,
    captured: CAPTURED,
    'capture failed': { stage: 'expired', authorized: 40 },
    voided: { stage: 'voided', authorized: 40 },
    declined: { stage: 'declined' },
    refunded: { ...CAPTURED, refunded: 40 },
  };
  const names = Object.keys(events);
  const event = fc.constantFrom(...names);
  const command = fc.constantFrom('ship', 'cancel one', 'refund 5.00', 'pay', 'work', 'next day');

  async function obey(order: FullOrder, step: string): Promise<unknown> {
    const itemId = order.lines[0]!.id;
    switch (step) {
      case 'ship':
        return shipOrder(ctx, order.id, { items: [{ itemId, quantity: amount(1) }] });
      case 'cancel one':
        return cancelOrder(ctx, order.id, { items: [{ itemId, quantity: amount(1) }] });
      case 'refund 5.00':
        return partiallyRefundOrder(ctx, order.id, { amount: amount('5.00') });
      case 'pay':
        return pay(order);
      case 'work':
        return work();
      default:
        clock.advance(86_400_000);
        return undefined;
    }
  }

  /** Money is counted once, in the order, in its payments and in the totals of the days. */
  async function checkMoney(order: FullOrder): Promise<void> {
    const now = await read(order);
    const payments = (await paymentsOfOrders(ctx.db, [order.id])).get(order.id)!;
    // Refunds are orders of their own: the rows of the order are what was received.
    expect(now.paid.toFixed(2)).toBe(sum(payments.map((row) => row.amount)).toFixed(2));
    // Money that is held, and what was refunded or released of payments whose money never came.
    const held = sum(
      payments.filter(({ status }) => status !== 'failed' && status !== 'voided').map((row) => row.amount),
    );
    const refundedOfLost = sum(
      payments.filter(({ status }) => status === 'failed').map((row) => row.refundedAmount),
    );
    const released = sum(
      payments
        .filter((row) => row.status === 'voided' && row.refundedPaymentId === null)
        .map((row) => row.amount),
    );
    expect(now.paid.toFixed(2)).toBe(held.plus(refundedOfLost).plus(released).toFixed(2));
    expect(dueAmount(now).toFixed(2)).toBe(now.total.minus(now.waivedTotal).minus(now.paid).toFixed(2));
    const { received } = await ctx.db.one<{ received: string }>(sql`
      select coalesce(sum(amount), 0)::numeric(19, 2)::text as received from order_day_payments`);
    const { stored } = await ctx.db.one<{ stored: string }>(
      sql`select coalesce(sum(amount), 0)::numeric(19, 2)::text as stored from payments`,
    );
    expect(received).toBe(stored);
  }

  async function end(plan: readonly string[]): Promise<string> {
    const { order, id } = await authorized();
    for (const step of plan) {
      if (step in events) await report(id, events[step]!);
      else await obey(order, step).catch(ignoreRejection);
      await checkMoney(order);
    }
    return `${await state(order)} ${(await requireIntent(ctx.db, id)).status}`;
  }

  it('P1: keeps order, payments and days equal after each step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(event, command), { minLength: 1, maxLength: 8 }), async (plan) => {
        await end(plan);
      }),
      { numRuns: 40 },
    );
    await checkDays(till);
  }, 120_000);

  it('P1: of events alone ends the same, each once or twice, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .uniqueArray(event, { minLength: 1, maxLength: 4 })
          .chain((chosen) =>
            fc.tuple(
              fc.constant(chosen),
              fc.shuffledSubarray([...chosen, ...chosen], { minLength: chosen.length * 2 }),
            ),
          ),
        async ([once, shuffled]) => {
          expect(await end(shuffled)).toBe(await end(once));
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);
});

/** A step that the order does not permit leaves everything as it was. */
function ignoreRejection(error: unknown): void {
  if (!(error instanceof PosProError) || error.status >= 500) throw error;
}
