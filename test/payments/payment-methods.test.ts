import { type RequestContext } from '#kernel/context';
import { PAYMENT_METHODS, assertTendersAccepted, paymentMethods } from '#subgraphs/payments/index';
import { branchPaymentMethods, updateBranchPaymentMethod } from '#subgraphs/payments/branch-payment-methods';
import { listPaymentMethods, updatePaymentMethod } from '#subgraphs/payments/payment-methods';
import { checkout } from '#subgraphs/pos/index';
import { tillTerms } from '#subgraphs/orders/index';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { openShop, openTill } from '#test/harness/shop';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, codeOf, fieldCodeOf, issuesOf } from '#test/harness/values';
import type { PaymentMethodKind } from '#subgraphs/payments/inputs.generated';

let db: TestDatabase;
let ctx: RequestContext;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  ({ ctx } = await openShop(db));
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
      ...{ channels: [], currencies: [], minAmount: null, maxAmount: null, cashRoundingStep: null },
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

it('are accepted by branch, channel, currency and amount, at tills and by placed orders alike', async () => {
  const till = await openTill(db);
  const stranger = await openTill(db);
  const { branchId } = till;
  await updatePaymentMethod(till.ctx, 'card', {
    channels: ['pos', 'pos'],
    minAmount: amount(5),
    maxAmount: amount(50),
  });
  const own = await updateBranchPaymentMethod(till.ctx, branchId, 'card', {
    minAmount: amount(10),
    version: 0,
  });
  expect(own).toMatchObject({
    branchId,
    enabled: null,
    channels: [],
    minAmount: amount(10),
    maxAmount: null,
    version: 1,
  });
  const listed = async (filter: Parameters<typeof listPaymentMethods>[1]) =>
    (await listPaymentMethods(till.ctx, filter)).find(({ method }) => method === 'card');
  expect(await listed({})).toMatchObject({ channels: ['pos'], minAmount: amount(5), maxAmount: amount(50) });
  expect(await listed({ branchId })).toMatchObject({
    channels: ['pos'],
    minAmount: amount(10),
    maxAmount: amount(50),
  });
  const place = { branchId, channel: 'pos', currency: 'EUR' } as const;
  for (const [paid, accepted] of [
    ['9.99', false],
    ['10.00', true],
    ['50.00', true],
    ['50.01', false],
  ] as const)
    expect([paid, (await listed({ ...place, amount: amount(paid) })) !== undefined]).toEqual([
      paid,
      accepted,
    ]);
  expect(await listed({ ...place, channel: 'web' })).toBeUndefined();
  // Tea costs 3.50.
  const sell = (quantity: number) =>
    checkout(till.ctx, {
      items: [{ sku: 'TEA', quantity: amount(quantity) }],
      registerId: till.registerId,
      paymentMethod: 'card',
    });
  expect(await fieldCodeOf(sell(2))).toBe('BELOW_MINIMUM');
  expect(await fieldCodeOf(sell(15))).toBe('ABOVE_MAXIMUM');
  expect((await sell(3)).order.total).toEqual(amount('10.5'));
  const order = {
    items: [{ sku: 'TEA', quantity: amount(3) }],
    payments: [{ method: 'card', amount: amount('10.50') }],
  } as const;
  expect(await fieldCodeOf(createOrder(till.ctx, { ...order, channel: 'web' }))).toBe('METHOD_DISABLED');
  // The limit of cash is that of the amount which the shop keeps.
  await updatePaymentMethod(till.ctx, 'cash', { maxAmount: amount(5), currencies: ['EUR'] });
  const cash = { items: [{ sku: 'TEA', quantity: amount(1) }], registerId: till.registerId };
  const paid = await checkout(till.ctx, { ...cash, payments: [{ method: 'cash', amount: amount(20) }] });
  expect(paid.order.change).toEqual(amount('16.5'));
  expect(
    await codeOf(updateBranchPaymentMethod(till.ctx, branchId, 'card', { enabled: false, version: 0 })),
  ).toBe('CONFLICT');
  expect(await fieldCodeOf(updatePaymentMethod(till.ctx, 'card', { minAmount: amount(51) }))).toBe(
    'OUT_OF_RANGE',
  );
  expect(await fieldCodeOf(updatePaymentMethod(till.ctx, 'card', { currencies: ['XXZ'] }))).toBe('INVALID');
  expect(await codeOf(branchPaymentMethods(stranger.ctx.db, branchId))).toBe('NOT_FOUND');
  expect(await codeOf(updateBranchPaymentMethod(stranger.ctx, branchId, 'card', { enabled: false }))).toBe(
    'NOT_FOUND',
  );
});

