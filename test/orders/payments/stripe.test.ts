/** Payments through Stripe's own SDK, against a double of Stripe over HTTP, and its signed webhooks over PosPro's own HTTP. */
import { createHmac } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import {
  capturePayment,
  confirmPayment,
  refundPayment,
  voidPayment,
} from '#subgraphs/orders/payments/payment-commands';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { processPayment } from '#subgraphs/orders/payments/process-payment';
import { requireIntent } from '#subgraphs/payments/index';
import { updateProviderSettings } from '#subgraphs/payments/providers/provider-settings';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { startStripeDouble, type StripeDouble } from '#test/payments/providers/stripe/stripe-double';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, fieldCodes } from '#test/harness/values';

const SECRETS = { stripeSecretKey: 'sk_test_double', stripeWebhookSecret: 'whsec_double' };
const clock = new SettableClock(new Date());
let stripe: StripeDouble;
let platform: TestPlatform;
let shop: Shop;
beforeAll(async () => {
  stripe = await startStripeDouble();
  platform = await startTestPlatform({ clock, env: { STRIPE_API_URL: stripe.url } });
});
afterAll(async () => {
  await platform.stop();
  await stripe.close();
});
beforeEach(async () => {
  stripe.beforeAnswer = () => undefined;
  stripe.requests.length = 0;
  shop = await openShop(platform);
  await updateProviderSettings(shop.ctx, { cardProvider: 'stripe', ...SECRETS });
});

const pay = (providerToken: string | null, more: { capture?: boolean; amount?: string } = {}) =>
  processPayment(shop.ctx, {
    method: 'card',
    providerToken,
    capture: more.capture ?? true,
    amount: amount(more.amount ?? '12.50'),
  });

const reread = (id: string) => requireIntent(shop.ctx.db, id);
const sent = () => stripe.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);

