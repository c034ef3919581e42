import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { SettableClock } from '#kernel/clock';
import { sum } from '#kernel/decimal';
import { insertCustomers } from '#subgraphs/customers/index';
import {
  grantStoreCredit,
  restoreStoreCredit,
  spendStoreCredit,
} from '#subgraphs/payments/store-credit/store-credit-ledger';
import {
  customerStoreCredit,
  listStoreCreditEntries,
} from '#subgraphs/payments/store-credit/store-credit.queries';
import { deductStoreCredit, grantStoreCreditByHand } from '#subgraphs/payments/store-credit/store-credits';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf, expectError, issuesOf } from '#test/harness/values';

const clock = new SettableClock(new Date('2026-11-26T12:00:00Z'));
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(clock.now().getTime() + days * DAY_MS);

let db: TestDatabase;
let shop: Shop;
let ctx: RequestContext;
let customerId: string;
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db);
  ctx = shop.ctx;
  customerId = await newCustomer();
});

async function newCustomer(): Promise<string> {
  const id = ctx.ids.next();
  await transact(ctx, (tx) => insertCustomers(tx, [{ id, name: 'Ada', currency: 'EUR' }]));
  return id;
}

const subject = () => ({ referenceType: 'order', referenceId: randomUUID() });
const grant = (value: string, days?: number) =>
  transact(ctx, (tx) => {
    const expiresAt = days === undefined ? null : inDays(days);
    return grantStoreCredit(tx, ctx, {
      customerId,
      currency: 'EUR',
      amount: amount(value),
      expiresAt,
      ...subject(),
    });
  });
const pay = (value: string, paymentId = randomUUID()) =>
  transact(ctx, (tx) =>
    spendStoreCredit(tx, ctx, customerId, amount(value), { kind: 'redemption', paymentId, ...subject() }),
  );
const refund = (value: string, paymentId: string) =>
  transact(ctx, (tx) => restoreStoreCredit(tx, ctx, amount(value), { paymentId, ...subject() }));
const balance = async () => (await customerStoreCredit(ctx, ctx.db, customerId)).balance.toFixed();
const entries = async () =>
  (await listStoreCreditEntries(ctx.db, customerId, { sort: 'number', size: 100 })).items;
const shown = async () =>
  (await entries()).map((entry) => [
    entry.number,
    entry.kind,
    entry.amount.toFixed(),
    entry.balance.toFixed(),
  ]);

it('pays with what expires first, and refunds to what lasts longest', async () => {
  await grant('10.00');
  await grant('20.00', 30);
  await grant('5.00', 7);
  const paymentId = randomUUID();
  await pay('27.00', paymentId);
  expect(await balance()).toBe('8');
  await refund('6.00', paymentId);
  await refund('1.00', paymentId);
  expect(await shown()).toEqual([
    [1, 'grant', '10', '10'],
    [2, 'grant', '20', '30'],
    [3, 'grant', '5', '35'],
    [4, 'redemption', '-5', '30'],
    [5, 'redemption', '-20', '10'],
    [6, 'redemption', '-2', '8'],
    [7, 'refund', '2', '10'],
    [8, 'refund', '4', '14'],
    [9, 'refund', '1', '15'],
  ]);
  // Only what was paid is refunded.
  expect(await refund('20.01', paymentId)).toBeUndefined();
  await refund('20.00', paymentId);
  expect(await balance()).toBe('35');
});

it('has nothing left of what has expired, and writes it off with the next payment', async () => {
  await grant('10.00', 1);
  await grant('3.00');
  const paymentId = randomUUID();
  await pay('4.00', paymentId);
  clock.advance(DAY_MS);
  expect(await balance()).toBe('3');
  expect(await pay('3.01')).toBeUndefined();
  await pay('2.00');
  expect((await shown()).slice(3)).toEqual([
    [4, 'expiry', '-6', '3'],
    [5, 'redemption', '-2', '1'],
  ]);
  // The lot that had paid is over, so that the refund needs another way.
  expect(await refund('4.00', paymentId)).toBeUndefined();
  expect(await balance()).toBe('1');
});

it('pays its last balance once when 20 ask for it', async () => {
  await grant('20.00', 5);
  await grant('30.00');
  const answers = await Promise.all(Array.from({ length: 20 }, () => pay('50.00')));
  expect(answers.filter((credit) => credit !== undefined)).toHaveLength(1);
  expect(await balance()).toBe('0');
});