it('round cash by the step of the branch, else of the method, else of the organization', async () => {
  const shop = await openShop(db, {
    currency: 'CHF',
    cashRoundingStep: amount('0.05'),
    branches: [
      { name: 'Basel', code: 'BASEL' },
      { name: 'Bern', code: 'BERN' },
    ],
  });
  const stranger = await openShop(db);
  const [basel, bern] = shop.branchIds;
  const stepsOf = () =>
    Promise.all(
      [basel!, bern!].map(async (id) =>
        (await tillTerms(shop.ctx, shop.ctx.db, id)).cashRoundingStep.toFixed(),
      ),
    );
  const set = (step: string | null) =>
    updatePaymentMethod(shop.ctx, 'cash', { cashRoundingStep: step === null ? null : amount(step) });
  const setIn = (branchId: string, step: string | null) =>
    updateBranchPaymentMethod(shop.ctx, branchId, 'cash', {
      cashRoundingStep: step === null ? null : amount(step),
    });

  expect(await stepsOf()).toEqual(['0.05', '0.05']);
  expect(await set('0.1')).toMatchObject({ cashRoundingStep: amount('0.1'), version: 1 });
  expect(await stepsOf()).toEqual(['0.1', '0.1']);
  expect(await setIn(basel!, '0.5')).toMatchObject({ cashRoundingStep: amount('0.5'), version: 1 });
  expect(await stepsOf()).toEqual(['0.5', '0.1']);
  // Zero switches rounding off; null inherits again.
  await setIn(bern!, '0');
  expect(await stepsOf()).toEqual(['0.5', '0']);
  await setIn(basel!, null);
  expect(await stepsOf()).toEqual(['0.1', '0']);
  await set('0');
  await setIn(bern!, null);
  expect(await stepsOf()).toEqual(['0', '0']);
  await set(null);
  expect(await stepsOf()).toEqual(['0.05', '0.05']);
  // The same amount with more digits is not a change, and other fields leave the step.
  expect((await set('0.20')).version).toBe((await set('0.2')).version);
  expect((await updatePaymentMethod(shop.ctx, 'cash', { name: 'Coins' })).cashRoundingStep).toEqual(
    amount('0.2'),
  );

  for (const change of [set, (step: string) => setIn(basel!, step)]) {
    expect(await issuesOf(change('-0.05'))).toEqual(['cashRoundingStep NEGATIVE']);
    expect(await issuesOf(change('0.005'))).toEqual(['cashRoundingStep PRECISION']);
    expect(await issuesOf(change('1000.01'))).toEqual(['cashRoundingStep INVALID']);
  }
  for (const step of ['0.05', '0']) {
    const cashRoundingStep = amount(step);
    const errors = ['cashRoundingStep CASH_ONLY'];
    expect(await issuesOf(updatePaymentMethod(shop.ctx, 'card', { cashRoundingStep }))).toEqual(errors);
    const inBasel = updateBranchPaymentMethod(shop.ctx, basel!, 'card', { cashRoundingStep });
    expect(await issuesOf(inBasel)).toEqual(errors);
  }
  expect((await updatePaymentMethod(shop.ctx, 'card', { cashRoundingStep: null })).version).toBe(0);
  // Another organization's branch is not found, whatever the step is.
  const foreign = { cashRoundingStep: amount('-1') };
  expect(await codeOf(updateBranchPaymentMethod(stranger.ctx, basel!, 'cash', foreign))).toBe('NOT_FOUND');
});
