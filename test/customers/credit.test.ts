import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { sum } from '#kernel/decimal';
import { insertCustomers, postCredit, type CreditPosting } from '#subgraphs/customers/index';
import { availableCredit, listCreditEntries, recordCreditPayment } from '#subgraphs/customers/credit';
import { requireCustomer } from '#subgraphs/customers/customers';
import { closeRegister, openRegister } from '#subgraphs/registers/index';
import { xReport } from '#subgraphs/registers/reports/x-report';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let ctx: RequestContext;
let customerId: string;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, { registers: 1 });
  ctx = db.contextFor(shop.cashier);
  customerId = ctx.ids.next();
  await transact(ctx, (tx) =>
    insertCustomers(tx, [{ id: customerId, name: 'Ada', currency: 'EUR', creditLimit: amount(100) }]),
  );
});

function book(value: string | number, kind: CreditPosting['kind'] = 'sale') {
  const posting = {
    customerId,
    amount: amount(value),
    kind,
    referenceType: 'order',
    referenceId: randomUUID(),
  };
  return transact(ctx, (tx) => postCredit(tx, ctx, posting));
}

const balance = async () => (await requireCustomer(ctx.db, customerId)).creditBalance;

describe('an account', () => {
  it('is a ledger with a running balance', async () => {
    expect(await book('60.00')).toMatchObject({
      number: 1,
      amount: amount(60),
      balance: amount(60),
      kind: 'sale',
      currency: 'EUR',
    });
    expect(await book('-15.50', 'refund')).toMatchObject({ number: 2, balance: amount('44.50') });
    const { items } = await listCreditEntries(ctx.db, customerId, {});
    expect(items.map(({ number, balance: after }) => [number, after.toFixed()])).toEqual([
      [2, '44.5'],
      [1, '60'],
    ]);
    expect(availableCredit(await requireCustomer(ctx.db, customerId))).toEqual(amount('55.50'));
  });

  it('lets no sale go over the limit, and says what is left', async () => {
    await book('90.00');
    await expect(book('10.01')).rejects.toMatchObject({
      code: 'PAYMENT_INSUFFICIENT',
      status: 422,
      errors: [{ field: 'payments', code: 'CREDIT_LIMIT_EXCEEDED' }],
      details: { available: '10.00' },
    });
    expect(await balance()).toEqual(amount(90));
    await book('10.00');
    // The shop's own correction is bound by nothing; what is left is never told as below zero.
    await book('5.00', 'correction');
    expect(availableCredit(await requireCustomer(ctx.db, customerId))).toEqual(amount(0));
    expect(
      await fieldCodeOf(
        transact(ctx, (tx) =>
          postCredit(tx, ctx, {
            customerId: randomUUID(),
            amount: amount(1),
            kind: 'sale',
            referenceType: 'order',
            referenceId: randomUUID(),
          }),
        ),
      ),
    ).toBe('NOT_FOUND');
  });

  it('sells to the limit and no further when many buy at once', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => fieldCodeOf(book('10.00'))));
    expect(codes.filter((code) => code === 'none')).toHaveLength(10);
    expect(codes.filter((code) => code === 'CREDIT_LIMIT_EXCEEDED')).toHaveLength(10);
    const { items } = await listCreditEntries(ctx.db, customerId, { sort: 'number' });
    expect(items.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('has the sum of its entries as its balance, whatever is booked', async () => {
    const entry = fc.record({
      kind: fc.constantFrom<CreditPosting['kind'][]>('sale', 'payment', 'refund', 'correction'),
      cents: fc.integer({ min: 1, max: 8_000 }),
      owesMore: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 15 }), async (entries) => {
        customerId = ctx.ids.next();
        await transact(ctx, (tx) =>
          insertCustomers(tx, [{ id: customerId, name: 'Any', currency: 'EUR', creditLimit: amount(100) }]),
        );
        let owed = 0;
        for (const { kind, cents, owesMore } of entries) {
          const amount = kind === 'sale' || (kind === 'correction' && owesMore) ? cents : -cents;
          const refused = kind === 'sale' && owed + amount > 10_000;
          expect(await fieldCodeOf(book(amount / 100, kind))).toBe(
            refused ? 'CREDIT_LIMIT_EXCEEDED' : 'none',
          );
          if (!refused) owed += amount;
        }
        const { items } = await listCreditEntries(ctx.db, customerId, { size: 100 });
        expect(sum(items.map(({ amount }) => amount))).toEqual(await balance());
        expect(await balance()).toEqual(amount(owed).dividedBy(100));
        expect(items[0]?.balance ?? amount(0)).toEqual(await balance());
      }),
      { numRuns: 25 },
    );
  });

  it('is never rewritten', async () => {
    await book('10.00');
    await expect(ctx.db.run(sql`update customer_credit_entries set amount = 1`)).rejects.toThrow();
    await expect(ctx.db.run(sql`delete from customer_credit_entries`)).rejects.toThrow();
  });
});

