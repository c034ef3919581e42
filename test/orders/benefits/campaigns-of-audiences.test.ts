/** Campaigns for groups and segments of customers: who gets them, what a sale reads for them, and what deletions and merges change. */
import { createCustomer } from '#subgraphs/customers/customers';
import { createCustomerGroup, deleteCustomerGroup } from '#subgraphs/customers/groups/customer-groups';
import { setCustomerGroups } from '#subgraphs/customers/groups/group-members';
import {
  createCustomerSegment,
  deleteCustomerSegment,
} from '#subgraphs/customers/segments/customer-segments';
import {
  activateCampaign,
  createCampaign,
  requireCampaign,
  updateCampaign,
} from '#subgraphs/marketing/campaigns/campaigns';
import { generateDiscountCodes } from '#subgraphs/marketing/codes/discount-codes';
import type { CreateCampaignInput } from '#subgraphs/marketing/inputs.generated';
import { mergeCustomers } from '#subgraphs/orders/customers/merge-customers';
import { simulateCampaigns } from '#subgraphs/orders/discounts/discount-preview';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
let ids: { ann: string; bob: string; group: string; segment: string };
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

/** Ann is in the group and the segment; Bob is in neither. */
beforeEach(async () => {
  till = await openTill(db);
  const ann = await createCustomer(till.ctx, { name: 'Ann', tags: ['tea'] });
  const bob = await createCustomer(till.ctx, { name: 'Bob' });
  const group = await createCustomerGroup(till.ctx, { name: 'Regulars' });
  const segment = await createCustomerSegment(till.ctx, { name: 'Tea', rule: { tags: ['tea'] } });
  await setCustomerGroups(till.ctx, ann.id, { groupIds: [group.id] });
  ids = { ann: ann.id, bob: bob.id, group: group.id, segment: segment.id };
});

async function campaign(more: Partial<CreateCampaignInput>): Promise<string> {
  const action = { type: 'percent', percent: amount(10) } as const;
  const { id } = await createCampaign(till.ctx, { name: 'Regulars only', action, ...more });
  await activateCampaign(till.ctx, id);
  return id;
}

const input = (customerId?: string) => ({
  items: [{ sku: 'TEA', quantity: amount(2) }],
  paymentMethod: 'card' as const,
  customerId,
});
/** Totals of the same sale for Ann, for Bob, and for an unknown customer. */
async function totals(): Promise<string[]> {
  const found: string[] = [];
  for (const customerId of [ids.ann, ids.bob, undefined])
    found.push((await checkout(till.ctx, input(customerId))).order.total.toFixed(2));
  return found;
}
const FOR_ANN = ['6.30', '7.00', '7.00'];
const FOR_NO_ONE = ['7.00', '7.00', '7.00'];

it('a campaign for a group applies to its customers, and to no one after the group is deleted', async () => {
  const id = await campaign({ groupIds: [ids.group.toUpperCase()] });
  expect(await requireCampaign(till.ctx, id)).toMatchObject({ groupIds: [ids.group], segmentIds: [] });
  expect(await totals()).toEqual(FOR_ANN);
  await setCustomerGroups(till.ctx, ids.ann, { groupIds: [] });
  expect(await totals()).toEqual(FOR_NO_ONE);
  await setCustomerGroups(till.ctx, ids.ann, { groupIds: [ids.group] });
  await deleteCustomerGroup(till.ctx, ids.group);
  expect(await totals()).toEqual(FOR_NO_ONE);
  expect(await requireCampaign(till.ctx, id)).toMatchObject({ groupIds: [ids.group] });
  expect(await errorOf(updateCampaign(till.ctx, id, { groupIds: [ids.group] }))).toMatchObject({
    code: 'VALIDATION_FAILED',
    errors: [{ field: 'groupIds.0', code: 'NOT_FOUND' }],
  });
  await updateCampaign(till.ctx, id, { groupIds: [] });
  expect(await totals()).toEqual(['6.30', '6.30', '6.30']);
});

it('a campaign for a segment applies to its customers, and to no one after the segment is deleted', async () => {
  await campaign({ segmentIds: [ids.segment] });
  expect(await totals()).toEqual(FOR_ANN);
  await deleteCustomerSegment(till.ctx, ids.segment);
  expect(await totals()).toEqual(FOR_NO_ONE);
});

