import type { Scope } from '#kernel/auth/scopes';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { updateTillSettings } from '#subgraphs/registers/index';
import { levelsOf } from '#subgraphs/inventory/index';
import type { CreateOrderInput, OrderItemInput } from '#subgraphs/orders/inputs.generated';
import { addOrderPayment, lockOrder } from '#subgraphs/orders/index';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { updateOrder } from '#subgraphs/orders/placing/update-order';
import { dueAmount, paymentStatusOf } from '#subgraphs/orders/order/order-balance.rules';
import { listOrders } from '#subgraphs/orders/order/orders.queries';
import { dayFigures } from '#subgraphs/orders/reports/daily-figures.queries';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf, errorOf, fieldCodeOf, figures } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db, {
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    branches: [{ name: 'Main', code: 'MAIN' }],
    articles: [
      { sku: 'TEA', price: '10.00', stock: '100', cost: '4', barcode: '4006381333931' },
      { sku: 'BREAD', price: '3.00', tax: '7', stock: '100' },
      { sku: 'LAST', price: '5.00', stock: '1' },
    ],
  });
});
afterAll(() => db.close());

const item = (sku: string, quantity: number): OrderItemInput => ({ sku, quantity: amount(quantity) });
const create = (input: Partial<CreateOrderInput> = {}, ctx = shop.ctx) =>
  createOrder(ctx, { channel: 'phone', items: [item('TEA', 2)], ...input });
const levelOf = async (sku: string) => {
  const { variantId } = shop.items[sku]!;
  const level = (await levelsOf(shop.ctx.db, [variantId], shop.branchId)).get(variantId)!;
  return [level.onHand.toFixed(), level.available.toFixed()];
};
const card = (value: string) => ({ method: 'card' as const, amount: amount(value) });

it('places an order that waits for its payment: priced, numbered, its goods reserved, and not yet a sale', async () => {
  const before = await dayFigures(shop.ctx.db, { branchId: shop.branchId, date: '2026-01-01' });
  expect(before.sales).toBe(0);
  const { order, payments } = await create({
    items: [{ barcode: '4006381333931', quantity: amount(2) }, { variantId: shop.items.BREAD!.variantId }],
    shipping: { amount: amount('4.90') },
    discount: { percent: amount(10) },
    shippingAddress: { line1: ' Lindenstrasse 12 ', city: 'Berlin', country: 'de' },
    email: 'ann@example.com',
  });
  expect(order).toMatchObject({
    number: 'MAIN-0000001',
    receiptNumber: null,
    channel: 'phone',
    status: 'pending',
    soldAt: null,
    cashierId: shop.owner.id,
    email: 'ann@example.com',
    shippingAddress: { line1: 'Lindenstrasse 12', city: 'Berlin', country: 'DE', region: null },
  });
  // 23.00 − 2.30 + 4.90; the shipping has the rate of the tea, by which most of the goods are taxed: 0.78 of 4.90.
  expect(figures(order)).toMatchObject({
    subtotal: '23',
    discountTotal: '2.3',
    shippingTotal: '4.9',
    shippingTax: '0.78',
    shippingTaxRate: '19',
    total: '25.6',
    taxTotal: '3.83',
    paid: '0',
  });
  expect([payments, dueAmount(order).toFixed(2), paymentStatusOf(order)]).toEqual([[], '25.60', 'unpaid']);
  expect(await levelOf('TEA')).toEqual(['100', '98']);
  const figuresToday = await dayFigures(shop.ctx.db, { branchId: shop.branchId, date: order.businessDate });
  expect(figuresToday.sales).toBe(0);
}); // prettier-ignore

