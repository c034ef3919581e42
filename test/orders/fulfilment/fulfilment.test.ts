/** Orders from their placing to the customer: every step, in whole and in part, with stock and money. */
import { sql } from '#kernel/db/database';
import { sum } from '#kernel/decimal';
import { levelsOf } from '#subgraphs/inventory/index';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { confirmOrder } from '#subgraphs/orders/fulfilment/confirm-order';
import { deliverOrder } from '#subgraphs/orders/fulfilment/deliver-order';
import { cancelExpired } from '#subgraphs/orders/fulfilment/expire-orders.worker';
import { cancelShipment, shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { shipmentsOf } from '#subgraphs/orders/fulfilment/shipments.queries';
import type { CreateOrderInput } from '#subgraphs/orders/inputs.generated';
import type { FullOrder } from '#subgraphs/orders/model';
import { orderById, refundOrder } from '#subgraphs/orders/index';
import { dueAmount, fulfilmentStatusOf, paymentStatusOf } from '#subgraphs/orders/order/order-balance.rules';
import { ordersOfOriginals } from '#subgraphs/orders/order/orders.queries';
import { stepsOf } from '#subgraphs/orders/order/order-steps';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { paymentsOfOrders } from '#subgraphs/payments/index';
import { checkDays } from '#test/pos/day-figures';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, errorOf, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db, {
    articles: [
      { sku: 'CUP', price: '3.3333', stock: '1000', cost: '2' },
      { sku: 'POT', price: '40.00', stock: '1000', cost: '9', tax: '7' },
      { sku: 'GIFT', price: '0', service: true },
    ],
  });
});
afterAll(async () => {
  await checkDays(till);
  await db.close();
});

/** A web order of cups that is paid by card. */
async function ordered(quantity: number, input: Partial<CreateOrderInput> = {}): Promise<FullOrder> {
  const items = [{ sku: 'CUP', quantity: amount(quantity) }];
  const { order } = await createOrder(till.ctx, { channel: 'web', items, status: 'confirmed', ...input });
  return order;
}
const paidOrder = async (quantity: number, total: string, input: Partial<CreateOrderInput> = {}) =>
  ordered(quantity, { payments: [{ method: 'card', amount: amount(total) }], ...input });
const some = ({ lines }: FullOrder, quantity: number) => ({
  items: [{ itemId: lines[0]!.id, quantity: amount(quantity) }],
});
const level = async (sku = 'CUP') => {
  const { variantId } = till.items[sku]!;
  const { onHand, available } = (await levelsOf(till.ctx.db, [variantId], till.branchId)).get(variantId)!;
  return { onHand: onHand.toNumber(), available: available.toNumber() };
};
const read = (order: FullOrder) => orderById(till.ctx.db, order.id);
const quantities = (order: FullOrder) =>
  order.lines.map((line) => [line.quantity, line.shippedQuantity, line.cancelledQuantity].map(Number));
const refunded = async (order: FullOrder) => {
  const returns = (await ordersOfOriginals(till.ctx.db, 'return', [order.id])).get(order.id) ?? [];
  return returns.map(({ total, paid }) => [total.toFixed(2), paid.toFixed(2)]);
};

it('goes from the order to the customer, and keeps who took each step, when and why', async () => {
  const order = await ordered(2, { status: 'pending' });
  const before = await level();
  await confirmOrder(till.ctx, order.id, { reason: ' Paid by invoice ' });
  await shipOrder(till.ctx, order.id, { carrier: 'DHL', trackingNumber: '0034' });
  const done = await deliverOrder(till.ctx, order.id, {});
  expect([done.status, fulfilmentStatusOf(done, (await read(order)).lines)]).toEqual(['delivered', 'delivered']);
  const after = await level();
  expect([after.onHand - before.onHand, after.available - before.available]).toEqual([-2, 0]);
  const steps = await stepsOf(till.ctx, done);
  expect(steps.map(({ action, fromStatus, toStatus, reason, userId, actorKind }) => [action, fromStatus, toStatus, reason, userId, actorKind])).toEqual([
    ['place', null, 'pending', null, till.owner.id, 'user'],
    ['confirm', 'pending', 'confirmed', 'Paid by invoice', till.owner.id, 'user'],
    ['ship', 'confirmed', 'shipped', null, till.owner.id, 'user'],
    ['deliver', 'shipped', 'delivered', null, till.owner.id, 'user'],
  ]);
  expect((await read(order)).lines[0]!.unitCost!.toFixed()).toBe('2');
  expect(await shipmentsOf(till.ctx, order)).toMatchObject([{ carrier: 'DHL', trackingNumber: '0034', cancelledAt: null }]);
}); // prettier-ignore

