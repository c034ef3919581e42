import { randomUUID } from 'node:crypto';
import { type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import {
  paymentsByIds,
  paymentsOfOrders,
  recordPayments,
  refundableAmount,
  type Tender,
} from '#subgraphs/payments/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, fieldCodeOf } from '#test/harness/values';

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
      { method: 'cash', amount: amount('50.00') },
      { method: 'card', amount: amount('12.00'), reference: 'T-1' },
    ]);
    expect(payments).toMatchObject([
      {
        method: 'cash',
        amount: amount(50),
        status: 'captured',
        reference: null,
        position: 0,
        refundedAmount: amount(0),
      },
      {
        method: 'card',
        amount: amount(12),
        status: 'captured',
        reference: 'T-1',
        position: 1,
        currency: 'EUR',
      },
    ]);
    const other = await record([{ method: 'credit', amount: amount(1) }]);
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

  it('keep their refunded amount', async () => {
    const [paid] = await record([{ method: 'card', amount: amount('30.00') }]);
    const back = (value: string) =>
      record([{ method: 'card', amount: amount(value), refundedPaymentId: paid!.id }]);
    const present = async () => (await paymentsByIds(ctx.db, [paid!.id])).get(paid!.id)!;
    expect(await back('-10.00')).toMatchObject([
      { amount: amount(-10), status: 'refunded', refundedPaymentId: paid!.id },
    ]);
    expect(await present()).toMatchObject({
      status: 'partially_refunded',
      refundedAmount: amount(10),
      amount: amount(30),
    });
    expect(refundableAmount(await present())).toEqual(amount(20));
    expect(await fieldCodeOf(back('-20.01'))).toBe('ILLEGAL_STATE');
    await back('-20.00');
    expect(await present()).toMatchObject({ status: 'refunded', refundedAmount: amount(30) });
    expect(await fieldCodeOf(back('-0.01'))).toBe('ILLEGAL_STATE');
    expect(
      await fieldCodeOf(record([{ method: 'card', amount: amount(-1), refundedPaymentId: randomUUID() }])),
    ).toBe('NOT_FOUND');
  });

  it('refund no more than was paid, even with concurrent refunds', async () => {
    const [paid] = await record([{ method: 'cash', amount: amount('5.00') }]);
    const codes = await Promise.all(
      Array.from({ length: 10 }, () =>
        fieldCodeOf(record([{ method: 'cash', amount: amount(-1), refundedPaymentId: paid!.id }])),
      ),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(5);
  });

  it('cannot be changed or deleted', async () => {
    const [paid] = await record([{ method: 'cash', amount: amount('5.00') }]);
    await expect(ctx.db.run(sql`update payments set amount = 1 where id = ${paid!.id}`)).rejects.toThrow();
    await expect(ctx.db.run(sql`delete from payments where id = ${paid!.id}`)).rejects.toThrow();
  });
});