it('has the sum of its entries and of its lots as its balance, whatever happens', async () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('grant' as const),
      cents: fc.integer({ min: 1, max: 5_000 }),
      days: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({ kind: fc.constant('pay' as const), cents: fc.integer({ min: 1, max: 4_000 }) }),
    fc.record({ kind: fc.constant('refund' as const), cents: fc.integer({ min: 1, max: 2_000 }) }),
    fc.record({ kind: fc.constant('wait' as const), cents: fc.constant(0) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      customerId = await newCustomer();
      const paymentId = randomUUID();
      for (const { kind, cents, ...more } of steps) {
        const value = (cents / 100).toFixed(2);
        if (kind === 'grant') await grant(value, 'days' in more ? more.days : 1);
        else if (kind === 'pay') await pay(value, paymentId);
        else if (kind === 'refund') await refund(value, paymentId);
        else clock.advance(DAY_MS);
      }
      const heads = await ctx.db.many<{ balance: unknown; entriesCount: number; lots: unknown }>(sql`
        select c.balance, c.entries_count, (select sum(l.remaining) from store_credit_lots l where l.customer_id = c.customer_id) as lots
        from store_credits c where c.customer_id = ${customerId}::uuid`);
      const list = await entries();
      const total = sum(list.map((entry) => entry.amount));
      expect(heads).toEqual(
        list.length === 0 ? [] : [{ balance: total, entriesCount: list.length, lots: total }],
      );
      expect(list.map(({ number }) => number)).toEqual(list.map((_, index) => index + 1));
      let running = amount(0);
      for (const entry of list) expect(entry.balance).toEqual((running = running.plus(entry.amount)));
    }),
    { numRuns: 15 },
  );
});

describe('by hand', () => {
  it('it is granted, taken, and shown with its lots', async () => {
    await grantStoreCreditByHand(ctx, customerId, {
      amount: amount(15),
      expiresAt: inDays(10),
      reason: ' Late delivery ',
    });
    const credit = await grantStoreCreditByHand(ctx, customerId, { amount: amount(5) });
    expect(credit).toMatchObject({ customerId, currency: 'EUR', balance: amount(20) });
    expect(credit.lots.map(({ remaining, expiresAt }) => [remaining.toFixed(), expiresAt])).toEqual([
      ['15', inDays(10)],
      ['5', null],
    ]);
    const { lots } = await deductStoreCredit(ctx, customerId, {
      amount: amount(16),
      reason: 'Granted twice',
    });
    expect(lots.map(({ remaining }) => remaining.toFixed())).toEqual(['4']);
    const error = await expectError(
      'ILLEGAL_STATE',
      deductStoreCredit(ctx, customerId, { amount: amount('4.01'), reason: 'More' }),
    );
    expect([error.status, error.message]).toEqual([409, 'The store credit is only 4.00 EUR.']);
    expect((await entries()).map(({ reason }) => reason)).toEqual([
      'Late delivery',
      null,
      'Granted twice',
      'Granted twice',
    ]);
  });

  it('is granted once under an idempotency key', async () => {
    const request = () => shop.request({ idempotencyKey: 'once' });
    await grantStoreCreditByHand(request(), customerId, { amount: amount(5) });
    await grantStoreCreditByHand(request(), customerId, { amount: amount(5) });
    expect(await balance()).toBe('5');
  });

  it('rejects invalid input by field, and unknown customers', async () => {
    expect(await issuesOf(grantStoreCreditByHand(ctx, customerId, { amount: amount(0), expiresAt: clock.now(), reason: 'x'.repeat(501) }))).toEqual([
      'amount NOT_POSITIVE', 'reason LENGTH', 'expiresAt IN_PAST',
    ]); // prettier-ignore
    expect(
      await issuesOf(deductStoreCredit(ctx, customerId, { amount: amount('0.001'), reason: '' })),
    ).toEqual(['amount PRECISION', 'reason REQUIRED']);
    const stranger = (await openShop(db)).ctx;
    expect(await codeOf(customerStoreCredit(stranger, stranger.db, customerId))).toBe('NOT_FOUND');
    expect(await codeOf(grantStoreCreditByHand(stranger, customerId, { amount: amount(1) }))).toBe(
      'NOT_FOUND',
    );
    expect(await codeOf(deductStoreCredit(stranger, customerId, { amount: amount(1), reason: 'Mine' }))).toBe(
      'NOT_FOUND',
    );
    expect(await codeOf(customerStoreCredit(ctx, ctx.db, 'nobody'))).toBe('NOT_FOUND');
  });
});
