import { randomUUID } from 'node:crypto';
import { type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import {
  PAYMENT_METHODS,
  assertTendersAccepted,
  paymentMethods,
  paymentsByIds,
  paymentsOfOrders,
  recordPayments,
  refundableAmount,
  type Tender,
} from '#subgraphs/payments/index';
import { updatePaymentMethod } from '#subgraphs/payments/payment-methods';
import { testDatabase, type TestDatabase } from '../harness/database';
import { codeOf, money } from '../registers/kit';

let db: TestDatabase;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(() => {
  ctx = db.contextFor();
});

const branchId = randomUUID();

function record(tenders: Tender[], orderId = ctx.ids.next()) {
  return transact(ctx, (tx) =>
    recordPayments(tx, ctx, { orderId, registerSessionId: null, branchId, currency: 'EUR', tenders }),
  );
}

describe('payments', () => {
  it('are written in the order of the tenders, and read by order', async () => {
    const payments = await record([
      { method: 'cash', amount: money('50.00') },
      { method: 'card', amount: money('12.00'), reference: 'T-1' },
    ]);
    expect(payments).toMatchObject([
      {
        method: 'cash',
        amount: money(50),
        status: 'captured',
        reference: null,
        position: 0,
        refundedAmount: money(0),
      },
      {
        method: 'card',
        amount: money(12),
        status: 'captured',
        reference: 'T-1',
        position: 1,
        currency: 'EUR',
      },
    ]);
    const other = await record([{ method: 'credit', amount: money(1) }]);
    const byOrder = await paymentsOfOrders(ctx.db, [
      payments[0]!.orderId,
      other[0]!.orderId,
      randomUUID(),
      'nonsense',
    ]);
    expect([...byOrder.values()]).toEqual([payments, other]);
    expect((await paymentsByIds(ctx.db, [payments[1]!.id])).get(payments[1]!.id)).toEqual(payments[1]);
    const foreign = db.contextFor();
    expect(await paymentsOfOrders(foreign.db, [payments[0]!.orderId])).toEqual(new Map());
    expect(await record([])).toEqual([]);
  });

  it('know how much of them went back', async () => {
    const [paid] = await record([{ method: 'card', amount: money('30.00') }]);
    const back = (amount: string) =>
      record([{ method: 'card', amount: money(amount), refundedPaymentId: paid!.id }]);
    const present = async () => (await paymentsByIds(ctx.db, [paid!.id])).get(paid!.id)!;
    expect(await back('-10.00')).toMatchObject([
      { amount: money(-10), status: 'refunded', refundedPaymentId: paid!.id },
    ]);
    expect(await present()).toMatchObject({
      status: 'partially_refunded',
      refundedAmount: money(10),
      amount: money(30),
    });
    expect(refundableAmount(await present())).toEqual(money(20));
    expect(await codeOf(back('-20.01'))).toBe('ILLEGAL_STATE');
    await back('-20.00');
    expect(await present()).toMatchObject({ status: 'refunded', refundedAmount: money(30) });
    expect(await codeOf(back('-0.01'))).toBe('ILLEGAL_STATE');
    expect(
      await codeOf(record([{ method: 'card', amount: money(-1), refundedPaymentId: randomUUID() }])),
    ).toBe('NOT_FOUND');
  });

  it('give back no more than came in when many refund at once', async () => {
    const [paid] = await record([{ method: 'cash', amount: money('5.00') }]);
    const codes = await Promise.all(
      Array.from({ length: 10 }, () =>
        codeOf(record([{ method: 'cash', amount: money(-1), refundedPaymentId: paid!.id }])),
      ),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(5);
  });

  it('stay as they were written', async () => {
    const [paid] = await record([{ method: 'cash', amount: money('5.00') }]);
    await expect(ctx.db.run(sql`update payments set amount = 1 where id = ${paid!.id}`)).rejects.toThrow();
    await expect(ctx.db.run(sql`delete from payments where id = ${paid!.id}`)).rejects.toThrow();
  });
});

describe('kinds of tender', () => {
  it('are taken as usual until the organization says otherwise', async () => {
    const usual = await paymentMethods(ctx.db);
    expect(usual.map(({ method }) => method)).toEqual(PAYMENT_METHODS);
    expect(usual.every(({ enabled }) => enabled)).toBe(true);
    const changed = {
      method: 'card',
      name: 'Terminal',
      enabled: true,
      opensDrawer: false,
      needsReference: true,
      version: 1,
    };
    expect(await updatePaymentMethod(ctx, 'card', { name: ' Terminal ', needsReference: true })).toEqual(
      changed,
    );
    await updatePaymentMethod(ctx, 'other', { enabled: false });
    expect(await updatePaymentMethod(ctx, 'card', {})).toEqual(changed);
    expect((await paymentMethods(ctx.db)).find(({ method }) => method === 'card')).toEqual(changed);
    expect(await paymentMethods(db.contextFor().db)).toEqual(usual);
    expect(await codeOf(updatePaymentMethod(ctx, 'card', { name: '' }))).toBe('REQUIRED');
  });

  it('are held against a sale’s payments', async () => {
    await updatePaymentMethod(ctx, 'card', { needsReference: true });
    await updatePaymentMethod(ctx, 'other', { enabled: false });
    await assertTendersAccepted(ctx.db, [
      { method: 'cash', amount: money(1) },
      { method: 'card', amount: money(1), reference: 'x' },
    ]);
    const bad = ['card', 'other', 'shells'].map((method) => ({ method, amount: money(1) }));
    await expect(assertTendersAccepted(ctx.db, bad)).rejects.toMatchObject({
      status: 422,
      errors: [
        { field: 'payments.0.reference', code: 'REFERENCE_REQUIRED' },
        { field: 'payments.1.method', code: 'METHOD_DISABLED' },
        { field: 'payments.2.method', code: 'UNKNOWN_METHOD' },
      ],
    });
  });
});