it('ships in parts: what remains stays reserved, and the order is shipped with the last part', async () => {
  const before = await level();
  const order = await ordered(5);
  const first = await shipOrder(till.ctx, order.id, some(order, 3));
  expect([first.status, fulfilmentStatusOf(first, (await read(order)).lines)]).toEqual(['confirmed', 'partially_shipped']);
  expect(await level()).toEqual({ onHand: before.onHand - 3, available: before.available - 5 });
  expect(await fieldCodeOf(shipOrder(till.ctx, order.id, some(order, 3)))).toBe('MORE_THAN_LEFT');
  expect((await shipOrder(till.ctx, order.id, {})).status).toBe('shipped');
  expect(quantities(await read(order))).toEqual([[5, 5, 0]]);
}); // prettier-ignore

it('O, also: cancels the two of five that were not shipped: the order is shipped, and 2/5 are refunded by cumulative share', async () => {
  const before = await level();
  const order = await paidOrder(5, '16.67');
  await shipOrder(till.ctx, order.id, some(order, 3));
  const rest = await cancelOrder(till.ctx, order.id, {});
  expect([rest.status, quantities(rest), paymentStatusOf(rest)]).toEqual(['shipped', [[5, 3, 2]], 'partially_refunded']);
  // 16.67 × 2/5 = 6.668.
  expect(await refunded(order)).toEqual([['-6.67', '-6.67']]);
  expect(await level()).toEqual({ onHand: before.onHand - 3, available: before.available - 3 });
  await refundOrder(till.ctx, order.id, { method: 'card' });
  expect(await refunded(order)).toEqual([['-6.67', '-6.67'], ['-10.00', '-10.00']]);
  expect(await level()).toEqual(before);
}); // prettier-ignore

it('cancels in parts to the last cent, and the shipping with the last goods', async () => {
  const order = await paidOrder(3, '14.90', { shipping: { amount: amount('4.90') } });
  await cancelOrder(till.ctx, order.id, some(order, 1));
  await cancelOrder(till.ctx, order.id, some(order, 1));
  const last = await cancelOrder(till.ctx, order.id, { reason: 'Ordered twice' });
  expect([last.status, last.shippingRefunded.toFixed(2), dueAmount(last).toFixed()]).toEqual(['cancelled', '4.90', '0']);
  expect(await refunded(order)).toEqual([['-3.33', '-3.33'], ['-3.34', '-3.34'], ['-8.23', '-8.23']]);
  const payments = (await paymentsOfOrders(till.ctx.db, [order.id])).get(order.id)!;
  expect(payments.map(({ status, refundedAmount }) => [status, refundedAmount.toFixed(2)])).toEqual([['refunded', '14.90']]);
}); // prettier-ignore

it('cancels what was not paid without paying anything out', async () => {
  const order = await ordered(3, { payments: [{ method: 'card', amount: amount('8.00') }] });
  await cancelOrder(till.ctx, order.id, some(order, 1));
  const one = await read(order);
  expect([one.refundedTotal, one.waivedTotal, dueAmount(one)].map((value) => value.toFixed(2))).toEqual(['3.33', '2.00', '0.00']);
  await cancelOrder(till.ctx, order.id, {});
  expect(await refunded(order)).toEqual([['-3.33', '-1.33'], ['-6.67', '-6.67']]);
  expect(paymentStatusOf(await read(order))).toBe('refunded');
}); // prettier-ignore

it('gives an order up that was never a sale: no return, the goods are free, and what was paid is refunded', async () => {
  const before = await level();
  const order = await ordered(4, { status: 'pending', payments: [{ method: 'card', amount: amount('5.00') }] });
  expect(await codeOf(cancelOrder(till.ctx, order.id, some(order, 1)))).toBe('ILLEGAL_STATE');
  const gone = await cancelOrder(till.ctx, order.id, {});
  expect([gone.status, gone.soldAt, dueAmount(gone).toFixed(), paymentStatusOf(gone)]).toEqual(['cancelled', null, '0', 'refunded']);
  expect([await refunded(order), await level()]).toEqual([[], before]);
  const payments = (await paymentsOfOrders(till.ctx.db, [order.id])).get(order.id)!;
  expect(sum(payments.map((payment) => payment.amount)).toFixed()).toBe('0');
}); // prettier-ignore

