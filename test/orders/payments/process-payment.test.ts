import { SettableClock } from '#kernel/clock';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import {
  capturePayment,
  confirmPayment,
  refundPayment,
  voidPayment,
} from '#subgraphs/orders/payments/payment-commands';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { processPayment } from '#subgraphs/orders/payments/process-payment';
import type { ProcessPaymentInput } from '#subgraphs/orders/inputs.generated';
import { requireIntent, type PaymentIntentRow } from '#subgraphs/payments/index';
import { attemptsOfIntents } from '#subgraphs/payments/intents/payment-attempts';
import { updatePaymentMethod } from '#subgraphs/payments/payment-methods';
import type { SandboxPaymentRow } from '#subgraphs/payments/tables.generated';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, errorOf, expectError, fieldCodes } from '#test/harness/values';

const clock = new SettableClock(new Date('2026-11-26T10:00:00Z'));
let db: TestDatabase;
let shop: Shop;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db);
  ctx = shop.ctx;
});

const card = (more: Partial<ProcessPaymentInput> = {}): ProcessPaymentInput => ({
  method: 'card',
  amount: amount('12.50'),
  providerToken: 'tok_approved',
  capture: true,
  ...more,
});

/** Lets the reconciler and the sandbox work until nothing is left to do now. */
async function work(): Promise<void> {
  while ((await performPaymentWork(db.services)) > 0);
}

const reread = (id: string): Promise<PaymentIntentRow> => requireIntent(ctx.db, id);

async function statusAfterWork({ id }: { id: string }): Promise<string> {
  await work();
  return (await reread(id)).status;
}

/** The charges that the customer's card got, as the sandbox counts them. */
async function charges(): Promise<string[]> {
  const rows = await ctx.db.many<SandboxPaymentRow>(
    sql`select * from sandbox_payments order by created_at, id`,
  );
  return rows.map((row) => `${row.stage} ${row.capturedAmount.toFixed()} ${row.refundedAmount.toFixed()}`);
}

const paymentIdOf = async (work_: Promise<unknown>): Promise<string> =>
  (await expectError('PAYMENT_DECLINED', work_)).details!.paymentId as string;

describe('a payment by card at the sandbox', () => {
  it('is captured, with the card that may be shown, and its webhook changes nothing', async () => {
    const payment = await processPayment(ctx, card());
    expect(payment).toMatchObject({
      status: 'captured',
      provider: 'sandbox',
      orderId: null,
      nextAction: null,
      card: { scheme: 'visa', lastFour: '4242' },
    });
    expect(payment.capturedAmount).toEqual(amount('12.50'));
    await work();
    expect(await reread(payment.id)).toEqual({ ...payment, updatedAt: expect.any(Date) as Date });
    expect(await charges()).toEqual(['open 12.5 0']);
  });

  it.each([
    ['tok_declined', 'card_declined'],
    ['tok_insufficient_funds', 'insufficient_funds'],
  ])('%s is declined with %s', async (providerToken, declineCode) => {
    const error = await expectError('PAYMENT_DECLINED', processPayment(ctx, card({ providerToken })));
    expect(error.status).toBe(402);
    expect(error.details).toMatchObject({ status: 'declined', declineCode });
    const id = error.details!.paymentId as string;
    expect(await statusAfterWork({ id })).toBe('declined');
    expect(await charges()).toEqual(['declined 0 0']);
  });

  it.each([
    ['9000.00', 'captured'],
    ['9003.00', 'requires_action'],
    ['9007.00', 'pending'],
    ['9001.01', 'captured'],
  ])('of %s without a token is %s', async (total, status) => {
    const input = card({ amount: amount(total), providerToken: null });
    expect((await processPayment(ctx, input)).status).toBe(status);
  });

  it('needs 3-D Secure, is pending for the shop until then, and is captured once', async () => {
    const payment = await processPayment(ctx, card({ providerToken: 'tok_3d_secure' }));
    expect(payment).toMatchObject({ status: 'requires_action', nextAction: { type: 'redirect' } });
    expect(await statusAfterWork(payment)).toBe('requires_action');
    const confirmed = await confirmPayment(shop.ctx, payment.id);
    expect(confirmed).toMatchObject({ status: 'captured', nextAction: null });
    await expectError('ILLEGAL_STATE', confirmPayment(shop.ctx, payment.id));
    expect(await statusAfterWork(payment)).toBe('captured');
    expect(await charges()).toEqual(['open 12.5 0']);
  });

  it('is declined by the bank of the customer who fails 3-D Secure', async () => {
    const payment = await processPayment(ctx, card({ providerToken: 'tok_3d_secure_fails' }));
    const error = await expectError('PAYMENT_DECLINED', confirmPayment(shop.ctx, payment.id));
    expect(error.details).toMatchObject({ declineCode: 'authentication_failed' });
  });

  it('that times out is pending, not declined, and turns out to be captured once', async () => {
    const payment = await processPayment(ctx, card({ providerToken: 'tok_timeout' }));
    expect(payment).toMatchObject({ status: 'pending', providerReference: null });
    expect(await statusAfterWork(payment)).toBe('captured');
    clock.advance(3_600_000);
    expect(await statusAfterWork(payment)).toBe('captured');
    expect(await charges()).toEqual(['open 12.5 0']);
  });

  it.each([
    ['tok_late', 29_000, 2_000],
    ['tok_webhook_only', 900, 200],
  ])('%s settles by its webhook, after %d ms and not before', async (providerToken, before, after) => {
    const payment = await processPayment(ctx, card({ providerToken }));
    expect(payment.status).toBe('pending');
    clock.advance(before);
    expect(await statusAfterWork(payment)).toBe('pending');
    clock.advance(after);
    expect(await statusAfterWork(payment)).toBe('captured');
    expect(await charges()).toEqual(['open 12.5 0']);
  });

  it('that answers twice counts once', async () => {
    const payment = await processPayment(ctx, card({ providerToken: 'tok_answers_twice' }));
    expect(await statusAfterWork(payment)).toBe('captured');
    const { events } = await ctx.db.one<{ events: number }>(
      sql`select count(*)::int as events from payment_events where organization_id = ${shop.organizationId}`,
    );
    expect(events).toBe(1);
    expect((await reread(payment.id)).capturedAmount).toEqual(amount('12.50'));
  });

  it('that the customer disputes is disputed', async () => {
    const payment = await processPayment(ctx, card({ providerToken: 'tok_disputed' }));
    expect(payment.status).toBe('captured');
    expect(await statusAfterWork(payment)).toBe('disputed');
  });

  it('fails with a token that the sandbox does not know, and never takes the number of a card', async () => {
    const id = await paymentIdOf(processPayment(ctx, card({ providerToken: 'tok_unknown' })));
    expect(await reread(id)).toMatchObject({ status: 'failed', declineCode: 'unknown_token' });
    const error = await errorOf(processPayment(shop.ctx, card({ providerToken: '4242 4242 4242 4242' })));
    expect(fieldCodes(error)).toEqual([['providerToken', 'INVALID']]);
  });
});

