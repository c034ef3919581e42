/** Debts, their settlement and their age: the traps C1 to C4 of accounts with their numbers. */
import fc from 'fast-check';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ageingBuckets } from '#subgraphs/customers/credit/ageing-buckets.rules';
import { creditAgeing, listDebts } from '#subgraphs/customers/credit/debts';
import { customerStatement } from '#subgraphs/customers/credit/statement';
import { statementHtml } from '#subgraphs/customers/credit/statement-html';
import { createCustomer, requireCustomer } from '#subgraphs/customers/customers';
import { postCredit, type CreditPosting } from '#subgraphs/customers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let clock: SettableClock;
let shop: Shop;
let customerId: string;
beforeAll(async () => {
  clock = new SettableClock(new Date('2026-01-10T12:00:00Z'));
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  clock.set(new Date('2026-01-10T12:00:00Z'));
  shop = await openShop(db, { timeZone: 'Europe/Berlin' });
  ({ id: customerId } = await createCustomer(shop.ctx, {
    name: 'Ada',
    creditLimit: amount(1000),
    paymentDays: 0,
  }));
});

const post = (sum: string, more: Partial<CreditPosting> = {}) => {
  const kind = sum.startsWith('-') ? ('payment' as const) : ('sale' as const);
  const reference = { referenceType: 'order', referenceId: shop.ctx.ids.next() };
  const posting = { customerId, amount: amount(sum), kind, branchId: shop.branchId, ...reference, ...more };
  return transact(shop.ctx, (tx) => postCredit(tx, shop.ctx, posting));
};
const on = (day: string) => clock.set(new Date(`${day}T12:00:00Z`));
const debts = async (asOf?: string) =>
  (await listDebts(shop.ctx, { customerId, asOf })).items.map(
    ({ open, daysOverdue }) => `${open.toFixed(2)} ${daysOverdue}`,
  );
const ageing = async (asOf?: string, buckets?: number[]) => {
  const { items } = await creditAgeing(shop.ctx, { asOf, buckets });
  return items.map(({ balance, notDue, overdue, advance }) =>
    [balance, notDue, ...overdue, advance].map((sum) => sum.toFixed(2)).join(' '),
  );
};
const sameSums = async () => {
  const { same } = await db.services.database.system.one<{ same: boolean }>(sql`
    select c.credit_balance = sum(e.amount) and c.credit_balance = sum(e.open)
      and not (bool_or(e.open > 0) and bool_or(e.open < 0)) as same
    from customers c join customer_credit_entries e on e.customer_id = c.id where c.id = ${customerId} group by c.id`);
  return same;
};

/** Debts of 100.00, 80.00 and 60.00, due on 10 January, 5 February and 1 March, and a payment of 150.00 on 1 March. */
async function threeDebts(): Promise<void> {
  // Entered in another order than they are due.
  await post('60', { dueDate: '2026-03-01' });
  await post('100', { dueDate: '2026-01-10' });
  await post('80', { dueDate: '2026-02-05' });
  on('2026-03-01');
  await post('-150');
}

it('C1: a payment pays the debt that is due first; day 30 belongs to the first bucket', async () => {
  await threeDebts();
  expect(await debts('2026-03-31')).toEqual(['30.00 54', '60.00 30']);
  expect(await ageing('2026-03-31')).toEqual(['90.00 0.00 60.00 30.00 0.00 0.00 0.00']);
  expect(await ageing('2026-03-31', [29, 54])).toEqual(['90.00 0.00 0.00 90.00 0.00 0.00']);
  expect(await sameSums()).toBe(true);
});

it('C2: the ageing of a past day ignores later payments, and what was not due then', async () => {
  await threeDebts();
  expect(await debts('2026-02-28')).toEqual(['100.00 49', '80.00 23', '60.00 0']);
  expect(await ageing('2026-02-28')).toEqual(['240.00 60.00 80.00 100.00 0.00 0.00 0.00']);
  expect(await ageing('2026-01-09')).toEqual([]);
});

it('C3: a return settles its own sale first, and the rest the oldest debt', async () => {
  const first = await post('100', { dueDate: '2026-01-10' });
  const second = await post('80', { dueDate: '2026-02-05' });
  await post('-90', { kind: 'refund', originalOrderId: second.referenceId });
  expect((await listDebts(shop.ctx, { customerId })).items).toMatchObject([{ id: first.id }]);
  expect(await debts('2026-02-10')).toEqual(['90.00 31']);
});

