import { sql } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { customerById } from '#subgraphs/customers/index';
import { levelsOf } from '#subgraphs/inventory/index';
import { partiallyRefundOrder, refundOrder, type FullOrder } from '#subgraphs/orders/index';
import { listOrders, orderById } from '#subgraphs/orders/order/orders.queries';
import { paymentsOfOrders } from '#subgraphs/payments/index';
import { checkout } from '#subgraphs/pos/index';
import type { CheckoutInput } from '#subgraphs/pos/inputs.generated';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, errorOf, figures } from '#test/harness/values';
import type { PaymentMethodKind } from '#subgraphs/payments/inputs.generated';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

const sell = async (input: CheckoutInput, from = till): Promise<FullOrder> =>
  (await checkout(from.ctx, input)).order;
const item = (sku: string, quantity: number | string) => ({ sku, quantity: amount(quantity) });
const cash = (value: number | string) => ({ method: 'cash' as const, amount: amount(value) });
const card = (value: number | string) => ({ method: 'card' as const, amount: amount(value) });
const tenders = (payments: readonly { method: PaymentMethodKind; amount: Decimal }[]) =>
  payments.map(({ method, amount: out }) => `${method} ${out.toFixed()}`);
const onHand = async (sku: string) =>
  (await levelsOf(till.ctx.db, [till.items[sku]!.variantId], till.branchId)).get(till.items[sku]!.variantId)!
    .onHand;
const drawer = async (from = till) =>
  (
    await from.ctx.db.one<{ cash: Decimal }>(
      sql`select expected_cash as cash from register_sessions where id = ${from.sessionId}`,
    )
  ).cash;

