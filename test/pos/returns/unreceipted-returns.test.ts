/** Returns without a receipt. */
import { returnItems } from '#subgraphs/pos/index';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, errorOf, figures } from '#test/harness/values';
import type { ReturnItemsInput } from '#subgraphs/pos/inputs.generated';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

const item = (sku: string, quantity: number | string) => ({ sku, quantity: amount(quantity) });
const cash = (value: number | string) => ({ method: 'cash' as const, amount: amount(value) });
const card = (value: number | string) => ({
  method: 'card' as const,
  amount: amount(value),
  reference: 'T-9',
});

describe('a return without a receipt', () => {
  it('refunds the customer, restocks goods at the average cost, and is a separate order', async () => {
    const { order, payments } = await returnItems(till.ctx, {
      items: [{ sku: 'TEA', unitPrice: amount('3.00') }, item('DELIVERY', 1)],
      reason: 'Present',
    });
    expect(order).toMatchObject({
      kind: 'return',
      originalOrderId: null,
      reason: 'Present',
      registerSessionId: till.sessionId,
    });
    expect(figures(order)).toMatchObject({ total: '-7.9', taxTotal: '-1.26', paid: '-7.9' });
    expect(order.lines.map((line) => line.unitCost?.toFixed() ?? null)).toEqual(['1.2', null]);
    expect(payments.map(({ method, amount: out }) => `${method} ${out.toFixed()}`)).toEqual(['cash -7.9']);
  });

  it('refunds with the named payment methods, on account too', async () => {
    const parts = { payments: [card('1.00'), cash('2.50')] };
    const { payments } = await returnItems(till.ctx, { items: [item('TEA', 1)], reason: 'x', ...parts });
    expect(payments.map(({ method, amount: out }) => `${method} ${out.toFixed()}`)).toEqual([
      'card -1',
      'cash -2.5',
    ]);
    const credited = { method: 'credit' as const, customerId: till.customerId };
    expect(
      (await returnItems(till.ctx, { items: [item('TEA', 1)], reason: 'x', ...credited })).payments[0]!
        .method,
    ).toBe('credit');
  });

  it.each<[string, Partial<ReturnItemsInput>, string]>([
    ['nothing', { items: [] }, 'items'],
    ['no reason', { items: [item('TEA', 1)], reason: ' ' }, 'reason'],
    ['payments that do not add up', { items: [item('TEA', 1)], payments: [cash(1)] }, 'payments'],
    ['an account without a customer', { items: [item('TEA', 1)], method: 'credit' }, 'customerId'],
    [
      'an unknown payment method',
      { items: [item('TEA', 1)], method: 'shells' as 'other' },
      'payments.0.method',
    ],
    ['an unknown item', { items: [item('NONSENSE', 1)] }, 'items.0'],
  ])('rejects %s and writes nothing', async (_, input, field) => {
    const before = await rowCounts(db);
    const error = await errorOf(returnItems(till.ctx, { items: [], reason: 'x', ...input }));
    expect([error.status, error.errors?.[0]?.field]).toEqual([422, field]);
    expect(await rowCounts(db)).toEqual(before);
  });
});
