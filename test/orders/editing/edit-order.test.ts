/** Edits of orders: what waits changes itself; a sale is cancelled in part and supplemented, and one amount settles both. */
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { sum } from '#kernel/decimal';
import { levelsOf } from '#subgraphs/inventory/index';
import { orderById, refundOrder, type FullOrder } from '#subgraphs/orders/index';
import { editOrder, previewOrderEdit } from '#subgraphs/orders/editing/edit-order';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import type { CreateOrderInput, OrderItemInput } from '#subgraphs/orders/inputs.generated';
import { dueAmount } from '#subgraphs/orders/order/order-balance.rules';
import { ordersOfOriginals } from '#subgraphs/orders/order/orders.queries';
import { stepsOf } from '#subgraphs/orders/order/order-steps';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { addOrderPayment, lockOrder } from '#subgraphs/orders/index';
import { paymentsOfOrders } from '#subgraphs/payments/index';
import { checkDays } from '#test/pos/day-figures';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, errorOf, fieldCodeOf, fieldCodes } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db, {
    articles: [
      { sku: 'POT', price: '100.00', stock: '1000', cost: '40' },
      { sku: 'CUP', price: '20.00', stock: '1000', cost: '5' },
      { sku: 'THIRD', price: '3.3333', stock: '1000', tax: '7' },
      { sku: 'LAST', price: '1.00', stock: '2' },
    ],
  });
});
afterAll(async () => {
  await checkDays(till);
  await db.close();
});

const item = (sku: string, quantity = 1): OrderItemInput => ({ sku, quantity: amount(quantity) });
const card = (value: string) => ({ method: 'card' as const, amount: amount(value) });
async function ordered(input: Partial<CreateOrderInput>): Promise<FullOrder> {
  const { order } = await createOrder(till.ctx, { channel: 'phone', items: [item('POT')], ...input });
  return order;
}
const lineOf = ({ lines }: FullOrder, sku: string) => lines.find((line) => line.sku === sku)!;
const taken = (order: FullOrder, sku: string, quantity = 1) => ({
  itemId: lineOf(order, sku).id,
  quantity: amount(quantity),
});
const available = async (sku: string) => {
  const { variantId } = till.items[sku]!;
  return (await levelsOf(till.ctx.db, [variantId], till.branchId)).get(variantId)!.available.toNumber();
};
const settled = ({ added, removed, refunded, due }: Awaited<ReturnType<typeof editOrder>>) =>
  [added, removed, refunded, due].map((value) => value.toFixed(2));
const tendersOf = async ({ id }: Pick<FullOrder, 'id'>) =>
  ((await paymentsOfOrders(till.ctx.db, [id])).get(id) ?? []).map(
    (paid) => `${paid.method} ${paid.amount.toFixed(2)}`,
  );

