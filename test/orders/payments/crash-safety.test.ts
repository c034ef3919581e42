/** The process is killed (kill -9) between each two steps of a payment: afterwards there is one charge, and one payment or a refund. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { levelsOf } from '#subgraphs/inventory/index';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { performPaymentWork } from '#subgraphs/orders/payments/payments.worker';
import { giftCardsOfOrders, paymentsOfOrders, type PaymentIntentRow } from '#subgraphs/payments/index';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const clock = new SettableClock(new Date());
let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  clock.set(new Date());
  till = await openTill(db);
});

/** Takes a payment of 7.00 in a process of its own, which is killed. */
function killedAt(transaction: number, before: 'begin' | 'commit', orderId: string | null = null): void {
  const { organizationId, branchId } = till;
  const task = JSON.stringify({ url: db.url, organizationId, branchId, orderId, transaction, before });
  const script = path.join(__dirname, 'killed-payment.ts');
  const { signal, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, task], {
    encoding: 'utf8',
  });
  expect([signal, stderr]).toEqual(['SIGKILL', '']);
}

/** Lets another process's reconciler work after the lease. */
async function reconcile(afterMs: number): Promise<void> {
  clock.advance(afterMs);
  while ((await performPaymentWork(db.services)) > 0);
}

const charges = () =>
  till.ctx.db.many(
    sql`select stage, captured_amount::text as captured, refunded_amount::text as refunded from sandbox_payments`,
  );
const payments = () => till.ctx.db.many<PaymentIntentRow>(sql`select * from payment_intents`);

it.each([
  ['after the reservation, before the provider is asked', 2, 'begin'],
  ['while the provider works', 2, 'commit'],
  ['after the provider answered', 3, 'begin'],
  ['before the settlement is committed', 3, 'commit'],
  ['after the settlement', 4, 'begin'],
] as const)(
  'P2: killed %s: one charge, which one order takes',
  async (...[, transaction, before]) => {
    killedAt(transaction, before);
    await reconcile(120_000);
    expect(await charges()).toEqual([{ stage: 'open', captured: '7.0000', refunded: '0.0000' }]);
    const [payment, ...others] = await payments();
    expect([payment, others]).toMatchObject([{ status: 'captured', capturedAmount: amount(7) }, []]);
    const { order } = await checkout(till.ctx, {
      items: [{ sku: 'TEA', quantity: amount(2) }],
      payments: [{ method: 'card', amount: amount(7), reference: payment!.id }],
    });
    await reconcile(24 * 3_600_000);
    expect(await payments()).toMatchObject([{ status: 'captured', orderId: order.id }]);
    expect(await charges()).toEqual([{ stage: 'open', captured: '7.0000', refunded: '0.0000' }]);
  },
  60_000,
);

it('P2: killed before the reservation is committed: no charge, no payment', async () => {
  killedAt(1, 'commit');
  await reconcile(120_000);
  expect([await charges(), await payments()]).toEqual([[], []]);
}, 60_000);

it('P2: killed, and no order names the payment: one charge, refunded once', async () => {
  killedAt(3, 'commit');
  await reconcile(120_000);
  await reconcile(25 * 3_600_000);
  await reconcile(25 * 3_600_000);
  expect(await payments()).toMatchObject([{ status: 'refunded', refundedAmount: amount(7) }]);
  expect(await charges()).toEqual([{ stage: 'open', captured: '7.0000', refunded: '7.0000' }]);
}, 60_000);

describe('a placed order', () => {
  const place = async () => {
    const items = [{ sku: 'TEA', quantity: amount(2) }];
    return (await createOrder(till.ctx, { channel: 'web', items })).order.id;
  };
  const stateOf = async (orderId: string) => {
    const { status, paid } = await orderById(till.ctx.db, orderId);
    const recorded = (await paymentsOfOrders(till.ctx.db, [orderId])).get(orderId) ?? [];
    return [status, paid.toFixed(2), recorded.map((payment) => payment.status)];
  };
  const reserved = async () => {
    const { variantId } = till.items.TEA!;
    return (await levelsOf(till.ctx.db, [variantId], till.branchId)).get(variantId)!.reserved.toFixed();
  };

  it.each([
    ['after the reservation, before the provider is asked', 2, 'begin'],
    ['while the provider works', 2, 'commit'],
    ['after the provider answered', 3, 'begin'],
    ['before the settlement is committed, with that of the order', 3, 'commit'],
    ['after the settlement', 4, 'begin'],
  ] as const)(
    'P2: whose payment is killed %s is paid and confirmed once, by one charge',
    async (...[, transaction, before]) => {
      const orderId = await place();
      killedAt(transaction, before, orderId);
      await reconcile(120_000);
      await reconcile(25 * 3_600_000);
      expect(await stateOf(orderId)).toEqual(['confirmed', '7.00', ['captured']]);
      expect([await charges(), await reserved()]).toEqual([
        [{ stage: 'open', captured: '7.0000', refunded: '0.0000' }],
        '2',
      ]);
    },
    60_000,
  );

  it.each([
    ['after the provider answered', 3, 'begin'],
    ['before the settlement is committed, with the card', 3, 'commit'],
    ['after the settlement', 4, 'begin'],
  ] as const)(
    'P2: of a gift card whose payment is killed %s issues one card, once it is paid',
    async (...[, transaction, before]) => {
      await updateProduct(till.ctx, till.items.TEA!.productId, { giftCardPurpose: 'multi_purpose' });
      const items = [{ sku: 'TEA', unitPrice: amount(7) }];
      const { order } = await createOrder(till.ctx, { channel: 'web', items });
      const cards = async () => {
        const issued = (await giftCardsOfOrders(till.ctx.db, [order.id])).get(order.id) ?? [];
        return issued.map(({ balance }) => balance.toFixed(2));
      };
      killedAt(transaction, before, order.id);
      expect(await cards()).toEqual(transaction === 4 ? ['7.00'] : []);
      await reconcile(120_000);
      await reconcile(25 * 3_600_000);
      expect([await stateOf(order.id), await cards()]).toEqual([
        ['completed', '7.00', ['captured']],
        ['7.00'],
      ]);
    },
    60_000,
  );

  it('P2: that is cancelled after the kill gets its money back, once', async () => {
    const orderId = await place();
    killedAt(3, 'commit', orderId);
    await cancelOrder(till.ctx, orderId, {});
    await reconcile(120_000);
    await reconcile(25 * 3_600_000);
    expect(await stateOf(orderId)).toEqual(['cancelled', '0.00', []]);
    expect([await charges(), await reserved()]).toEqual([
      [{ stage: 'open', captured: '7.0000', refunded: '7.0000' }],
      '0',
    ]);
  }, 60_000);
});
