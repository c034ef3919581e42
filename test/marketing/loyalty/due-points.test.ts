/** Changes that time brings: tiers, birthdays, pending and expired points. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { enrollCustomer } from '#subgraphs/marketing/loyalty/manual-points';
import { loyaltyBalance } from '#subgraphs/marketing/loyalty/members.queries';
import { updateLoyaltyProgram } from '#subgraphs/marketing/loyalty/program';
import { createLoyaltyTier, deleteLoyaltyTier, updateLoyaltyTier } from '#subgraphs/marketing/loyalty/tiers';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount } from '#test/harness/values';
import { day, expectBalanced, openProgram, passDays, passTo, type Member } from './member';

let db: TestDatabase;
const clock = new SettableClock(day('2026-01-01'));

beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(() => clock.set(day('2026-01-01')));

async function addTiers({ shop }: Member) {
  const tier = (name: string, threshold: number, upkeep: number, multiplier: number) =>
    createLoyaltyTier(shop.ctx, {
      name,
      threshold: amount(threshold),
      upkeep: amount(upkeep),
      multiplier: amount(multiplier),
    });
  return { silver: await tier('Silver', 300, 200, 1.5), gold: await tier('Gold', 1_000, 800, 2) };
}

const standing = async ({ ctx, customerId }: Member) => {
  const { tier, tierUntil, spend, nextTier, spendToNextTier } = await loyaltyBalance(ctx, ctx.db, customerId);
  return {
    tier: tier?.name ?? null,
    until: tierUntil?.toISOString().slice(0, 10) ?? null,
    spend: spend.toFixed(),
    next: nextTier && `${nextTier.name} ${spendToNextTier!.toFixed()}`,
  };
};

const kinds = async (member: Member) =>
  (await member.entries()).map(({ kind, points }) => `${kind} ${points}`);

describe('the tier of a customer', () => {
  it('follows the spend, applies from the next sale on, and is confirmed or lost by its upkeep', async () => {
    const member = await openProgram(db);
    await addTiers(member);
    expect(await standing(member)).toEqual({ tier: null, until: null, spend: '0', next: 'Silver 300' });
    await member.sell(320);
    await passDays(db, 0);
    expect(await standing(member)).toEqual({
      tier: 'Silver',
      until: '2027-01-01',
      spend: '320',
      next: 'Gold 680',
    });
    await member.sell(10);
    expect(await kinds(member)).toEqual(['earn 320', 'earn 15']);
    await passTo(db, day('2026-06-01'));
    await member.sell(670);
    await passDays(db, 0);
    expect(await standing(member)).toMatchObject({ tier: 'Gold', until: '2027-06-01', next: null });
    // At its end, the year has only the spend of June: below the upkeep of both tiers.
    await passTo(db, day('2027-06-01'));
    expect(await standing(member)).toMatchObject({ tier: null, spend: '0' });
    expect(await kinds(member)).toEqual(['earn 320', 'earn 15', 'earn 1005']);
  });

  it('is kept for another period if its upkeep was spent', async () => {
    const member = await openProgram(db);
    await addTiers(member);
    await member.sell(300);
    await passDays(db, 0);
    await passTo(db, day('2026-11-01'));
    await member.sell(200);
    await passTo(db, day('2027-01-02'));
    expect(await standing(member)).toMatchObject({ tier: 'Silver', spend: '200' });
    expect((await standing(member)).until).toBe('2028-01-02');
  });

  it('ends with the goods that reached it, which are returned', async () => {
    const member = await openProgram(db);
    await addTiers(member);
    const order = await member.sell(1_000);
    await passDays(db, 0);
    expect(await standing(member)).toMatchObject({ tier: 'Gold' });
    await passDays(db, 20);
    await member.giveBack(order, 300, 1_000);
    await passDays(db, 0);
    expect(await standing(member)).toMatchObject({ tier: 'Silver', spend: '300' });
    await member.giveBack(order, 0, 1_000);
    await passDays(db, 0);
    expect(await standing(member)).toMatchObject({ tier: null, spend: '0' });
  });

  it('is computed again when the tiers change, and emitted', async () => {
    const member = await openProgram(db);
    const { silver, gold } = await addTiers(member);
    await member.sell(250);
    await passDays(db, 0);
    expect((await standing(member)).tier).toBeNull();
    await updateLoyaltyTier(member.shop.ctx, silver.id, { threshold: amount(250) });
    await passDays(db, 0);
    expect((await standing(member)).tier).toBe('Silver');
    await deleteLoyaltyTier(member.shop.ctx, silver.id);
    expect((await standing(member)).tier).toBeNull();
    await passDays(db, 0);
    const events = await member.ctx.db.many<{ payload: Record<string, unknown> }>(sql`
      select payload from outbox_events where type = 'customer_tier.changed' and key = ${member.customerId} order by sequence`);
    expect(events.map(({ payload }) => [payload.previousTierId, payload.tierId])).toEqual([
      [null, silver.id],
      [silver.id, null],
    ]);
    expect(gold.threshold).toEqual(amount(1_000));
  });
});

describe('a birthday', () => {
  it('grants points once a year, even if the server was stopped on the day', async () => {
    const member = await openProgram(db, { birthdayPoints: 75, expiryDays: 30 });
    await enrollCustomer(member.shop.ctx, member.customerId, { birthday: '03-14' });
    await passTo(db, day('2026-03-13'));
    expect(await kinds(member)).toEqual([]);
    await passTo(db, day('2026-03-16'));
    await passDays(db, 1);
    expect(await kinds(member)).toEqual(['birthday 75']);
    await passTo(db, day('2027-03-14'));
    expect(await kinds(member)).toEqual(['birthday 75', 'expire -75', 'birthday 75']);
    await expectBalanced(member);
  });

  it('grants nothing without an active program', async () => {
    const member = await openProgram(db, { birthdayPoints: 75 });
    await enrollCustomer(member.shop.ctx, member.customerId, { birthday: '03-14' });
    await updateLoyaltyProgram(member.shop.ctx, { active: false });
    await passTo(db, day('2026-03-14'));
    expect(await kinds(member)).toEqual([]);
  });
});

describe('points of a sale', () => {
  it('are pending until the goods can no longer be returned, and expire by the date of the sale', async () => {
    const member = await openProgram(db, { holdDays: 14, expiryDays: 60 });
    await member.sell(40);
    expect(await member.points()).toEqual({ balance: 0, pending: 40 });
    await passTo(db, day('2026-01-14'));
    expect(await member.points()).toEqual({ balance: 0, pending: 40 });
    await passTo(db, day('2026-01-15'));
    expect(await member.points()).toEqual({ balance: 40, pending: 0 });
    await passTo(db, day('2026-03-02'));
    expect(await kinds(member)).toEqual(['earn 0', 'release 40', 'expire -40']);
  });

  it('are earned by enrolled customers only, if the program says so', async () => {
    const member = await openProgram(db, { autoEnroll: false });
    await member.sell(40);
    expect(await kinds(member)).toEqual([]);
    await enrollCustomer(member.shop.ctx, member.customerId, {});
    await member.sell(40);
    expect(await kinds(member)).toEqual(['earn 40']);
  });
});