it('takes payments that were received, and confirms the order that they cover', async () => {
  const part = await create({ payments: [card('5.00')] });
  expect([part.order.status, dueAmount(part.order).toFixed(), paymentStatusOf(part.order)]).toEqual(['pending', '15', 'partially_paid']);
  const all = await create({ payments: [card('5.00'), card('15.00')] });
  expect([all.order.status, all.order.soldAt !== null, paymentStatusOf(all.order)]).toEqual(['confirmed', true, 'paid']);
  const unpaid = await create({ status: 'confirmed' });
  expect([unpaid.order.status, dueAmount(unpaid.order).toFixed()]).toEqual(['confirmed', '20']);
}); // prettier-ignore

it('moves the goods of a completed order at once, at their cost', async () => {
  const [onHand] = await levelOf('TEA');
  const { order } = await create({ channel: 'erp', status: 'completed', payments: [card('20.00')] });
  expect([order.status, order.lines[0]!.unitCost!.toFixed()]).toEqual(['completed', '4']);
  expect((await levelOf('TEA'))[0]).toBe(String(Number(onHand) - 2));
});

it('confirms a pending order with the payment that covers the rest', async () => {
  const { order } = await create();
  const pay = (value: string) =>
    transact(shop.ctx, async (tx) =>
      addOrderPayment(tx, shop.ctx, await lockOrder(tx, order.id), [card(value)]),
    );
  const first = await pay('12.00');
  expect([first.order.status, dueAmount(first.order).toFixed()]).toEqual(['pending', '8']);
  expect(await fieldCodeOf(pay('8.01'))).toBe('OVERPAID');
  const second = await pay('8.00');
  expect([second.order.status, dueAmount(second.order).toFixed(), second.payments.length]).toEqual(['confirmed', '0', 1]);
  const refusal = await errorOf(pay('0.01'));
  expect([refusal.code, refusal.details]).toMatchObject(['ILLEGAL_STATE', { status: 'confirmed', due: '0.00' }]);
}); // prettier-ignore

it('counts a sale once it is confirmed, and its payments when they come', async () => {
  const { order } = await create({ items: [item('BREAD', 3)], payments: [card('4.00')] });
  const today = { branchId: shop.branchId, date: order.businessDate };
  const before = await dayFigures(shop.ctx.db, today);
  await transact(shop.ctx, async (tx) =>
    addOrderPayment(tx, shop.ctx, await lockOrder(tx, order.id), [card('5.00')]),
  );
  const after = await dayFigures(shop.ctx.db, today);
  expect([after.sales - before.sales, after.net.minus(before.net).toFixed()]).toEqual([1, '9']);
  const cards = [before, after].map(
    ({ payments }) => payments.find(({ method }) => method === 'card')!.amount,
  );
  expect(cards[1]!.minus(cards[0]!).toFixed()).toBe('5');
});

describe('rejects', () => {
  it.each<[string, Partial<CreateOrderInput>, string]>([
    ['an order of a till', { channel: 'pos' }, 'INVALID'],
    ['no goods', { items: [] }, 'REQUIRED'],
    ['an unknown item', { items: [item('NONE', 1)] }, 'PRODUCT_NOT_FOUND'],
    ['a status in which no order begins', { status: 'shipped' }, 'INVALID'],
    ['more than the total', { payments: [card('20.01')] }, 'OVERPAID'],
    ['cash without a register', { payments: [{ method: 'cash', amount: amount(1) }] }, 'REGISTER_REQUIRED'],
    ['a payment of nothing', { payments: [card('0')] }, 'NOT_POSITIVE'],
    ['an account without a customer', { payments: [{ method: 'credit', amount: amount(1) }] }, 'REQUIRED'],
    ['a completed order that is not paid', { status: 'completed' }, 'PAYMENT_INSUFFICIENT'],
    ['a reservation in the past', { holdsUntil: new Date(0) }, 'OUT_OF_RANGE'],
    ['negative shipping', { shipping: { amount: amount(-1) } }, 'NEGATIVE'],
    [
      'a country that does not exist',
      { shippingAddress: { line1: 'x', city: 'y', country: 'XX' } },
      'INVALID',
    ],
    ['an address without a mail box', { email: 'ann' }, 'INVALID'],
    ['an unknown customer', { customerId: 'x' }, 'CUSTOMER_NOT_FOUND'],
    ['goods that are not there', { items: [item('LAST', 2)] }, 'INSUFFICIENT_STOCK'],
  ])('%s, and writes nothing', async (_, input, code) => {
    const before = await rowCounts(db);
    expect(await fieldCodeOf(create(input))).toBe(code);
    expect(await rowCounts(db)).toEqual(before);
  });

  it('a price or a discount beyond the permissions of the caller', async () => {
    const clerk = (...scopes: Scope[]) => shop.as(['orders:write', ...scopes]);
    const priced = { items: [{ ...item('TEA', 1), unitPrice: amount(1) }] };
    expect(await codeOf(create(priced, clerk()))).toBe('FORBIDDEN');
    expect(await codeOf(create(priced, clerk('pos:override')))).toBe('none');
    const limits = [{ role: 'owner', discountPercent: amount(5) }];
    await updateTillSettings(shop.ctx, { limits });
    expect(await codeOf(create({ discount: { percent: amount(6) } }, clerk()))).toBe('APPROVAL_REQUIRED');
    await updateTillSettings(shop.ctx, { limits: [] });
  });
});