describe('a payment on an account', () => {
  it('in cash goes into the drawer, and stands in the Z-report apart from the sales', async () => {
    await openRegister(ctx, { registerId: shop.registers[0]!.id, openingFloat: amount(50) });
    await book('60.00');
    const entry = await recordCreditPayment(ctx, customerId, {
      amount: amount('40.00'),
      method: 'cash',
      reference: ' March ',
    });
    expect(entry).toMatchObject({
      kind: 'payment',
      amount: amount(-40),
      balance: amount(20),
      method: 'cash',
      reference: 'March',
    });
    expect(await xReport(ctx)).toMatchObject({
      salesCount: 0,
      grossSales: amount(0),
      payments: [],
      creditPayments: [{ method: 'cash', count: 1, amount: amount(40) }],
      expectedCash: amount(90),
    });
    expect(await closeRegister(ctx, { countedCash: amount(90) })).toMatchObject({
      difference: amount(0),
      grandTotal: amount(0),
    });
  });

  it('needs an open drawer for cash, and none for the rest', async () => {
    expect(
      await fieldCodeOf(recordCreditPayment(ctx, customerId, { amount: amount(1), method: 'cash' })),
    ).toBe('REGISTER_CLOSED');
    expect(await balance()).toEqual(amount(0));
    await recordCreditPayment(ctx, customerId, { amount: amount(1), method: 'bank_transfer' });
    expect(await balance()).toEqual(amount(-1));
    const registerId = shop.registers[0]!.id;
    await openRegister(ctx, { registerId, openingFloat: amount(0) });
    await recordCreditPayment(ctx, customerId, { amount: amount(2), method: 'card', registerId });
    expect(await xReport(ctx)).toMatchObject({
      creditPayments: [{ method: 'card', count: 1, amount: amount(2) }],
      expectedCash: amount(0),
    });
  });

  it('is taken once under one key', async () => {
    await openRegister(ctx, { registerId: shop.registers[0]!.id, openingFloat: amount(0) });
    const input = { amount: amount('5.00'), method: 'cash' as const };
    const keyed = () => ({ ...ctx, reply: {}, request: { ...ctx.request, idempotencyKey: 'pay-1' } });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => recordCreditPayment(keyed(), customerId, input)),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await balance()).toEqual(amount(-5));
    expect((await xReport(ctx)).expectedCash).toEqual(amount(5));
    expect(await fieldCodeOf(recordCreditPayment(keyed(), customerId, { ...input, amount: amount(6) }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('refuses what is no amount, and who is no customer of ours', async () => {
    expect(
      await fieldCodeOf(recordCreditPayment(ctx, customerId, { amount: amount(0), method: 'card' })),
    ).toBe('NOT_POSITIVE');
    expect(
      await fieldCodeOf(recordCreditPayment(ctx, customerId, { amount: amount('0.001'), method: 'card' })),
    ).toBe('PRECISION');
    expect(
      await fieldCodeOf(
        recordCreditPayment(db.contextFor(), customerId, { amount: amount(1), method: 'card' }),
      ),
    ).toBe('NOT_FOUND');
  });
});
