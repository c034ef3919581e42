/** Cash rounding by branch: a branch rounds to 0.05, and another of the same organization does not round. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { editOrder } from '#subgraphs/orders/editing/edit-order';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { orderById, partiallyRefundOrder, refundOrder } from '#subgraphs/orders/index';
import { receiveOrderPayment } from '#subgraphs/orders/payments/receive-payment';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { previewRefund } from '#subgraphs/orders/refunds/refunds';
import { updateBranchPaymentMethod } from '#subgraphs/payments/branch-payment-methods';
import { updatePaymentMethod } from '#subgraphs/payments/payment-methods';
import { paymentsOfOrders } from '#subgraphs/payments/index';
import { checkout } from '#subgraphs/pos/index';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import { returnItems } from '#subgraphs/pos/returns/unreceipted-returns';
import { calculateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { insertRegisters, openRegister, xReport } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount, fieldCodeOf } from '#test/harness/values';
import type { PaymentMethodKind } from '#subgraphs/orders/inputs.generated';

/** A branch with an open register. */
interface Counter {
  branchId: string;
  registerId: string;
  ctx: () => RequestContext;
}

let db: TestDatabase;
let till: Till;
/** Rounds cash to 0.05. */
let swiss: Counter;
/** Does not round. */
let exact: Counter;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db, {
    branches: [
      { name: 'Basel', code: 'BASEL' },
      { name: 'Lörrach', code: 'LOERRACH' },
    ],
    articles: [
      { sku: 'ODD', price: '6.26', service: true },
      { sku: 'EVEN', price: '6.27', service: true },
      { sku: 'FEW', price: '2.00', service: true },
    ],
  });
  const [, other] = till.branchIds;
  swiss = { branchId: till.branchId, registerId: till.registerId, ctx: () => till.inBranch(till.branchId) };
  const ctx = till.inBranch(other!);
  const [register] = await transact(ctx, (tx) =>
    insertRegisters(tx, [
      { id: ctx.ids.next(), name: 'Till 2', code: 'T2', branchId: other!, currency: 'EUR' },
    ]),
  );
  await openRegister(ctx, { registerId: register!.id, openingFloat: amount(100) });
  exact = { branchId: other!, registerId: register!.id, ctx: () => till.inBranch(other!) };
  await updateBranchPaymentMethod(till.ctx, swiss.branchId, 'cash', { cashRoundingStep: amount('0.05') });
});
afterAll(() => db.close());

/** 12.53. */
const BASKET = [{ sku: 'ODD' }, { sku: 'EVEN' }];
const sell = async ({ ctx, registerId }: Counter, paymentMethod: PaymentMethodKind = 'cash') =>
  (await checkout(ctx(), { items: BASKET, registerId, paymentMethod })).order;
const totalOf = ({ rounding, total }: { rounding: unknown; total: unknown }) => [rounding, total].map(String);

it('rounds a sale in cash by the step of its branch, and never one by card', async () => {
  expect(totalOf(await sell(swiss))).toEqual(['0.02', '12.55']);
  expect(totalOf(await sell(exact))).toEqual(['0', '12.53']);
  expect(totalOf(await sell(swiss, 'card'))).toEqual(['0', '12.53']);
  const previewAt = async ({ ctx, registerId }: Counter) =>
    totalOf(await calculateCheckout(ctx(), { items: BASKET, registerId, paymentMethod: 'cash' }));
  expect([await previewAt(swiss), await previewAt(exact)]).toEqual([
    ['0.02', '12.55'],
    ['0', '12.53'],
  ]);
  const paid = { items: BASKET, registerId: swiss.registerId };
  const short = checkout(swiss.ctx(), { ...paid, payments: [{ method: 'cash', amount: amount('12.53') }] });
  expect(await fieldCodeOf(short)).toBe('PAYMENT_INSUFFICIENT');
});