describe('the same order twice', () => {
  it('has one number in a channel', async () => {
    const input = { channel: 'erp' as const, externalNumber: 'SO-4711' };
    const { order } = await create(input);
    const error = await errorOf(create(input));
    expect([error.code, error.errors?.[0]?.code]).toEqual(['ALREADY_EXISTS', 'TAKEN']);
    const { order: other } = await create({ ...input, channel: 'marketplace' });
    const { items } = await listOrders(shop.ctx, { externalNumber: 'SO-4711' });
    expect(items.map(({ id }) => id).sort()).toEqual([order.id, other.id].sort());
  });

  it('is one order with a client reference, twenty times at once', async () => {
    const input = { clientReference: 'cart-1', items: [item('BREAD', 1)] };
    const orders = await Promise.all(Array.from({ length: 20 }, () => create(input)));
    expect(new Set(orders.map(({ order }) => order.id)).size).toBe(1);
    expect(await codeOf(create({ ...input, items: [item('BREAD', 2)] }))).toBe('IDEMPOTENCY_KEY_REUSED');
  });
});

it('changes the note and the contact data in the version that the caller read, until the goods are sent', async () => {
  const { order } = await create({ note: 'Ring twice', phone: '+49 30 1' });
  const changed = await updateOrder(shop.ctx, order.id, { phone: '+49 30 2', version: 1 });
  expect(changed).toMatchObject({ note: 'Ring twice', phone: '+49 30 2', version: 2 });
  expect(await codeOf(updateOrder(shop.ctx, order.id, { note: '', version: 1 }))).toBe('CONFLICT');
  expect(await updateOrder(shop.ctx, order.id, { note: '' })).toMatchObject({ note: null, version: 3 });
  expect(await updateOrder(shop.ctx, order.id, { note: null })).toMatchObject({ version: 3 });
  const { order: done } = await create({ status: 'completed', payments: [card('20.00')] });
  expect(await codeOf(updateOrder(shop.ctx, done.id, { phone: '1' }))).toBe('ILLEGAL_STATE');
  expect((await updateOrder(shop.ctx, done.id, { note: 'x' })).note).toBe('x');
});

it('belongs to its organization alone', async () => {
  const { order } = await create();
  const other = await openShop(db, { branches: [{ name: 'Other', code: 'MAIN' }] });
  expect(await codeOf(updateOrder(other.ctx, order.id, { note: 'x' }))).toBe('NOT_FOUND');
  expect(await codeOf(updateOrder(other.ctx, 'x', { note: 'x' }))).toBe('NOT_FOUND');
  const rows = await other.ctx.db.many(sql`select 1 from order_steps`);
  expect(rows).toEqual([]);
});