describe('a sale', () => {
  it('O7: nets out: 20.00 that are added and removed before they are paid leave nothing due and refund nothing', async () => {
    const order = await ordered({ payments: [card('100.00')] });
    const edit = await editOrder(till.ctx, order.id, { add: [item('CUP')], reason: ' The customer called ' });
    expect(settled(edit)).toEqual(['20.00', '0.00', '0.00', '20.00']);
    expect(edit.supplement).toMatchObject({
      kind: 'sale',
      status: 'confirmed',
      originalOrderId: order.id,
      channel: 'phone',
    });
    expect(edit.cancellation).toBeNull();

    const supplement = edit.supplement!;
    const undone = await editOrder(till.ctx, supplement.id, { remove: [taken(supplement, 'CUP')] });
    expect(settled(undone)).toEqual(['0.00', '20.00', '0.00', '0.00']);
    expect(undone.order.status).toBe('cancelled');
    const after = await orderById(till.ctx.db, order.id);
    expect([
      dueAmount(after).toFixed(2),
      await tendersOf(order),
      await tendersOf(undone.cancellation!),
    ]).toEqual(['0.00', ['card 100.00'], []]);
    const steps = await stepsOf(till.ctx, after);
    expect(steps.map(({ action, reason }) => [action, reason])).toEqual([
      ['place', null],
      ['edit', 'The customer called'],
    ]);
  });

  it('settles once: what is removed pays for what is added, and only the rest is due', async () => {
    const order = await ordered({ items: [item('POT'), item('CUP', 2)], payments: [card('140.00')] });
    const stock = await available('CUP');
    const edit = await editOrder(till.ctx, order.id, {
      add: [item('POT')],
      remove: [taken(order, 'CUP', 2)],
    });
    expect(settled(edit)).toEqual(['100.00', '40.00', '0.00', '60.00']);
    expect(await tendersOf(edit.supplement!)).toEqual(['exchange 40.00']);
    expect(await tendersOf(edit.cancellation!)).toEqual(['exchange -40.00']);
    expect(edit.supplement!.exchangeOrderId).toBe(edit.cancellation!.id);
    expect((await available('CUP')) - stock).toBe(2);
    expect(dueAmount(edit.order).toFixed(2)).toBe('0.00');
  });

  it('refunds the rest by the methods of the payments if less is added than removed', async () => {
    const order = await ordered({ items: [item('POT'), item('CUP')], payments: [card('120.00')] });
    const edit = await editOrder(till.ctx, order.id, { add: [item('CUP')], remove: [taken(order, 'POT')] });
    expect(settled(edit)).toEqual(['20.00', '100.00', '80.00', '0.00']);
    expect(await tendersOf(edit.cancellation!)).toEqual(['exchange -20.00', 'card -80.00']);
  });

  it('refunds a supplement to the payments of its sale, never twice and to the last cent', async () => {
    const order = await ordered({ items: [item('POT'), item('CUP')], payments: [card('120.00')] });
    const { supplement } = await editOrder(till.ctx, order.id, {
      add: [item('CUP')],
      remove: [taken(order, 'CUP')],
    });
    for (const id of [order.id, supplement!.id]) await shipOrder(till.ctx, id, {});
    const first = await refundOrder(till.ctx, supplement!.id, {});
    const second = await refundOrder(till.ctx, order.id, {});
    expect([await tendersOf(first.order), await tendersOf(second.order)]).toEqual([
      ['card -20.00'],
      ['card -100.00'],
    ]);
    const [paid] = (await paymentsOfOrders(till.ctx.db, [order.id])).get(order.id)!;
    expect(paid).toMatchObject({ status: 'refunded' });
    expect(paid!.refundedAmount.toFixed(2)).toBe('120.00');
  });

  it('moves the shipping to the supplement if all goods are exchanged', async () => {
    const order = await ordered({ shipping: { amount: amount('4.90') }, payments: [card('104.90')] });
    const edit = await editOrder(till.ctx, order.id, { add: [item('POT')], remove: [taken(order, 'POT')] });
    expect(settled(edit)).toEqual(['100.00', '100.00', '0.00', '0.00']);
    expect([edit.order.status, edit.supplement!.status]).toEqual(['cancelled', 'confirmed']);
    expect(edit.supplement!.shippingTotal.toFixed(2)).toBe('4.90');
    expect(await tendersOf(edit.supplement!)).toEqual(['exchange 104.90']);
  });

  it('cancels the order if everything is removed, shipping included', async () => {
    const order = await ordered({ shipping: { amount: amount('4.90') }, payments: [card('104.90')] });
    const edit = await editOrder(till.ctx, order.id, { remove: [taken(order, 'POT')] });
    expect([edit.order.status, ...settled(edit)]).toEqual(['cancelled', '0.00', '100.00', '104.90', '0.00']);
  });

  it('removes only what was not shipped, and edits nothing that was shipped completely', async () => {
    const order = await ordered({ items: [item('CUP', 3)], payments: [card('60.00')] });
    await shipOrder(till.ctx, order.id, { items: [taken(order, 'CUP', 2)] });
    expect(await fieldCodeOf(editOrder(till.ctx, order.id, { remove: [taken(order, 'CUP', 2)] }))).toBe(
      'MORE_THAN_LEFT',
    );
    await shipOrder(till.ctx, order.id, {});
    const error = await errorOf(editOrder(till.ctx, order.id, { add: [item('CUP')] }));
    expect([error.code, error.details]).toEqual([
      'ILLEGAL_STATE',
      { status: 'shipped', allowed: ['cancel_shipment', 'deliver', 'refund_part', 'refund'] },
    ]);
  });

  it('is booked: its amounts and lines cannot be changed, whoever tries', async () => {
    const order = await ordered({ payments: [card('100.00')], items: [item('CUP', 5)] });
    const attempts = [
      sql`update orders set subtotal = 1, total = 1 where id = ${order.id}::uuid`,
      sql`delete from order_lines where order_id = ${order.id}::uuid`,
    ];
    for (const attempt of attempts)
      await expect(transact(till.ctx, (tx) => tx.run(attempt))).rejects.toThrow(/of a sold order/);
  });
});