describe('a repeated request', () => {
  it('under its idempotency key is answered with the first payment, and charges once', async () => {
    const request = () => shop.request({ idempotencyKey: 'till-1' });
    const first = await processPayment(request(), card());
    const again = request();
    expect((await processPayment(again, card())).id).toBe(first.id);
    expect(again.reply.replayed).toBe(true);
    expect(await charges()).toEqual(['open 12.5 0']);
    await expectError('IDEMPOTENCY_KEY_REUSED', processPayment(request(), card({ amount: amount(13) })));
  });

  it('of a declined payment is declined again', async () => {
    const request = () => shop.request({ idempotencyKey: 'till-2' });
    const declined = () => processPayment(request(), card({ providerToken: 'tok_declined' }));
    const id = await paymentIdOf(declined());
    expect(await paymentIdOf(declined())).toBe(id);
    expect(await charges()).toEqual(['declined 0 0']);
  });

  it('twenty times at once charges once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        processPayment(shop.request({ idempotencyKey: 'till-3' }), card()).then(
          ({ id }) => id,
          (error: { code: string }) => error.code,
        ),
      ),
    );
    const ids = new Set(outcomes.filter((one) => one !== 'IDEMPOTENCY_IN_PROGRESS'));
    expect(ids.size).toBe(1);
    expect(await charges()).toEqual(['open 12.5 0']);
  });
});

