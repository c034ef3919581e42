import fc from 'fast-check';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { addLoyaltyPoints } from '#subgraphs/marketing/loyalty/manual-points';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, codeOf } from '#test/harness/values';
import { day, expectBalanced, openProgram, passDays, passTo, type Member } from './member';

let db: TestDatabase;
const clock = new SettableClock(day('2026-01-01'));

beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(() => clock.set(day('2026-01-01')));

const remaining = async (member: Member) => (await member.lots()).map((lot) => lot.remaining);

/** Grants points that expire on a day. */
const grant = ({ ctx, customerId }: Member, points: number, expiresOn: string) =>
  addLoyaltyPoints(ctx, customerId, { points, reason: 'A gift', expiresAt: day(expiresOn) });

describe('lots (M7)', () => {
  it('are used by their expiry dates: 100 and 50, of which 120 are redeemed, expire as 0 and 30', async () => {
    const member = await openProgram(db);
    // The later date comes first, so that the order of arrival does not decide.
    await grant(member, 50, '2026-03-31');
    await grant(member, 100, '2026-01-31');
    await passTo(db, day('2026-01-15'));
    await member.sell(0, 120);
    expect(await remaining(member)).toEqual([0, 30]);
    await passTo(db, day('2026-02-01'));
    expect((await member.entries()).map(({ kind }) => kind)).toEqual(['grant', 'grant', 'redeem']);
    await passTo(db, day('2026-04-01'));
    expect((await member.entries()).at(-1)).toMatchObject({ kind: 'expire', points: -30, balance: 0 });
    await expectBalanced(member);
  });

  it('get the points of a cancelled redemption again, with their old dates', async () => {
    const member = await openProgram(db);
    await grant(member, 100, '2026-01-31');
    await grant(member, 50, '2026-03-31');
    const order = await member.sell(0, 120);
    expect(await member.giveBack(order, 0, 10)).toEqual({ reversed: 0, restored: 120 });
    expect(await remaining(member)).toEqual([100, 50]);
    expect(await member.giveBack(order, 0, 10)).toEqual({ reversed: 0, restored: 0 });
    await passTo(db, day('2026-01-31'));
    expect(await member.points()).toEqual({ balance: 50, pending: 0 });
    await expectBalanced(member);
  });

  it('get a part of the points again in the reverse order, and lose those of a lot that has expired', async () => {
    const member = await openProgram(db);
    await grant(member, 100, '2026-01-31');
    await grant(member, 50, '2026-03-31');
    const order = await member.sell(0, 120);
    await passTo(db, day('2026-02-01'));
    expect(await member.giveBack(order, 9, 12)).toEqual({ reversed: 0, restored: 30 });
    expect(await remaining(member)).toEqual([10, 50]);
    await passDays(db, 0);
    expect(await member.points()).toEqual({ balance: 50, pending: 0 });
    await expectBalanced(member);
  });

  it('that have expired pay for nothing before the worker ends them, and no redemption takes them', async () => {
    const member = await openProgram(db);
    await grant(member, 100, '2026-01-31');
    await grant(member, 50, '2026-03-31');
    clock.set(day('2026-02-01'));
    expect(await codeOf(member.sell(0, 51))).toBe('POINTS_INSUFFICIENT');
    await member.sell(0, 50);
    expect(await remaining(member)).toEqual([100, 0]);
    await passDays(db, 0);
    expect(await member.points()).toEqual({ balance: 0, pending: 0 });
    await expectBalanced(member);
  });
});

describe('a return', () => {
  it('reverses the points of its sale by the sum of all returns (M8): 16, 17 and 16 of 49', async () => {
    const member = await openProgram(db, { earnRate: amount('1.5') });
    const order = await member.sell('33.33');
    expect(await member.points()).toEqual({ balance: 49, pending: 0 });
    const reversed = [];
    for (const left of ['22.22', '11.11', '0'])
      reversed.push((await member.giveBack(order, left, '33.33')).reversed);
    expect(reversed).toEqual([16, 17, 16]);
    expect(await member.points()).toEqual({ balance: 0, pending: 0 });
    expect((await member.entries()).map(({ amount }) => amount?.toFixed(2))).toEqual([
      '33.33',
      '-11.11',
      '-11.11',
      '-11.11',
    ]);
    await expectBalanced(member);
  });

  it('of goods whose points were spent leaves a negative balance, which blocks redemption until it is settled', async () => {
    const member = await openProgram(db);
    const order = await member.sell(100);
    await member.sell(0, 80);
    await member.giveBack(order, 0, 100);
    expect(await member.points()).toEqual({ balance: -80, pending: 0 });
    expect(await codeOf(member.sell(0, 1))).toBe('POINTS_INSUFFICIENT');
    await member.sell(100);
    expect(await member.points()).toEqual({ balance: 20, pending: 0 });
    expect((await remaining(member)).filter((points) => points > 0)).toEqual([20]);
    await expectBalanced(member);
  });

  it('takes the points of its own sale before those of others', async () => {
    const member = await openProgram(db, { expiryDays: 30 });
    await member.sell(40);
    await passDays(db, 10);
    const order = await member.sell(50);
    await member.giveBack(order, 0, 50);
    expect(await remaining(member)).toEqual([40, 0]);
  });

  it('reverses points that are still pending, and none that have expired', async () => {
    const member = await openProgram(db, { holdDays: 14, expiryDays: 30 });
    const order = await member.sell(50);
    expect(await member.points()).toEqual({ balance: 0, pending: 50 });
    await member.giveBack(order, 20, 50);
    expect(await member.points()).toEqual({ balance: 0, pending: 20 });
    await passDays(db, 14);
    expect(await member.points()).toEqual({ balance: 20, pending: 0 });
    await passDays(db, 16);
    expect(await member.points()).toEqual({ balance: 0, pending: 0 });
    expect(await member.giveBack(order, 0, 50)).toEqual({ reversed: 0, restored: 0 });
    expect(await member.points()).toEqual({ balance: 0, pending: 0 });
    await expectBalanced(member);
  });
});

