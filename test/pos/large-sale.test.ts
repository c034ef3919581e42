/** A sale of 2,500 lines goes through every way in: set-based, so that it sends as many statements as one of a few lines. */
import { partiallyRefundOrder } from '#subgraphs/orders/index';
import { checkout, returnItems } from '#subgraphs/pos/index';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { closeRegister } from '#subgraphs/registers/index';
import type { CheckoutItemInput } from '#subgraphs/pos/inputs.generated';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { checkReport } from '#test/pos/agreement';
import { openTill, type Article, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount, errorOf } from '#test/harness/values';

const MOST = 2_500;
const REGISTER_ID = '0190a000-000a-7000-8000-000000000001';

/** A thousand articles, so that the lines are not all of one. */
const ARTICLES: readonly Article[] = Array.from({ length: 1_000 }, (_, index) => ({
  sku: `A${index}`,
  price: '1.10',
  stock: '100000',
  cost: '0.50',
}));
const lines = (count: number): CheckoutItemInput[] =>
  Array.from({ length: count }, (_, index) => ({
    sku: `A${index % 1_000}`,
    quantity: amount(1),
    note: `line ${index}`,
  }));

describe('at a till', () => {
  let db: TestDatabase;
  let till: Till;
  beforeAll(async () => {
    db = await testDatabase();
    till = await openTill(db, { articles: ARTICLES });
  });
  afterAll(() => db.close());
  const basket = (count: number) => ({
    items: lines(count),
    paymentMethod: 'card' as const,
    registerId: till.registerId,
  });
  const total = '2750';

  it('is calculated, validated, sold, printed and refunded', async () => {
    expect((await calculateCheckout(till.ctx, basket(MOST))).total.toFixed()).toBe(total);
    expect(await validateCheckout(till.ctx, basket(MOST))).toEqual({ valid: true, issues: [] });
    const { order } = await checkout(till.ctx, basket(MOST));
    expect([order.lines.length, order.total.toFixed()]).toEqual([MOST, total]);
    for (const format of ['text', 'html', 'escpos', 'pdf'] as const) {
      const { content } = await printReceipt(till.ctx, order.id, format);
      if (format === 'text' || format === 'html') expect(content).toContain('line 2499');
      else expect(Buffer.from(content, 'base64').length).toBeGreaterThan(MOST * 20);
    }
    const items = order.lines.map(({ id, quantity }) => ({ itemId: id, quantity }));
    const back = await partiallyRefundOrder(till.ctx, order.id, { items, method: 'card' as const });
    expect([back.order.lines.length, back.order.total.toFixed()]).toEqual([MOST, `-${total}`]);
  }, 120_000);

  it('comes in offline, and is exchanged and returned', async () => {
    const [booked] = await bookOfflineSales(till.ctx, [
      { ...basket(MOST), clientReference: till.ctx.ids.next() },
    ]);
    expect([booked!.status, booked!.posted!.order.lines.length]).toEqual(['created', MOST]);
    const reason = 'Wrong goods';
    const returned = lines(MOST);
    const pair = await exchangeItems(till.ctx, {
      returned,
      items: lines(MOST),
      reason,
      registerId: till.registerId,
    });
    expect([pair.returned.order.lines.length, pair.sold.order.lines.length]).toEqual([MOST, MOST]);
    const back = await returnItems(till.ctx, {
      items: lines(MOST),
      method: 'card',
      reason,
      registerId: till.registerId,
    });
    expect(back.order.lines).toHaveLength(MOST);
  }, 120_000);

  it('is rejected with one line more, everywhere', async () => {
    const over = basket(MOST + 1);
    const works = [
      calculateCheckout(till.ctx, over),
      checkout(till.ctx, over),
      returnItems(till.ctx, { items: over.items, method: 'card', reason: 'x', registerId: till.registerId }),
    ];
    for (const work of works)
      expect((await errorOf(work)).errors).toEqual([
        expect.objectContaining({ field: 'items', code: 'TOO_MANY' }),
      ]);
    const [rejected] = await bookOfflineSales(till.ctx, [{ ...over, clientReference: till.ctx.ids.next() }]);
    expect([rejected!.status, rejected!.error!.errors[0]!.code]).toEqual(['rejected', 'TOO_MANY']);
  });

  it('sends as many statements as one of two lines', async () => {
    // The terms of the branch are asked for now and then, and remembered for some seconds.
    const plain = (sent: { text: string }[]) =>
      sent
        .map(({ text }) => text.trim().slice(0, 30))
        .filter((text) => !/^select (o\.id as|s\.method|blind_close)/.test(text));
    const sentBy = async (count: number) =>
      plain(await statementsOf(() => checkout(till.ctx, basket(count))));
    expect(await sentBy(MOST)).toEqual(await sentBy(2));
    const offline = async (count: number) => {
      const sale = {
        ...basket(count),
        clientReference: till.ctx.ids.next(),
        payments: [{ method: 'card' as const, amount: amount(1) }],
        paymentMethod: null,
      };
      return plain(await statementsOf(() => bookOfflineSales(till.ctx, [sale])));
    };
    expect(await offline(MOST)).toEqual(await offline(2));
  }, 120_000);

  it('adds up', async () => {
    await checkReport(
      till,
      await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) }),
    );
  }, 120_000);
});

describe('over the wire', () => {
  let platform: TestPlatform;
  let token: string;
  beforeAll(async () => {
    platform = await startTestPlatform({ demoDays: 1 });
    const body = { email: 'cashier@pospro.com', password: 'secure123' };
    token = ((await platform.rest('POST', '/api/v1/auth/login', { body })).body as { access_token: string })
      .access_token;
  }, 120_000);
  afterAll(() => platform.stop());

  const items = Array.from({ length: MOST }, (_, index) => ({
    barcode: '123456789',
    quantity: '1',
    note: `line ${index}`,
  }));
  const sale = { items, register_id: REGISTER_ID, payment_method: 'card' };

  it('fits into a request and an answer, over REST and over GraphQL, and is replayed', async () => {
    const quote = await platform.rest('POST', '/api/v1/pos/checkout/calculate', { token, body: sale });
    expect([quote.status, (quote.body as { items: unknown[] }).items.length]).toEqual([200, MOST]);
    const reference = '0190a000-00ff-7000-8000-00000000abcd';
    const body = { sales: [{ ...sale, client_reference: reference }] };
    const first = await platform.rest('POST', '/api/v1/pos/offline-sales', { token, body });
    const again = await platform.rest('POST', '/api/v1/pos/offline-sales', { token, body });
    const statusOf = ({
      body: { results },
    }: {
      body: { results: { status: string; conflicts: { code: string }[] }[] };
    }) => [results[0]!.status, ...results[0]!.conflicts.map(({ code }) => code)];
    // The demo shop has no 2,500 of it.
    expect([statusOf(first as never), statusOf(again as never)]).toEqual([
      ['conflict', 'INSUFFICIENT_STOCK'],
      ['replayed', 'INSUFFICIENT_STOCK'],
    ]);
    const query = 'query ($input: CheckoutInput!) { validateCheckout(input: $input) { issues { code } } }';
    const input = { items, registerId: REGISTER_ID };
    const { data } = await platform.graphql<{ validateCheckout: { issues: { code: string }[] } }>(
      query,
      { input },
      token,
    );
    expect(data.validateCheckout.issues).toEqual([{ code: 'INSUFFICIENT_STOCK' }]);
  }, 120_000);
});