describe('an order that waits', () => {
  it('changes itself: kept goods keep their prices and discounts, and the goods are reserved anew', async () => {
    const items = [{ ...item('THIRD', 3), discount: { amount: amount('1.00') } }, item('CUP')];
    const order = await ordered({
      items,
      discount: { percent: amount(10) },
      shipping: { amount: amount('5.00') },
    });
    expect([order.status, order.total.toFixed(2)]).toEqual(['pending', '31.10']);
    const [third, cup] = [await available('THIRD'), await available('CUP')];
    const edit = await editOrder(till.ctx, order.id, { remove: [taken(order, 'THIRD')], add: [item('CUP')] });
    // 9.00 − 10 % = 8.10 for three; the first third of it is 2.70.
    expect(settled(edit)).toEqual(['20.00', '2.70', '0.00', '48.40']);
    const after = await orderById(till.ctx.db, order.id);
    expect(after.number).toBe(order.number);
    expect(
      after.lines.map(({ lineNo, sku, quantity, total, discount }) => [
        lineNo,
        sku,
        quantity.toNumber(),
        total.toFixed(2),
        discount.toFixed(2),
      ]),
    ).toEqual([
      [1, 'THIRD', 2, '5.40', '1.27'],
      [2, 'CUP', 1, '18.00', '2.00'],
      [3, 'CUP', 1, '20.00', '0.00'],
    ]);
    for (const { lineNo, discount } of after.lines) {
      const shares = after.discounts.filter((row) => row.lineNo === lineNo).map((row) => row.amount);
      expect(sum(shares).toFixed()).toBe(discount.toFixed());
    }
    expect([(await available('THIRD')) - third, (await available('CUP')) - cup]).toEqual([1, -1]);
  });

  it('is confirmed once its payments cover the new total', async () => {
    const order = await ordered({ items: [item('POT'), item('CUP')], payments: [card('100.00')] });
    const edit = await editOrder(till.ctx, order.id, { remove: [taken(order, 'CUP')] });
    expect([edit.order.status, ...settled(edit)]).toEqual(['confirmed', '0.00', '20.00', '0.00', '0.00']);
  });

  it('is not edited to nothing, nor below what was paid', async () => {
    const order = await ordered({ items: [item('POT'), item('CUP')], payments: [card('110.00')] });
    const error = await errorOf(editOrder(till.ctx, order.id, { remove: [taken(order, 'POT')] }));
    expect([error.code, error.details]).toEqual([
      'ILLEGAL_STATE',
      { status: 'pending', paid: '110.00', total: '20.00' },
    ]);
    const all = [taken(order, 'POT'), taken(order, 'CUP')];
    expect(await codeOf(editOrder(till.ctx, order.id, { remove: all }))).toBe('ILLEGAL_STATE');
  });

  it('is paid as any other after an edit', async () => {
    const order = await ordered({});
    await editOrder(till.ctx, order.id, { add: [item('CUP')] });
    const paid = await transact(till.ctx, async (tx) =>
      addOrderPayment(tx, till.ctx, await lockOrder(tx, order.id), [card('120.00')]),
    );
    expect(paid.order.status).toBe('confirmed');
  });
});

it('previews to the cent and writes nothing', async () => {
  const order = await ordered({ items: [item('POT'), item('CUP')], payments: [card('120.00')] });
  const input = { add: [item('CUP', 2)], remove: [taken(order, 'POT')], reason: 'Too large' };
  const before = await rowCounts(db);
  const preview = settled(await previewOrderEdit(till.ctx, order.id, input));
  expect(preview).toEqual(['40.00', '100.00', '60.00', '0.00']);
  expect(await rowCounts(db)).toEqual(before);
  expect(settled(await editOrder(till.ctx, order.id, input))).toEqual(preview);
});

it('makes one of two edits of the same version; the other is a conflict', async () => {
  const order = await ordered({ payments: [card('100.00')] });
  const edits = [1, 2].map(() =>
    editOrder(till.ctx, order.id, { add: [item('CUP')], version: order.version }),
  );
  const results = await Promise.allSettled(edits);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const supplements = (await ordersOfOriginals(till.ctx.db, 'sale', [order.id])).get(order.id)!;
  expect(supplements).toHaveLength(1);
});

it('rejects what cannot be added or removed, each at its field, and writes nothing', async () => {
  const order = await ordered({ payments: [card('100.00')] });
  const codes = async (input: Parameters<typeof editOrder>[2]) =>
    fieldCodes(await errorOf(editOrder(till.ctx, order.id, input)));
  const before = await rowCounts(db);
  expect(await codes({})).toEqual([['add', 'REQUIRED']]);
  expect(await codes({ add: [item('CUP', -1)] })).toEqual([['add.0.quantity', 'NOT_POSITIVE']]);
  expect(await codes({ add: [item('NONE')] })).toEqual([['add.0', 'PRODUCT_NOT_FOUND']]);
  expect(await codes({ remove: [{ itemId: till.branchId, quantity: amount(1) }] })).toEqual([
    ['remove.0.itemId', 'NOT_FOUND'],
  ]);
  expect(await codes({ add: [item('CUP')], reason: 'x'.repeat(501) })).toEqual([['reason', 'LENGTH']]);
  expect(await codeOf(editOrder(till.ctx, order.id, { add: [item('LAST', 3)] }))).toBe('INSUFFICIENT_STOCK');
  expect(await codeOf(editOrder(till.ctx, till.branchId, { add: [item('CUP')] }))).toBe('NOT_FOUND');
  await cancelOrder(till.ctx, (await ordered({})).id, {});
  expect(await codeOf(editOrder(till.ctx, order.id, { add: [item('CUP')], version: 99 }))).toBe('CONFLICT');
  const after = await rowCounts(db);
  expect(after.payments).toBe(before.payments);
});