it('a campaign for a group and a segment applies to those who are in both', async () => {
  await campaign({ groupIds: [ids.group], segmentIds: [ids.segment] });
  await setCustomerGroups(till.ctx, ids.bob, { groupIds: [ids.group] });
  expect(await totals()).toEqual(FOR_ANN);
});

it('a code of such a campaign is rejected for other customers, with the reason', async () => {
  const campaignId = await campaign({ groupIds: [ids.group], requiresCode: true });
  await generateDiscountCodes(till.ctx, { campaignId, code: 'REGULAR' });
  const withCode = (customerId: string) =>
    checkout(till.ctx, { ...input(customerId), discountCodes: ['REGULAR'] });
  expect(await errorOf(withCode(ids.bob))).toMatchObject({
    code: 'DISCOUNT_INVALID',
    details: { reason: 'audience' },
  });
  expect((await withCode(ids.ann)).order.total.toFixed(2)).toBe('6.30');
  // Without the code, the campaign may not apply, so that nothing is read for it.
  expect(await audienceReads(ids.ann)).toEqual([0, 0]);
});

it('a merged customer is in the groups of both, also under the former id', async () => {
  await campaign({ groupIds: [ids.group] });
  await mergeCustomers(till.ctx, ids.bob, { duplicateId: ids.ann });
  expect(await totals()).toEqual(['6.30', '6.30', '7.00']);
});

it('groups and segments of another organization are unknown', async () => {
  const stranger = await openTill(db);
  const terms = { name: 'Theirs', action: { type: 'percent', percent: amount(10) } as const };
  const { group, segment } = ids;
  const foreign = { ...terms, groupIds: [group], segmentIds: [segment] };
  expect(await errorOf(createCampaign(stranger.ctx, foreign))).toMatchObject({
    errors: [{ field: 'groupIds.0' }, { field: 'segmentIds.0' }],
  });
});

/** Numbers of statements of a sale that read memberships of groups, and segments. */
async function audienceReads(customerId?: string): Promise<number[]> {
  const statements = await statementsOf(() => checkout(till.ctx, input(customerId)));
  return ['from customer_group_members', 'from customer_segments'].map(
    (read) => statements.filter(({ text }) => text.includes(read)).length,
  );
}

it('a sale reads them only if a live campaign names some and it has a customer, on its own connection', async () => {
  // The cache of campaigns may be dropped and read once more, whenever the event of a change arrives.
  const countOf = async (customerId?: string) =>
    (await statementsOf(() => checkout(till.ctx, input(customerId)))).filter(
      ({ text }) => !text.includes('from campaigns'),
    ).length;
  const id = await campaign({ channels: ['web'] });
  await countOf(ids.ann);
  const without = [await countOf(ids.ann), await countOf()];
  expect([await audienceReads(ids.ann), await audienceReads()]).toEqual([
    [0, 0],
    [0, 0],
  ]);
  await updateCampaign(till.ctx, id, { groupIds: [ids.group] });
  expect([await audienceReads(ids.ann), await audienceReads()]).toEqual([
    [1, 0],
    [0, 0],
  ]);
  // The customer, and the groups.
  expect([await countOf(ids.ann), await countOf()]).toEqual([without[0]! + 2, without[1]]);
  await updateCampaign(till.ctx, id, { segmentIds: [ids.segment] });
  expect(await audienceReads(ids.ann)).toEqual([1, 1]);
  // The customer, the groups, the segments, and the customer by their rules.
  expect([await countOf(ids.ann), await countOf()]).toEqual([without[0]! + 4, without[1]]);
});

it('a simulation names the reason', async () => {
  const id = await campaign({ segmentIds: [ids.segment] });
  const preview = (customerId: string) =>
    simulateCampaigns(till.ctx, { customerId, items: [{ sku: 'TEA', quantity: amount(2) }] });
  const reasonsOf = async (customerId: string) =>
    (await preview(customerId)).campaigns.skipped.map(({ campaign: { id: skipped }, reason }) => [
      skipped,
      reason,
    ]);
  expect(await reasonsOf(ids.ann)).toEqual([]);
  expect(await reasonsOf(ids.bob)).toEqual([[id, 'audience']]);
  expect(await reasonsOf('no id')).toEqual([[id, 'audience']]);
});