describe('an authorization', () => {
  const authorized = () => processPayment(shop.ctx, card({ capture: false }));

  it('is captured in part, once', async () => {
    const { id, status } = await authorized();
    expect(status).toBe('authorized');
    const tooMuch = await errorOf(capturePayment(shop.ctx, id, amount('12.51')));
    expect(fieldCodes(tooMuch)).toEqual([['amount', 'TOO_LARGE']]);
    const payment = await capturePayment(shop.ctx, id, amount('10.00'));
    expect(payment).toMatchObject({
      status: 'captured',
      capturedAmount: amount(10),
      authorizedAmount: amount('12.50'),
    });
    const error = await expectError('ILLEGAL_STATE', capturePayment(shop.ctx, id, null));
    expect(error.details).toEqual({ status: 'captured', allowed: ['refund'] });
    expect(await charges()).toEqual(['open 10 0']);
  });

  it('is captured or voided, never both', async () => {
    const { id } = await authorized();
    const results = await Promise.allSettled([capturePayment(shop.ctx, id, null), voidPayment(shop.ctx, id)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(['captured', 'voided']).toContain((await reread(id)).status);
  });

  it('is voided', async () => {
    const { id } = await authorized();
    expect((await voidPayment(shop.ctx, id)).status).toBe('voided');
    await expectError('ILLEGAL_STATE', voidPayment(shop.ctx, id));
    expect(await statusAfterWork({ id })).toBe('voided');
    expect(await charges()).toEqual(['voided 0 0']);
  });

  it('that no order names is voided after a day; money that was captured is refunded, once', async () => {
    const held = await authorized();
    const taken = await processPayment(shop.ctx, card());
    clock.advance(24 * 3_600_000 - 1);
    expect([await statusAfterWork(held), await statusAfterWork(taken)]).toEqual(['authorized', 'captured']);
    clock.advance(1);
    expect([await statusAfterWork(held), await statusAfterWork(taken)]).toEqual(['voided', 'refunded']);
    clock.advance(24 * 3_600_000);
    await work();
    expect((await charges()).sort()).toEqual(['open 12.5 12.5', 'voided 0 0']);
  });

  it('P1: given up while the provider has not answered is refunded when it does, once', async () => {
    const { id } = await processPayment(ctx, card({ providerToken: 'tok_timeout' }));
    expect((await voidPayment(shop.ctx, id)).status).toBe('pending');
    expect(await statusAfterWork({ id })).toBe('refunded');
    await work();
    expect(await charges()).toEqual(['open 12.5 12.5']);
    expect((await attemptsOfIntents(ctx.db, [id])).map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'authorize succeeded',
      'refund succeeded',
    ]);
  });
});

describe('a refund', () => {
  it('in parts never passes what was captured, also when they race', async () => {
    const { id: paymentId } = await processPayment(ctx, card());
    const part = () => refundPayment(shop.ctx, { paymentId, amount: amount('5.00') });
    const results = await Promise.allSettled([part(), part(), part(), part()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await reread(paymentId)).toMatchObject({
      status: 'partially_refunded',
      refundedAmount: amount(10),
    });
    const error = await errorOf(refundPayment(shop.ctx, { paymentId, amount: amount('2.51') }));
    expect(fieldCodes(error)).toEqual([['amount', 'TOO_LARGE']]);
    expect((await refundPayment(shop.ctx, { paymentId })).status).toBe('refunded');
    expect(await statusAfterWork({ id: paymentId })).toBe('refunded');
    expect(await charges()).toEqual(['open 12.5 12.5']);
  });

  it('that the provider rejects is an error, and leaves the payment captured', async () => {
    const { id: paymentId } = await processPayment(ctx, card({ providerToken: 'tok_refund_rejected' }));
    const error = await expectError('ILLEGAL_STATE', refundPayment(shop.ctx, { paymentId }));
    expect(error.details).toEqual({ status: 'captured', providerCode: 'not_permitted' });
    expect((await reread(paymentId)).status).toBe('captured');
  });
});

describe('a provider that never decides', () => {
  it('P1: makes the payment fail after twenty hours; its late success still settles it', async () => {
    const payment = await processPayment(ctx, card({ providerToken: 'tok_late' }));
    const where = sql`where metadata = ${payment.id}`;
    await db.services.database.system.run(sql`update sandbox_payments set settles_at = null ${where}`);
    clock.advance(20 * 3_600_000 + 1);
    await work();
    expect(await reread(payment.id)).toMatchObject({ status: 'failed', declineCode: 'timeout' });
    await db.services.database.system.run(
      sql`update sandbox_payments set settles_at = ${clock.now()} ${where}`,
    );
    expect(await statusAfterWork(payment)).toBe('captured');
  });
});

describe('cash and terminals that are not connected', () => {
  it('are captured without a provider', async () => {
    const cash = await processPayment(ctx, card({ method: 'cash', providerToken: null }));
    expect(cash).toMatchObject({ status: 'captured', provider: 'manual', expiresAt: null });
    const terminal = await processPayment(
      shop.ctx,
      card({ provider: 'manual', providerToken: null, reference: ' 4711 ' }),
    );
    expect(terminal).toMatchObject({ status: 'captured', provider: 'manual', reference: '4711' });
    expect(await charges()).toEqual([]);
  });

  it('follow the settings of their method', async () => {
    await updatePaymentMethod(ctx, 'mobile', { enabled: false });
    await updatePaymentMethod(ctx, 'bank_transfer', { needsReference: true });
    const codes = async (input: Partial<ProcessPaymentInput>) =>
      fieldCodes(await errorOf(processPayment(shop.ctx, card({ providerToken: null, ...input }))));
    expect(await codes({ method: 'mobile' })).toEqual([['method', 'METHOD_DISABLED']]);
    expect(await codes({ method: 'bank_transfer' })).toEqual([['reference', 'REFERENCE_REQUIRED']]);
    expect(await codes({ method: 'credit' })).toEqual([['method', 'UNKNOWN_METHOD']]);
    expect(await codes({ method: 'cash', provider: 'stripe' })).toEqual([
      ['provider', 'PROVIDER_UNAVAILABLE'],
    ]);
    expect(await codes({ amount: amount('0') })).toEqual([['amount', 'NOT_POSITIVE']]);
    expect(await codes({ amount: amount('1.005') })).toEqual([['amount', 'PRECISION']]);
  });
});

it('another organization sees and changes no payment', async () => {
  const { id } = await processPayment(ctx, card({ capture: false }));
  const other = await openShop(db);
  for (const attempt of [
    capturePayment(other.ctx, id, null),
    voidPayment(other.ctx, id),
    confirmPayment(other.ctx, id),
    refundPayment(other.ctx, { paymentId: id }),
  ])
    await expectError('NOT_FOUND', attempt);
  expect((await reread(id)).status).toBe('authorized');
});