it('O8: rounds two returns in a branch with a step of its own so that they sum to what was paid', async () => {
  const { id } = await sell(swiss);
  const items = [{ sku: 'ODD', quantity: amount(1) }];
  const { order } = await partiallyRefundOrder(swiss.ctx(), id, { items, registerId: swiss.registerId });
  const rest = await refundOrder(swiss.ctx(), id, { registerId: swiss.registerId });
  expect([order.total.toFixed(2), rest.order.total.toFixed(2)]).toEqual(['-6.25', '-6.30']);
});

it('refunds in the coins of the branch that pays', async () => {
  const { id } = await sell(exact);
  const { order } = await refundOrder(swiss.ctx(), id, { registerId: swiss.registerId });
  expect(totalOf(order)).toEqual(['-0.02', '-12.55']);
  const byCard = await sell(swiss, 'card');
  const back = await refundOrder(exact.ctx(), byCard.id, { registerId: exact.registerId, method: 'cash' });
  expect(totalOf(back.order)).toEqual(['0', '-12.53']);
});

it('previews a refund in the coins of the register in which the caller works', async () => {
  const cashier = (counter: Counter) =>
    db.contextFor({ ...till.manager, userId: till.ctx.ids.next(), branchId: counter.branchId });
  const { id } = await sell(exact);
  const preview = async (ctx: RequestContext) =>
    (await previewRefund(ctx, id, {})).plan.refund.total.toFixed(2);
  // A caller without a register is shown the coins of the branch that sold.
  expect(await preview(cashier(swiss))).toBe('12.53');
  const mine = cashier(swiss);
  const [register] = await transact(till.ctx, (tx) =>
    insertRegisters(tx, [
      { id: mine.ids.next(), name: 'Till 3', code: 'T3', branchId: swiss.branchId, currency: 'EUR' },
    ]),
  );
  await openRegister(mine, { registerId: register!.id, openingFloat: amount(0) });
  expect(await preview(mine)).toBe('12.55');
});

it('rounds returns without a receipt and exchanges', async () => {
  const returnedAt = async ({ ctx, registerId }: Counter) =>
    totalOf((await returnItems(ctx(), { items: BASKET.map(one), registerId, reason: 'Torn' })).order);
  expect([await returnedAt(swiss), await returnedAt(exact)]).toEqual([
    ['-0.02', '-12.55'],
    ['0', '-12.53'],
  ]);
  const exchangedAt = async ({ ctx, registerId }: Counter) => {
    const returned = BASKET.map(one);
    const input = { returned, items: [{ sku: 'FEW' }], registerId, reason: 'Torn' };
    return totalOf((await exchangeItems(ctx(), input)).returned.order);
  };
  expect([await exchangedAt(swiss), await exchangedAt(exact)]).toEqual([
    ['-0.02', '-12.55'],
    ['0', '-12.53'],
  ]);
});

const one = ({ sku }: { sku: string }) => ({ sku, quantity: amount(1) });

it('settles offline sales by the step of the branch in which they were made', async () => {
  const bookAt = async ({ ctx, registerId }: Counter, given: string) => {
    const payments = [{ method: 'cash' as const, amount: amount(given) }];
    const sale = { clientReference: ctx().ids.next(), items: BASKET.map(one), registerId, payments };
    const [result] = await bookOfflineSales(ctx(), [sale]);
    const codes = result!.conflicts.map(({ code }) => code);
    return [result!.status, ...totalOf(result!.posted!.order), ...codes];
  };
  expect(await bookAt(swiss, '12.55')).toEqual(['created', '0.02', '12.55']);
  expect(await bookAt(swiss, '12.53')).toEqual(['conflict', '0.02', '12.55', 'CASH_NOT_PAYABLE']);
  expect(await bookAt(exact, '12.53')).toEqual(['created', '0', '12.53']);
  // 0.02 more than is due is change in this branch.
  expect(await bookAt(exact, '12.55')).toEqual(['created', '0', '12.53']);
});