it('takes a shipment back into the stock, and reserves its goods again', async () => {
  const before = await level();
  const order = await ordered(2);
  await shipOrder(till.ctx, order.id, {});
  const [shipment] = await shipmentsOf(till.ctx, order);
  const back = await cancelShipment(till.ctx, order.id, shipment!.id, { reason: 'Came back' });
  expect([back.status, quantities(await read(order))]).toEqual(['confirmed', [[2, 0, 0]]]);
  expect(await level()).toEqual({ onHand: before.onHand, available: before.available - 2 });
  expect(await codeOf(cancelShipment(till.ctx, order.id, shipment!.id, {}))).toBe('ILLEGAL_STATE');
  expect(await codeOf(cancelShipment(till.ctx, order.id, till.ctx.ids.next(), {}))).toBe('NOT_FOUND');
});

it('names the state and the possible steps of an illegal one', async () => {
  const order = await paidOrder(1, '3.33');
  const { status, allowed } = (await errorOf(deliverOrder(till.ctx, order.id, {}))).details!;
  expect([status, allowed]).toEqual([
    'confirmed',
    ['edit', 'ship_part', 'ship', 'cancel_shipment', 'cancel_part', 'cancel_rest', 'cancel', 'refund_part'],
  ]);
  await shipOrder(till.ctx, order.id, {});
  for (const step of [confirmOrder, shipOrder, cancelOrder])
    expect(await codeOf(step(till.ctx, order.id, {}))).toBe('ILLEGAL_STATE');
}); // prettier-ignore

it('takes each step once, however many ask for it at once', async () => {
  const order = await paidOrder(2, '6.67');
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, () => codeOf(shipOrder(till.ctx, order.id, {}))),
  );
  expect(outcomes.filter((code) => code === 'none')).toHaveLength(1);
  const other = await paidOrder(3, '10.00');
  const cancelled = await Promise.all(
    Array.from({ length: 6 }, () => fieldCodeOf(cancelOrder(till.ctx, other.id, some(other, 2)))),
  );
  expect(cancelled.filter((code) => code === 'none')).toHaveLength(1);
  expect(await refunded(other)).toEqual([['-6.67', '-6.67']]);
});

it('cancels an order that was not paid in time, and confirms none whose goods are gone', async () => {
  const before = await level();
  const order = await ordered(3, { status: 'pending', holdsUntil: new Date(Date.now() + 60_000) });
  await db.services.database.system.run(sql`update orders set holds_until = now() - interval '1 second' where id = ${order.id}::uuid`);
  expect(await cancelExpired(db.services)).toBe(1);
  const gone = await read(order);
  expect([gone.status, await level()]).toEqual(['cancelled', before]);
  const [, step] = await stepsOf(till.ctx, gone);
  expect(step).toMatchObject({ action: 'cancel', actorKind: 'platform', userId: null, reason: 'The payment was not received in time.' });
  expect(await cancelExpired(db.services)).toBe(0);
}); // prettier-ignore

it('reserves again at the confirmation what an expired reservation has freed', async () => {
  const order = await ordered(2, { status: 'pending' });
  const before = await level();
  await db.services.database.system.run(sql`
    update stock_reservations set status = 'expired', ended_at = now() where reference_id = ${order.id}`);
  await db.services.database.system.run(sql`
    update stock_levels set reserved = reserved - 2 where variant_id = ${till.items.CUP!.variantId}::uuid`);
  await confirmOrder(till.ctx, order.id, {});
  expect(await level()).toEqual(before);
});

it('ships services, which have no stock, and an order without a price', async () => {
  const order = await ordered(1, { items: [{ sku: 'GIFT', quantity: amount(1) }] });
  expect([order.status, dueAmount(order).toFixed()]).toEqual(['confirmed', '0']);
  expect((await shipOrder(till.ctx, order.id, {})).status).toBe('shipped');
});
