/** Merges and erasures of customers with points. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { loyaltyPart } from '#subgraphs/marketing/loyalty/loyalty-part';
import { addLoyaltyPoints, enrollCustomer } from '#subgraphs/marketing/loyalty/manual-points';
import { loyaltyBalance } from '#subgraphs/marketing/loyalty/members.queries';
import { createLoyaltyTier } from '#subgraphs/marketing/loyalty/tiers';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount } from '#test/harness/values';
import { day, expectBalanced, openProgram, passDays, type Member } from './member';

let db: TestDatabase;
const clock = new SettableClock(day('2026-01-01'));

beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(() => clock.set(day('2026-01-01')));

const grant = ({ ctx, customerId }: Member, points: number, expiresOn: string) =>
  addLoyaltyPoints(ctx, customerId, { points, reason: 'For Ann', expiresAt: day(expiresOn) });
const merge = (kept: Member, duplicate: Member) =>
  transact(kept.ctx, (tx) =>
    loyaltyPart.merge!(tx, kept.ctx, { keptId: kept.customerId, duplicateId: duplicate.customerId }),
  );
const lotsOf = async (member: Member) =>
  (await member.lots()).map(({ remaining, expiresAt }) => [remaining, expiresAt!.toISOString().slice(0, 10)]);

describe('a merge', () => {
  it.each([true, false])(
    'C6: unites 40 and 60 points, whose lots keep their dates; first is kept: %s',
    async (keepsFirst) => {
      const first = await openProgram(db, { holdDays: 10, expiryDays: 90 });
      const second = await first.another();
      await grant(first, 40, '2026-03-31');
      await grant(second, 60, '2026-02-28');
      await second.sell(25);
      const [kept, duplicate] = keepsFirst ? [first, second] : [second, first];
      await merge(kept, duplicate);
      expect(await kept.points()).toEqual({ balance: 100, pending: 25 });
      expect(await duplicate.points()).toEqual({ balance: 0, pending: 0 });
      expect(await lotsOf(kept)).toEqual([
        [60, '2026-02-28'],
        [40, '2026-03-31'],
        [25, '2026-04-01'],
      ]);
      await expectBalanced(kept);
      await expectBalanced(duplicate);
      await passDays(db, 10);
      expect(await kept.points()).toEqual({ balance: 125, pending: 0 });
    },
  );

  it('settles a negative balance, and unites the spend for the tier', async () => {
    const kept = await openProgram(db);
    const duplicate = await kept.another();
    await createLoyaltyTier(kept.shop.ctx, { name: 'Gold', threshold: amount(150) });
    const order = await kept.sell(30);
    await kept.sell(100, 30);
    await kept.giveBack(order, 0, 30);
    await duplicate.sell(50);
    await passDays(db, 0);
    await merge(kept, duplicate);
    await passDays(db, 0);
    expect(await kept.points()).toEqual({ balance: 120, pending: 0 });
    await expectBalanced(kept);
    const { tier, spend } = await loyaltyBalance(kept.ctx, kept.ctx.db, kept.customerId);
    expect([tier?.name, spend.toFixed()]).toEqual(['Gold', '150']);
  });

  it('of a customer without points changes nothing', async () => {
    const kept = await openProgram(db);
    await grant(kept, 10, '2026-03-31');
    await merge(kept, await kept.another());
    expect((await kept.entries()).map(({ kind }) => kind)).toEqual(['grant']);
  });
});

it('an erasure leaves neither the birthday nor a text', async () => {
  const member = await openProgram(db);
  const { shop, ctx, customerId } = member;
  await grant(member, 10, '2026-03-31');
  await enrollCustomer(shop.ctx, customerId, { birthday: '03-14' });
  await transact(ctx, (tx) => loyaltyPart.erase!(tx, ctx, customerId));
  expect((await loyaltyBalance(ctx, ctx.db, customerId)).birthday).toBeNull();
  expect(
    await ctx.db.many(sql`select reason from loyalty_entries where customer_id = ${customerId}`),
  ).toEqual([{ reason: null }]);
  await expect(ctx.db.run(sql`update loyalty_entries set reason = 'A'`)).rejects.toThrow();
});