describe('Stripe', () => {
  it('captures, and names card, fee and its own reference', async () => {
    const payment = await pay('pm_card_visa');
    expect(payment).toMatchObject({
      status: 'captured',
      provider: 'stripe',
      capturedAmount: amount('12.5'),
      fee: amount('0.3'),
      card: { scheme: 'visa', lastFour: '4242', expiryMonth: 12, expiryYear: 2039, fingerprint: 'f1' },
    });
    const [request] = stripe.requests;
    expect(request!.form).toMatchObject({ amount: '1250', currency: 'eur', capture_method: 'automatic' });
    expect(request!.form['metadata[pospro_payment]']).toBe(payment.id);
    expect(request!.key).toMatch(/^[\da-f-]{36}$/);
  });

  it('authorizes, captures in part, and refunds in parts, each with a key of its own', async () => {
    const { id, status } = await pay('pm_card_visa', { capture: false });
    expect(status).toBe('authorized');
    expect(await capturePayment(shop.ctx, id, amount('10'))).toMatchObject({ capturedAmount: amount(10) });
    const part = await refundPayment(shop.ctx, { paymentId: id, amount: amount('4') });
    expect(part).toMatchObject({ status: 'partially_refunded', refundedAmount: amount(4) });
    expect(await refundPayment(shop.ctx, { paymentId: id })).toMatchObject({ status: 'refunded' });
    const keys = stripe.requests.filter(({ method }) => method === 'POST').map(({ key }) => key);
    expect(new Set(keys).size).toBe(4);
  });

  it('voids', async () => {
    const { id } = await pay('pm_card_visa', { capture: false });
    expect((await voidPayment(shop.ctx, id)).status).toBe('voided');
  });

  it('declines, with the reason of the bank', async () => {
    const error = await expectError('PAYMENT_DECLINED', pay('pm_declined'));
    expect(error.details).toMatchObject({ status: 'declined', declineCode: 'insufficient_funds' });
  });

  it('asks for 3-D Secure, and waits for its script where there is no card yet', async () => {
    const payment = await pay('pm_3d_secure');
    expect(payment.nextAction).toMatchObject({ type: 'redirect', url: 'https://bank.test/3ds' });
    expect((await confirmPayment(shop.ctx, payment.id)).status).toBe('captured');
    const open = await pay(null);
    expect(open).toMatchObject({ status: 'requires_action', nextAction: { type: 'sdk', url: null } });
    expect(open.nextAction!.clientSecret).toMatch(/_secret$/);
  });

  it('is not asked for an amount that it cannot charge', async () => {
    const other = await openShop(platform, { currency: 'KWD' });
    await updateProviderSettings(other.ctx, { cardProvider: 'stripe', ...SECRETS });
    const input = {
      method: 'card',
      amount: amount('5.124'),
      providerToken: 'pm_card_visa',
      capture: true,
    } as const;
    const error = await expectError('PAYMENT_DECLINED', processPayment(other.ctx, input));
    expect(error.details).toMatchObject({ status: 'failed', declineCode: 'amount_not_chargeable' });
    expect(stripe.requests).toEqual([]);
  });

  it('is asked again with the same key when its answer was lost, and charges once', async () => {
    stripe.beforeAnswer = () => {
      throw new Error('the connection breaks');
    };
    const payment = await pay('pm_card_visa');
    expect(payment).toMatchObject({ status: 'pending', providerReference: null });
    stripe.beforeAnswer = () => undefined;
    clock.advance(60_000);
    await performPaymentWork(platform.services);
    expect((await reread(payment.id)).status).toBe('captured');
    expect(new Set(stripe.requests.map(({ key }) => key)).size).toBe(1);
    const charged = [...stripe.intents.values()].filter(
      ({ metadata }) => metadata.pospro_payment === payment.id,
    );
    expect(charged).toHaveLength(1);
  });

  it('is looked up, and not charged again, when its keys may have expired', async () => {
    stripe.beforeAnswer = () => {
      throw new Error('the connection breaks');
    };
    const payment = await pay('pm_card_visa');
    await shop.ctx.db.run(
      sql`update payment_attempts set next_ask_at = ${new Date(clock.now().getTime() + 86_400_000)} where intent_id = ${payment.id}`,
    );
    stripe.beforeAnswer = () => undefined;
    stripe.requests.length = 0;
    clock.advance(86_400_000);
    await performPaymentWork(platform.services);
    expect(sent()).toContain('GET /v1/payment_intents/search');
    expect(sent()).not.toContain('POST /v1/payment_intents');
    expect(['captured', 'refunded']).toContain((await reread(payment.id)).status);
  });

  it('is asked without a transaction, a lock or a connection', async () => {
    const busy = () =>
      Object.values(platform.services.database.connections()).reduce((sum, pool) => sum + pool.busy, 0);
    // Background workers use a connection for moments; one of the payment would stay until the answer.
    stripe.beforeAnswer = async () => {
      while (busy() > 0) await setTimeout(1);
    };
    expect((await pay('pm_card_visa')).status).toBe('captured');
  });

  it('fails a payment with a wrong key at once', async () => {
    await updateProviderSettings(shop.ctx, { stripeSecretKey: 'sk_test_wrong' });
    const error = await expectError('PAYMENT_DECLINED', pay('pm_card_visa'));
    expect(error.details).toMatchObject({ declineCode: 'account_rejected' });
  });
});