it('C3: an advance is shown apart, and the next sale uses it before the limit is asked', async () => {
  const { id } = await createCustomer(shop.ctx, { name: 'Eva', creditLimit: amount(100) });
  await post('-30', { customerId: id });
  expect(await ageing()).toEqual(['-30.00 0.00 0.00 0.00 0.00 0.00 30.00']);
  expect(await fieldCodeOf(post('130.01', { customerId: id }))).toBe('CREDIT_LIMIT_EXCEEDED');
  await post('130', { customerId: id });
  expect((await requireCustomer(shop.ctx.db, id)).creditBalance.toFixed()).toBe('100');
  // Due in 30 days: the debt is what the advance did not pay.
  expect(await ageing()).toEqual(['100.00 100.00 0.00 0.00 0.00 0.00 0.00']);
});

it('C4: twenty sales of 10.00 and a refund at once never exceed a limit of 100.00', async () => {
  const { id } = await createCustomer(shop.ctx, { name: 'Eva', creditLimit: amount(100) });
  customerId = id;
  const sales = Array.from({ length: 20 }, () => codeOf(post('10')));
  const outcomes = await Promise.all([...sales, codeOf(post('-10', { kind: 'refund' }))]);
  const posted = outcomes.filter((code) => code === 'none').length;
  const { creditBalance } = await requireCustomer(shop.ctx.db, id);
  expect([creditBalance.lessThanOrEqualTo(100), creditBalance.toFixed()]).toEqual([
    true,
    String((posted - 2) * 10),
  ]);
  expect(outcomes.every((code) => ['none', 'PAYMENT_INSUFFICIENT'].includes(code))).toBe(true);
  expect(await sameSums()).toBe(true);
});

it('any order of debts and payments leaves open parts that sum to the balance, of one sign only', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: -9_000, max: 9_000 }), fc.integer({ min: 0, max: 90 })), {
        minLength: 1,
        maxLength: 8,
      }),
      async (entries) => {
        ({ id: customerId } = await createCustomer(shop.ctx, { name: 'Any' }));
        const cents = entries.filter(([sum]) => sum !== 0);
        fc.pre(cents.length > 0);
        for (const [sum, days] of cents) {
          const dueDate = new Date(Date.UTC(2026, 0, 10 + days)).toISOString().slice(0, 10);
          await post((sum / 100).toFixed(2), { kind: 'correction', ...(sum > 0 ? { dueDate } : {}) });
        }
        expect(await sameSums()).toBe(true);
      },
    ),
    { numRuns: 10 },
  );
});

it('buckets rise, and begin with the due date', () => {
  expect(ageingBuckets([30, 60])).toEqual([
    { fromDays: 0, toDays: 30 },
    { fromDays: 31, toDays: 60 },
    { fromDays: 61, toDays: null },
  ]);
  for (const wrong of [[30, 30], [-1], [4000], Array.from({ length: 11 }, (_, day) => day)])
    expect(() => ageingBuckets(wrong)).toThrow();
});

it('a statement has the entries of its days between two balances', async () => {
  await threeDebts();
  const statement = await customerStatement(shop.ctx, { customerId, from: '2026-02-01', to: '2026-03-31' });
  expect([statement.balanceBefore.toFixed(), statement.balanceAfter.toFixed()]).toEqual(['240', '90']);
  expect(statement.entries).toMatchObject([{ kind: 'payment', businessDate: '2026-03-01', dueDate: null }]);
  const html = statementHtml({ ...statement, customerName: 'A <b>' }, 'Shop & Co');
  expect(html).toContain('<html lang="en" dir="ltr">');
  expect(html).toMatch(/<td class="n"><bdi dir="ltr">-150\.00<.*>90\.00</);
  expect([html.includes('A &lt;b&gt;'), html.includes('Shop &amp; Co')]).toEqual([true, true]);
  const arabic = statementHtml({ ...statement, language: 'ar' }, 'Shop');
  expect(arabic).toContain('<html lang="ar" dir="rtl">');
  expect(arabic).toContain('<td>دفعة</td>');
  const backwards = customerStatement(shop.ctx, { customerId, from: '2026-02-01', to: '2026-01-31' });
  expect(await fieldCodeOf(backwards)).toBe('INVALID');
  const stranger = await openShop(db);
  const theirs = { customerId, from: '2026-01-01', to: '2026-12-31' };
  expect(await codeOf(customerStatement(stranger.ctx, theirs))).toBe('NOT_FOUND');
  expect(await codeOf(listDebts(stranger.ctx, { customerId }))).toBe('NOT_FOUND');
  expect((await creditAgeing(stranger.ctx, {})).items).toEqual([]);
});

it('the days of an entry are those of its branch', async () => {
  clock.set(new Date('2026-01-10T23:30:00Z'));
  const entry = await post('10');
  expect([entry.businessDate, entry.dueDate]).toEqual(['2026-01-11', '2026-01-11']);
});