describe('a placed order', () => {
  const place = async ({ ctx, branchId }: Counter) =>
    (await createOrder(ctx(), { channel: 'phone', items: BASKET.map(one), branchId })).order;
  const pay = (orderId: string, { ctx, registerId }: Counter, given?: string) =>
    transact(ctx(), (tx) =>
      receiveOrderPayment(tx, ctx(), {
        orderId,
        method: 'cash',
        registerId,
        ...(given === undefined ? {} : { amount: amount(given) }),
      }),
    );
  const cashOf = async (id: string) =>
    ((await paymentsOfOrders(till.ctx.db, [id])).get(id) ?? []).map((paid) => paid.amount.toFixed(2));

  it('takes cash in the coins of the branch whose drawer receives it', async () => {
    const order = await place(swiss);
    expect(await fieldCodeOf(pay(order.id, swiss))).toBe('PRECISION');
    await pay(order.id, swiss, '12.50');
    expect((await orderById(till.ctx.db, order.id)).status).toBe('pending');
    await pay(order.id, exact);
    expect([(await orderById(till.ctx.db, order.id)).status, await cashOf(order.id)]).toEqual([
      'confirmed',
      ['12.50', '0.03'],
    ]);
    const other = await place(exact);
    await pay(other.id, exact);
    expect(await cashOf(other.id)).toEqual(['12.53']);
  });

  it('is cancelled in the coins of the drawer that pays', async () => {
    const order = await place(exact);
    await pay(order.id, exact, '6.26');
    await cancelOrder(swiss.ctx(), order.id, { registerId: swiss.registerId });
    expect(await cashOf(order.id)).toEqual(['6.26', '-6.25']);
    const kept = await place(exact);
    await pay(kept.id, exact, '6.26');
    await cancelOrder(exact.ctx(), kept.id, { registerId: exact.registerId });
    expect(await cashOf(kept.id)).toEqual(['6.26', '-6.26']);
  });

  it.each([
    ['with a step', () => swiss, '-6.25'],
    ['without one', () => exact, '-6.27'],
  ])('is edited at a register of a branch %s', async (_, counter, refunded) => {
    const order = await place(exact);
    await pay(order.id, exact);
    const itemId = order.lines.find(({ sku }) => sku === 'EVEN')!.id;
    const { registerId, ctx } = counter();
    const { cancellation } = await editOrder(ctx(), order.id, {
      remove: [{ itemId, quantity: amount(1) }],
      registerId,
    });
    expect(cancellation!.paid.toFixed(2)).toBe(refunded);
  });
});

it('leaves coins of the step in the drawer, but for the sale that was made offline in other ones', async () => {
  const { expectedCash } = await xReport(till.ctx, swiss.registerId);
  expect(expectedCash.modulo('0.05').toFixed()).toBe('0.03');
});

it('applies a changed step to the next sale, and costs no statement', async () => {
  const shop = await openTill(db, { cashRoundingStep: amount('0.05') });
  const counter = { branchId: shop.branchId, registerId: shop.registerId, ctx: () => shop.ctx };
  const buy = async () =>
    (
      await checkout(counter.ctx(), {
        items: [{ sku: 'BREAD' }],
        registerId: counter.registerId,
        paymentMethod: 'cash',
      })
    ).order.total.toFixed(2);
  expect(await buy()).toBe('3.00');
  const statements = (await statementsOf(buy)).map(({ text }) => text);
  expect(statements.filter((text) => text.includes('payment_method'))).toEqual([]);
  await updatePaymentMethod(shop.ctx, 'cash', { cashRoundingStep: amount('0.02') });
  expect(await buy()).toBe('3.00');
  await updatePaymentMethod(shop.ctx, 'cash', { cashRoundingStep: amount('0') });
  expect(await buy()).toBe('2.99');
  await updateBranchPaymentMethod(shop.ctx, shop.branchId, 'cash', { cashRoundingStep: amount('0.10') });
  expect(await buy()).toBe('3.00');
  await updateBranchPaymentMethod(shop.ctx, shop.branchId, 'cash', { cashRoundingStep: null });
  expect(await buy()).toBe('2.99');
  await updatePaymentMethod(shop.ctx, 'cash', { cashRoundingStep: null });
  expect(await buy()).toBe('3.00');
  expect(await statementsOf(buy)).toHaveLength(statements.length);
});