describe('a webhook', () => {
  const eventOf = (id: string, object: object) =>
    JSON.stringify({ id, object: 'event', type: 'test', data: { object } });
  function send(
    body: string,
    { secret = 'whsec_double', at = Math.floor(Date.now() / 1000), provider = 'stripe' } = {},
  ) {
    const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
    const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` };
    return platform.rest('POST', `/api/v1/payments/providers/${provider}/webhook`, { body, headers });
  }

  /** A payment whose answer is lost, and its intent at Stripe. */
  async function unanswered() {
    stripe.beforeAnswer = () => {
      throw new Error('the connection breaks');
    };
    const payment = await pay('pm_card_visa');
    const intent = [...stripe.intents.values()].find(
      ({ metadata }) => metadata.pospro_payment === payment.id,
    )!;
    return { payment, intent };
  }

  it('that comes before the answer settles the payment; twice changes nothing', async () => {
    const { payment, intent } = await unanswered();
    const body = eventOf('evt_1', intent);
    const first = await send(body);
    expect([first.status, first.body]).toEqual([200, { received: true, handled: true }]);
    expect(await reread(payment.id)).toMatchObject({ status: 'captured', providerReference: intent.id });
    expect((await send(body)).body).toEqual({ received: true, handled: false });
    // The reconciler has nothing left to ask.
    const open = await shop.ctx.db.many(sql`select 1 from payment_attempts where status = 'open'`);
    expect(open).toEqual([]);
  });

  it('is rejected with a wrong signature, a changed body or an old time', async () => {
    const { payment, intent } = await unanswered();
    const body = eventOf('evt_2', intent);
    expect((await send(body, { secret: 'whsec_other' })).status).toBe(401);
    expect((await send(body, { at: Math.floor(Date.now() / 1000) - 600 })).status).toBe(401);
    expect((await platform.rest('POST', '/api/v1/payments/providers/stripe/webhook', { body })).status).toBe(
      401,
    );
    expect((await reread(payment.id)).status).toBe('pending');
  });

  it('whose handling failed is handled again', async () => {
    const { payment, intent } = await unanswered();
    const body = eventOf('evt_3', intent);
    const { database } = platform.services;
    const begin = database.begin.bind(database);
    const failing = jest.spyOn(database, 'begin').mockImplementation((scope, work) =>
      begin(scope, async (client) => {
        await work(client);
        throw new Error('the process runs out of memory');
      }),
    );
    const failed = await send(body);
    failing.mockRestore();
    expect(failed.status).toBe(500);
    expect((await reread(payment.id)).status).toBe('pending');
    expect((await send(body)).body).toEqual({ received: true, handled: true });
    expect((await reread(payment.id)).status).toBe('captured');
  });

  it('of a charge counts refunds made at Stripe, and a dispute shows', async () => {
    const { id, providerReference } = await pay('pm_card_visa');
    const charge = {
      object: 'charge',
      payment_intent: providerReference,
      currency: 'eur',
      status: 'succeeded',
      amount: 1250,
    };
    const refunded = { ...charge, amount_captured: 1250, amount_refunded: 300 };
    expect((await send(eventOf('evt_4', refunded))).body).toEqual({ received: true, handled: true });
    expect(await reread(id)).toMatchObject({ status: 'partially_refunded', refundedAmount: amount(3) });
    await send(
      eventOf('evt_5', { object: 'dispute', payment_intent: providerReference, status: 'needs_response' }),
    );
    expect((await reread(id)).status).toBe('disputed');
    await send(eventOf('evt_6', { object: 'dispute', payment_intent: providerReference, status: 'won' }));
    expect((await reread(id)).status).toBe('partially_refunded');
  });

  it('of an unknown payment is ignored, and one for an unknown provider is 404', async () => {
    const unknown = eventOf('evt_7', { object: 'payment_intent', id: 'pi_unknown', metadata: {} });
    expect((await send(unknown)).body).toEqual({ received: true, handled: false });
    expect((await send('no JSON')).body).toEqual({ received: true, handled: false });
    expect((await send(unknown, { provider: 'paypal' })).status).toBe(404);
    expect((await send(unknown, { provider: 'manual' })).status).toBe(404);
  });
});

describe('the settings of the provider', () => {
  it('never show a secret, and store it encrypted', async () => {
    const answer = await updateProviderSettings(shop.ctx, {});
    expect(answer).toMatchObject({
      cardProvider: 'stripe',
      hasStripeSecretKey: true,
      hasStripeWebhookSecret: true,
    });
    const rows = await shop.ctx.db.many(sql`select * from payment_provider_settings`);
    const audit = await shop.ctx.db.many(
      sql`select input from audit_entries union all select after from audit_changes`,
    );
    for (const secret of Object.values(SECRETS)) {
      expect(rows.toString() + Buffer.from(JSON.stringify(rows)).toString('latin1')).not.toContain(secret);
      expect(JSON.stringify(audit)).not.toContain(secret);
    }
  });

  it('require a key for Stripe', async () => {
    const other = await openShop(platform);
    const error = await expectError(
      'VALIDATION_FAILED',
      updateProviderSettings(other.ctx, { cardProvider: 'stripe' }),
    );
    expect(fieldCodes(error)).toEqual([['stripeSecretKey', 'REQUIRED']]);
  });
});