it('pay for nothing once they have expired, although no worker has ended them: here those that a return restored', async () => {
  clock.set(day('2026-01-01'));
  const member = await openProgram(db, { expiryDays: 40 });
  await grant(member, 1, '2026-01-31');
  const order = await member.sell(0, 1);
  clock.set(day('2026-02-05'));
  expect(await member.giveBack(order, 0, 10)).toEqual({ reversed: 0, restored: 1 });
  await grant(member, 14, '2026-03-31');
  expect(await member.points()).toEqual({ balance: 15, pending: 0 });
  expect(await codeOf(member.sell(0, 15))).toBe('POINTS_INSUFFICIENT');
  expect(await codeOf(member.sell(0, 14))).toBe('none');
  await passDays(db, 0);
  expect(await member.points()).toEqual({ balance: 0, pending: 0 });
  await expectBalanced(member);
});

describe('the last points', () => {
  it('are redeemed by one of twenty sales at once', async () => {
    const member = await openProgram(db);
    await grant(member, 100, '2026-03-31');
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(member.sell(0, 60))));
    expect(codes.sort()).toEqual([...Array<string>(19).fill('POINTS_INSUFFICIENT'), 'none']);
    expect(await member.points()).toEqual({ balance: 40, pending: 0 });
    await expectBalanced(member);
  });

  it('are earned, redeemed and swept at once without a difference', async () => {
    const member = await openProgram(db, { holdDays: 1 });
    await grant(member, 300, '2026-01-20');
    const orders = await Promise.all([1, 2, 3, 4, 5].map((euros) => member.sell(euros * 10)));
    clock.set(day('2026-01-25'));
    await Promise.all([
      passDays(db, 0),
      passDays(db, 0),
      ...orders.map((order) => member.giveBack(order, 0, 1)),
      ...orders.map(() => codeOf(member.sell(20, 5))),
    ]);
    await passDays(db, 0);
    await expectBalanced(member);
  });
});

/** The balance without points that have expired, but were not ended by the worker yet. */
async function availablePoints(member: Member): Promise<number> {
  const { balance } = await member.points();
  const ended = (await member.lots()).filter(
    ({ pending, expiresAt }) => !pending && expiresAt !== null && expiresAt <= clock.now(),
  );
  return ended.reduce((left, { remaining }) => left - remaining, balance);
}

it('sums up whatever happens, in whatever order', async () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('sell' as const), euros: fc.nat(90), redeemed: fc.nat(60) }),
    fc.record({ type: fc.constant('return' as const), order: fc.nat(9), left: fc.nat(9) }),
    fc.record({ type: fc.constant('pass' as const), days: fc.nat(20) }),
    fc.record({ type: fc.constant('grant' as const), points: fc.integer({ min: 1, max: 80 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), fc.nat(10), async (steps, holdDays) => {
      clock.set(day('2026-01-01'));
      const member = await openProgram(db, { holdDays, expiryDays: 40 });
      const sales: { order: string; total: number; left: number }[] = [];
      for (const one of steps) {
        if (one.type === 'sell') {
          const available = await availablePoints(member);
          const order = member.sell(one.euros, one.redeemed);
          const code = await codeOf(order);
          if (one.redeemed > 0) expect(code).toBe(one.redeemed > available ? 'POINTS_INSUFFICIENT' : 'none');
          if (code === 'none') sales.push({ order: await order, total: 10, left: 10 });
        } else if (one.type === 'return' && sales.length > 0) {
          const sale = sales[one.order % sales.length]!;
          sale.left = Math.min(sale.left, one.left);
          await member.giveBack(sale.order, sale.left, sale.total);
        } else if (one.type === 'pass') {
          await passDays(db, one.days);
        } else if (one.type === 'grant') {
          await addLoyaltyPoints(member.ctx, member.customerId, { points: one.points, reason: 'Any' });
        }
        await expectBalanced(member);
      }
    }),
    { numRuns: 15 },
  );
}, 120_000);

it('is never rewritten', async () => {
  const member = await openProgram(db);
  await member.sell(10);
  await expect(member.ctx.db.run(sql`update loyalty_entries set points = 1`)).rejects.toThrow();
  await expect(member.ctx.db.run(sql`delete from loyalty_entries`)).rejects.toThrow();
});