describe('a full refund', () => {
  it('gives goods back into stock at their cost, and money the way it came', async () => {
    const stock = await onHand('TEA');
    const before = await drawer();
    const sale = await sell({ items: [item('TEA', 2), item('DELIVERY', 1)], payments: [card(10), cash(20)] });
    const { order, payments } = await refundOrder(till.ctx, sale.id, { reason: 'Wrong size' });
    expect(order).toMatchObject({
      kind: 'return',
      status: 'completed',
      originalOrderId: sale.id,
      reason: 'Wrong size',
      registerSessionId: till.sessionId,
      number: 'MAIN.T1-0000002',
      receiptNumber: 'MAIN.T1-R0000002',
    });
    expect(figures(order)).toEqual({
      giftCardTotal: '0',
      grossTotal: '-11.9',
      subtotal: '-11.9',
      discountTotal: '0',
      taxTotal: '-1.9',
      rounding: '0',
      total: '-11.9',
      paid: '-11.9',
      change: '0',
      refundedTotal: '0',
      waivedTotal: '0',
      shippingTotal: '0',
      shippingTax: '0',
      shippingTaxRate: '0',
      shippingRefunded: '0',
      tip: '0',
    });
    expect(
      order.lines.map((line) => [
        line.sku,
        line.quantity.toFixed(),
        line.total.toFixed(),
        line.unitCost?.toFixed(),
      ]),
    ).toEqual([
      ['TEA', '-2', '-7', '1.2'],
      ['DELIVERY', '-1', '-4.9', undefined],
    ]);
    expect(tenders(payments)).toEqual(['card -10', 'cash -1.9']);
    expect((await onHand('TEA')).toFixed()).toBe(stock.toFixed());
    expect((await drawer()).toFixed()).toBe(before.toFixed());
    const after = await orderById(till.ctx.db, sale.id);
    expect([after.status, after.refundedTotal.toFixed()]).toEqual(['refunded', '11.9']);
    expect(after.lines.map((line) => line.returnedQuantity.toFixed())).toEqual(['2', '1']);
    const paid = (await paymentsOfOrders(till.ctx.db, [sale.id])).get(sale.id)!;
    expect(paid.map(({ status, refundedAmount }) => `${status} ${refundedAmount.toFixed()}`)).toEqual([
      'refunded 10',
      'refunded 1.9',
    ]);
  });

  it('is refused for what is refunded, for a return, and for what is not there', async () => {
    const sale = await sell({ items: [item('TEA', 1)], payments: [cash(5)] });
    const { order } = await refundOrder(till.ctx, sale.id);
    const before = await rowCounts(db);
    const again = await errorOf(refundOrder(till.ctx, sale.id));
    expect([again.code, again.status, again.message, again.details?.status]).toEqual([
      'ILLEGAL_STATE', 409, `Order ${sale.number} is refunded and cannot be refunded.`, 'refunded',
    ]); // prettier-ignore
    expect(await codeOf(refundOrder(till.ctx, order.id))).toBe('ILLEGAL_STATE');
    const other = await openTill(db);
    const absent = [
      await errorOf(refundOrder(other.ctx, sale.id)),
      await errorOf(refundOrder(till.ctx, 'nonsense')),
    ];
    expect(absent.map((error) => error.code)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    const counts = await rowCounts(db);
    expect([counts.orders, counts.payments]).toEqual([before.orders, before.payments]);
  });

  it('is done once under one key', async () => {
    const sale = await sell({ items: [item('TEA', 1)], payments: [cash(5)] });
    const clientReference = till.ctx.ids.next();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refundOrder(till.ctx, sale.id, { clientReference })),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await codeOf(refundOrder(till.ctx, sale.id, { clientReference, reason: 'other' }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('of many at once, one is done', async () => {
    const sale = await sell({ items: [item('TEA', 5)], payments: [cash(20)] });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => refundOrder(till.ctx, sale.id)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  it('gives back on account, and leaves goods out of stock where told', async () => {
    const sale = await sell({
      items: [item('TEA', 4)],
      customerId: till.customerId,
      payments: [{ method: 'credit', amount: amount(14) }],
    });
    const stock = await onHand('TEA');
    const { order } = await refundOrder(till.ctx, sale.id, { restock: false });
    expect((await customerById(till.ctx.db, till.customerId))!.creditBalance.toFixed()).toBe('0');
    expect(order.lines[0]!.unitCost).toBeNull();
    expect((await onHand('TEA')).toFixed()).toBe(stock.toFixed());
  });

  it('needs a drawer for cash, and none for a card', async () => {
    const [inCash, byCard] = [
      await sell({ items: [item('TEA', 1)], payments: [cash(5)] }),
      await sell({ items: [item('TEA', 1)], payments: [card('3.50')] }),
    ];
    const office = db.contextFor({ ...till.actor, userId: till.ctx.ids.next() });
    expect(await codeOf(refundOrder(office, inCash.id))).toBe('REGISTER_CLOSED');
    const { order } = await refundOrder(office, byCard.id);
    expect([order.registerSessionId, order.branchId]).toEqual([null, till.branchId]);
    expect(
      (await refundOrder(office, inCash.id, { registerId: till.registerId })).order.registerSessionId,
    ).toBe(till.sessionId);
  });
});

describe('partial refunds', () => {
  it('give a discounted line back to the last cent', async () => {
    const sale = await sell({
      items: [{ ...item('TEA', 3), discount: { amount: amount('0.50') } }],
      payments: [cash(20)],
    });
    expect(sale.total.toFixed()).toBe('10');
    const parts = [];
    for (let count = 0; count < 3; count += 1) {
      parts.push((await partiallyRefundOrder(till.ctx, sale.id, { items: [item('TEA', 1)] })).order);
      const status = (await orderById(till.ctx.db, sale.id)).status;
      expect(status).toBe(count < 2 ? 'partially_refunded' : 'refunded');
    }
    expect(parts.map((part) => part.total.toFixed(2))).toEqual(['-3.33', '-3.34', '-3.33']);
    for (const name of ['total', 'taxTotal', 'subtotal', 'discountTotal'] as const) {
      expect(sum(parts.map((part) => part[name])).toFixed()).toBe(sale[name].negated().toFixed());
    }
  });

  it('name items by line, product, variant, SKU and barcode, over several lines', async () => {
    const { TEA } = till.items;
    const sale = await sell({
      items: [item('TEA', 2), item('BREAD', 1), { ...item('TEA', 3), unitPrice: amount(3) }],
      payments: [card('18.99')],
    });
    const back = (given: object) =>
      partiallyRefundOrder(till.ctx, sale.id, { items: [{ quantity: amount(1), ...given }] });
    expect((await back({ itemId: sale.lines[2]!.id })).order.total.toFixed()).toBe('-3');
    expect((await back({ productId: TEA!.productId })).order.total.toFixed()).toBe('-3.5');
    const spread = await back({ variantId: TEA!.variantId, quantity: amount(2) });
    expect(spread.order.lines.map((line) => line.total.toFixed())).toEqual(['-3.5', '-3']);
    expect((await back({ sku: 'bread' })).order.total.toFixed()).toBe('-2.99');
    expect((await back({ barcode: '4006381333931' })).order.total.toFixed()).toBe('-3');
    expect((await orderById(till.ctx.db, sale.id)).status).toBe('refunded');
  });

  it('refuse more than was sold, what was not sold, and payments that do not add up; nothing is written then', async () => {
    const sale = await sell({ items: [item('TEA', 2)], payments: [cash(10)] });
    await partiallyRefundOrder(till.ctx, sale.id, { items: [item('TEA', 1)] });
    const before = await rowCounts(db);
    const refused = async (input: Parameters<typeof partiallyRefundOrder>[2]) => {
      const error = await errorOf(partiallyRefundOrder(till.ctx, sale.id, input));
      return [error.code, error.status, error.errors?.[0]?.field, error.errors?.[0]?.code];
    };
    expect(await refused({ items: [item('TEA', 2)] })).toEqual([
      'VALIDATION_FAILED',
      422,
      'items.0.quantity',
      'MORE_THAN_SOLD',
    ]);
    expect(await refused({ items: [item('TEA', 1), item('TEA', 1)] })).toEqual([
      'VALIDATION_FAILED',
      422,
      'items.1.quantity',
      'MORE_THAN_SOLD',
    ]);
    expect(await refused({ items: [item('BREAD', 1)] })).toEqual([
      'PRODUCT_NOT_FOUND',
      422,
      'items.0',
      'PRODUCT_NOT_FOUND',
    ]);
    expect(await refused({ items: [item('TEA', 0)] })).toEqual([
      'VALIDATION_FAILED',
      422,
      'items.0.quantity',
      'NOT_POSITIVE',
    ]);
    expect(await refused({ items: [] })).toEqual(['VALIDATION_FAILED', 422, 'items', 'INVALID']);
    expect(await refused({ items: [item('TEA', 1)], payments: [cash(3)] })).toEqual([
      'VALIDATION_FAILED',
      422,
      'payments',
      'AMOUNT_MISMATCH',
    ]);
    expect(await refused({ items: [item('TEA', 1)], method: 'credit' })).toEqual([
      'VALIDATION_FAILED',
      422,
      'payments',
      'INVALID',
    ]);
    expect(await rowCounts(db)).toEqual(before);
  });

  it('round cash, and end with what is left of the money', async () => {
    const swiss = await openTill(db, { currency: 'CHF', cashRoundingStep: amount('0.05') });
    const sale = await sell({ items: [item('BREAD', 3)], payments: [cash(10)] }, swiss);
    expect(sale.total.toFixed()).toBe('8.95');
    const parts = [];
    for (let count = 0; count < 3; count += 1) {
      parts.push((await partiallyRefundOrder(swiss.ctx, sale.id, { items: [item('BREAD', 1)] })).order);
    }
    expect(parts.map((part) => [part.total.toFixed(2), part.rounding.toFixed(2)])).toEqual([
      ['-3.00', '-0.01'],
      ['-3.00', '-0.01'],
      ['-2.95', '0.04'],
    ]);
    expect((await drawer(swiss)).toFixed()).toBe('100');
  });
});

describe('lists of orders', () => {
  it('are narrowed by every filter, and page without a gap', async () => {
    const shop = await openTill(db);
    for (let count = 0; count < 5; count += 1)
      await checkout(shop.ctx, { items: [item('TEA', count + 1)], paymentMethod: 'card' });
    const bought = await sell(
      { items: [item('BREAD', 1)], customerId: shop.customerId, paymentMethod: 'cash' },
      shop,
    );
    await refundOrder(shop.ctx, bought.id);
    const count = async (filter: Parameters<typeof listOrders>[1]) =>
      (await listOrders(shop.ctx, filter)).total();
    expect(await count({})).toBe(7);
    expect(await count({ kind: 'return' })).toBe(1);
    expect(await count({ status: 'refunded' })).toBe(1);
    expect(await count({ customerId: shop.customerId })).toBe(2);
    expect(await count({ customerId: 'nobody' })).toBe(0);
    expect(await count({ date: bought.businessDate, channel: 'pos', branchId: shop.branchId })).toBe(7);
    expect(await count({ to: '2020-01-01' })).toBe(0);
    expect(
      await count({ from: bought.businessDate, to: bought.businessDate, registerSessionId: shop.sessionId }),
    ).toBe(7);
    expect(await count({ receiptNumber: bought.receiptNumber! })).toBe(1);
    expect(
      (
        await errorOf(
          Promise.resolve().then(() => listOrders(shop.ctx, { from: '2026-02-01', to: '2026-01-01' })),
        )
      ).status,
    ).toBe(422);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listOrders(shop.ctx, { size: 3, sort: '-total', cursor: cursor ?? null });
      seen.push(...page.items.map((order) => order.total.toFixed()));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(['17.5', '14', '10.5', '7', '3.5', '2.99', '-2.99']);
    expect(await (await listOrders(till.ctx, { receiptNumber: 'nothing' })).total()).toBe(0);
  });
});
