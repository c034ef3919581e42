import { type RequestContext } from '#kernel/context';
import { PAYMENT_METHODS, assertTendersAccepted, paymentMethods } from '#subgraphs/payments/index';
import { updatePaymentMethod } from '#subgraphs/payments/payment-methods';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, fieldCodeOf } from '#test/harness/values';
import type { PaymentMethodKind } from '#subgraphs/payments/inputs.generated';

let db: TestDatabase;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(() => {
  ctx = db.contextFor();
});

describe('payment methods', () => {
  it('have the default settings until the organization changes them', async () => {
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
      updatedAt: expect.any(Date) as Date,
    };
    expect(await updatePaymentMethod(ctx, 'card', { name: ' Terminal ', needsReference: true })).toEqual(
      changed,
    );
    await updatePaymentMethod(ctx, 'other', { enabled: false });
    expect(await updatePaymentMethod(ctx, 'card', {})).toEqual(changed);
    expect((await paymentMethods(ctx.db)).find(({ method }) => method === 'card')).toEqual(changed);
    expect(await paymentMethods(db.contextFor().db)).toEqual(usual);
    expect(await fieldCodeOf(updatePaymentMethod(ctx, 'card', { name: '' }))).toBe('REQUIRED');
  });

  it('reject tenders that the organization does not accept', async () => {
    await updatePaymentMethod(ctx, 'card', { needsReference: true });
    await updatePaymentMethod(ctx, 'other', { enabled: false });
    await assertTendersAccepted(ctx.db, [
      { method: 'cash', amount: amount(1) },
      { method: 'card', amount: amount(1), reference: 'x' },
    ]);
    const bad = ['card', 'other', 'shells'].map((method) => ({
      method: method as PaymentMethodKind,
      amount: amount(1),
    }));
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
