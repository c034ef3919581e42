/** Segments: saved filters whose rules say which customers they have, in the list and for one customer alike. */
import { SettableClock } from '#kernel/clock';
import { addCustomerAddress } from '#subgraphs/customers/addresses';
import { addCustomerCard } from '#subgraphs/customers/cards/customer-cards';
import { recordConsent } from '#subgraphs/customers/consents/consents';
import { createCustomer } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { listCustomers } from '#subgraphs/customers/customers.queries';
import { createCustomerGroup } from '#subgraphs/customers/groups/customer-groups';
import { setCustomerGroups } from '#subgraphs/customers/groups/group-members';
import { audienceOf } from '#subgraphs/customers/index';
import {
  createCustomerSegment,
  deleteCustomerSegment,
  listCustomerSegments,
  requireSegment,
  updateCustomerSegment,
} from '#subgraphs/customers/segments/customer-segments';
import { checkedRule, type SegmentRule } from '#subgraphs/customers/segments/segment-rule.rules';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf, fieldCodeOf, issuesOf } from '#test/harness/values';

const NOW = new Date('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;
let db: TestDatabase;
let clock: SettableClock;
let shop: Shop;
beforeAll(async () => {
  clock = new SettableClock(NOW);
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  clock.set(NOW);
  shop = await openShop(db);
});

/** Ada has everything, Eva has nothing, and Ida is new. */
async function people() {
  const group = await createCustomerGroup(shop.ctx, { name: 'Regulars' });
  const full = {
    email: 'ada@example.com',
    phone: '+49 30 1234567',
    tags: ['vip', 'tea'],
    creditLimit: amount(10),
  };
  const ada = await createCustomer(shop.ctx, { name: 'Ada', ...full });
  await setCustomerGroups(shop.ctx, ada.id, { groupIds: [group.id] });
  await addCustomerAddress(shop.ctx, ada.id, { line1: 'Rue 1', city: 'Paris', country: 'FR' });
  await addCustomerCard(shop.ctx, ada.id, { number: 'C1' });
  await recordConsent(shop.ctx, ada.id, { purpose: 'email', granted: true, source: 'web' });
  clock.advance(1000);
  const eva = await createCustomer(shop.ctx, { name: 'Eva' });
  await recordConsent(shop.ctx, eva.id, { purpose: 'email', granted: true, source: 'web' });
  clock.advance(1000);
  await recordConsent(shop.ctx, eva.id, { purpose: 'email', granted: false, source: 'web' });
  clock.advance(30 * DAY_MS);
  const ida = await createCustomer(shop.ctx, { name: 'Ida', tags: ['vip'] });
  return { group, ada, eva, ida };
}

it('a rule selects the same customers in the list and one by one', async () => {
  const { group, ada, eva, ida } = await people();
  const cases: [SegmentRule, string][] = [
    [{ groupIds: [group.id] }, 'Ada'],
    [{ notGroupIds: [group.id] }, 'Eva Ida'],
    [{ tags: ['tea', 'other'] }, 'Ada'],
    [{ notTags: ['tea'] }, 'Eva Ida'],
    [{ consents: ['email'] }, 'Ada'],
    [{ consents: ['email', 'sms'] }, ''],
    [{ countries: ['fr', 'DE'] }, 'Ada'],
    [{ newWithinDays: 30 }, 'Ida'],
    [{ newWithinDays: 31 }, 'Ada Eva Ida'],
    [{ hasEmail: true }, 'Ada'],
    [{ hasEmail: false }, 'Eva Ida'],
    [{ hasPhone: true }, 'Ada'],
    [{ hasCard: false }, 'Eva Ida'],
    [{ hasCredit: true }, 'Ada'],
    [{ tags: ['vip'], hasCard: false }, 'Ida'],
  ];
  const segments: string[] = [];
  for (const [index, [rule, expected]] of cases.entries()) {
    const { id } = await createCustomerSegment(shop.ctx, { name: `Segment ${index}`, rule });
    segments.push(id);
    const { items } = await listCustomers(shop.ctx, { segmentId: id });
    expect([rule, items.map(({ name }) => name).join(' ')]).toEqual([rule, expected]);
  }
  const choice = { segmentIds: [...segments, ida.id, 'no id'], now: clock.now() };
  for (const { id, name } of [ada, eva, ida]) {
    const audience = await audienceOf(shop.ctx.db, id, choice);
    const expected = segments.filter((_, index) => cases[index]![1].split(' ').includes(name)).sort();
    expect([name, audience]).toEqual([
      name,
      { groupIds: name === 'Ada' ? [group.id] : [], segmentIds: expected },
    ]);
  }
  await deleteCustomer(shop.ctx, ida.id);
  expect(await audienceOf(shop.ctx.db, ida.id, choice)).toEqual({ groupIds: [], segmentIds: [] });
  const stranger = await openShop(db);
  expect(await audienceOf(stranger.ctx.db, ada.id, choice)).toEqual({ groupIds: [], segmentIds: [] });
});

it('a segment has a name of its own, and is changed and deleted', async () => {
  const made = await createCustomerSegment(shop.ctx, {
    name: 'Newsletter',
    rule: { consents: ['email'], tags: [] },
  });
  expect(made).toMatchObject({ name: 'Newsletter', rule: { consents: ['email'] }, version: 1 });
  const again = { name: 'NEWSLETTER', rule: { hasCard: true } };
  expect(await fieldCodeOf(createCustomerSegment(shop.ctx, again))).toBe('TAKEN');
  const changed = await updateCustomerSegment(shop.ctx, made.id, { name: 'Cards', rule: { hasCard: true } });
  expect(changed).toMatchObject({ name: 'Cards', rule: { hasCard: true }, version: 2 });
  expect(await updateCustomerSegment(shop.ctx, made.id, { name: 'Cards' })).toMatchObject({ version: 2 });
  expect(await requireSegment(shop.ctx.db, made.id)).toEqual(changed);
  expect((await listCustomerSegments(shop.ctx.db, { search: 'car' })).items).toMatchObject([{ id: made.id }]);
  await deleteCustomerSegment(shop.ctx, made.id);
  expect(await codeOf(requireSegment(shop.ctx.db, made.id))).toBe('NOT_FOUND');
  expect(await codeOf(listCustomers(shop.ctx, { segmentId: made.id }))).toBe('NOT_FOUND');
});

it('a rule has at least one condition, and valid ones', async () => {
  const check = (rule: SegmentRule) => issuesOf(Promise.resolve().then(() => checkedRule(rule)));
  expect(await check({ tags: [], hasCard: null })).toEqual(['rule REQUIRED']);
  expect(await check({ tags: [''], countries: ['Germany'], newWithinDays: 0 })).toEqual([
    'rule.tags.0 REQUIRED',
    'rule.countries.0 INVALID',
    'rule.newWithinDays INVALID',
  ]);
  expect(await check({ notGroupIds: Array.from({ length: 51 }, String) })).toEqual([
    'rule.notGroupIds TOO_MANY',
  ]);
  expect(checkedRule({ countries: ['fr'] })).toEqual({ countries: ['FR'] });
});
