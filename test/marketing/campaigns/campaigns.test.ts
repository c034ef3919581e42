import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import type { CreateCampaignInput } from '#subgraphs/marketing/inputs.generated';
import {
  activateCampaign,
  campaignsByIds,
  createCampaign,
  deleteCampaign,
  listCampaigns,
  pauseCampaign,
  requireCampaign,
  shownStatus,
  updateCampaign,
} from '#subgraphs/marketing/campaigns/campaigns';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  owner = await createOwner(db, { currency: 'EUR' });
});

const INPUT: CreateCampaignInput = { name: ' Tea  week ', action: { type: 'percent', percent: amount(10) } };

/** The paths of the fields of an error. */
const fieldsOf = async (work: Promise<unknown>) => (await errorOf(work)).errors?.map(({ field }) => field);

describe('a campaign', () => {
  it('is created as a draft with its terms, and read', async () => {
    const made = await createCampaign(owner.ctx, {
      ...INPUT,
      description: ' ',
      windows: [{ weekdays: ['sunday', 'monday', 'monday'], from: '17:00' }],
      channels: ['web', 'web'],
      branchIds: [owner.branchId.toUpperCase()],
      conditions: [{ type: 'minimum_amount', amount: amount('50.00') }],
      budget: amount(1000),
    });
    const all = { variantIds: [], productIds: [], categoryIds: [], brandIds: [] };
    expect(made).toMatchObject({
      name: 'Tea week',
      description: null,
      status: 'draft',
      stacking: 'stackable',
      windows: [{ weekdays: ['monday', 'sunday'], from: '17:00', to: '00:00' }],
      channels: ['web'],
      branchIds: [owner.branchId],
      items: all,
      conditions: [{ type: 'minimum_amount', amount: '50' }],
      action: { type: 'percent', percent: '10' },
      budget: amount(1000),
      uses: 0,
      spent: amount(0),
      version: 1,
    });
    expect(await requireCampaign(owner.ctx, made.id)).toEqual(made);
  });

  it('is activated, paused, changed and deleted, each with an event', async () => {
    const { id } = await createCampaign(owner.ctx, INPUT);
    expect(await errorOf(pauseCampaign(owner.ctx, id))).toMatchObject({ code: 'ILLEGAL_STATE' });
    expect(await activateCampaign(owner.ctx, id)).toMatchObject({ status: 'active', version: 2 });
    expect(await activateCampaign(owner.ctx, id)).toMatchObject({ status: 'active', version: 2 });
    expect(await pauseCampaign(owner.ctx, id)).toMatchObject({ status: 'paused', version: 3 });
    const changed = await updateCampaign(owner.ctx, id, { usesLimit: 5, stackingGroup: 'tea' });
    expect(changed).toMatchObject({ name: 'Tea week', usesLimit: 5, stackingGroup: 'tea', version: 4 });
    expect(await updateCampaign(owner.ctx, id, { usesLimit: null })).toMatchObject({ usesLimit: null });
    expect(await deleteCampaign(owner.ctx, id)).toEqual({ id, deleted: true });
    expect(await errorOf(requireCampaign(owner.ctx, id))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await errorOf(deleteCampaign(owner.ctx, id))).toMatchObject({ code: 'NOT_FOUND' });
    // Orders that had it still show its name.
    expect((await campaignsByIds(owner.ctx.db, [id])).get(id)).toMatchObject({ name: 'Tea week' });
    const events = await db.services.database.system.many<{ change: string }>(sql`
      select payload ->> 'change' as change from outbox_events
      where type = 'campaign.changed' and organization_id = ${owner.organizationId}::uuid order by id`);
    expect(events.map(({ change }) => change)).toEqual([
      'created',
      'activated',
      'paused',
      'updated',
      'updated',
      'deleted',
    ]);
  });

  it('of a past end is shown as ended, and cannot be activated', async () => {
    const { id } = await createCampaign(owner.ctx, { ...INPUT, endsAt: new Date('2020-01-01T00:00:00Z') });
    expect(await errorOf(activateCampaign(owner.ctx, id))).toMatchObject({ code: 'ILLEGAL_STATE' });
    const later = new Date(Date.now() + 1_000_000);
    await updateCampaign(owner.ctx, id, { endsAt: later });
    const active = await activateCampaign(owner.ctx, id);
    expect([shownStatus(active, owner.ctx.clock.now()), shownStatus(active, later)]).toEqual([
      'active',
      'ended',
    ]);
    await updateCampaign(owner.ctx, id, { endsAt: new Date('2020-01-01T00:00:00Z') });
    const idsOf = async (status: 'active' | 'ended' | 'paused') =>
      (await listCampaigns(owner.ctx, { status })).items.map((campaign) => campaign.id);
    expect([await idsOf('active'), await idsOf('ended'), await idsOf('paused')]).toEqual([[], [id], []]);
  });

  it('is invisible to another organization', async () => {
    const { id } = await createCampaign(owner.ctx, INPUT);
    const other = await createOwner(db);
    for (const work of [requireCampaign, activateCampaign, deleteCampaign])
      expect(await errorOf(work(other.ctx, id))).toMatchObject({ code: 'NOT_FOUND' });
    expect((await listCampaigns(other.ctx, {})).items).toEqual([]);
  });
});

describe('the terms of a campaign', () => {
  it.each<[fields: string[], input: Partial<CreateCampaignInput>]>([
    [['name'], { name: ' ' }],
    [['priority', 'budget', 'usesLimit'], { priority: 1_000_001, budget: amount('1.001'), usesLimit: 0 }],
    [['endsAt'], { startsAt: new Date('2027-01-02'), endsAt: new Date('2027-01-02') }],
    [['branchIds.0', 'customerIds.1'], { branchIds: ['x'], customerIds: [randomUUID(), 'y'] }],
    [['branchIds.0', 'customerIds.0'], { branchIds: [randomUUID()], customerIds: [randomUUID()] }],
    [['groupIds.0', 'segmentIds.1'], { groupIds: ['x'], segmentIds: [randomUUID(), 'y'] }],
    [['groupIds.0', 'segmentIds.0'], { groupIds: [randomUUID()], segmentIds: [randomUUID()] }],
    [['windows.0.from'], { windows: [{ from: '24:00' }] }],
    [['items.brandIds.0'], { items: { brandIds: ['x'] } }],
    [['conditions.0.amount'], { conditions: [{ type: 'minimum_amount' }] }],
    [
      ['conditions.0.quantity'],
      { conditions: [{ type: 'minimum_amount', amount: amount(1), quantity: amount(2) }] },
    ],
    [['conditions.0.amount'], { conditions: [{ type: 'minimum_amount', amount: amount('0.001') }] }],
    [['action.percent'], { action: { type: 'percent' } }],
    [['action.percent'], { action: { type: 'percent', percent: amount(101) } }],
    [['action.price'], { action: { type: 'percent', percent: amount(10), price: amount(1) } }],
    [['action.amount'], { action: { type: 'amount', amount: amount('1.005') } }],
    [['action.quantity'], { action: { type: 'bundle', quantity: 1, price: amount(1) } }],
    [['action.tiers'], { action: { type: 'quantity_tiers', tiers: [] } }],
    [
      ['action.tiers.0.percent'],
      { action: { type: 'quantity_tiers', tiers: [{ quantity: amount(2), percent: amount(0) }] } },
    ],
    [['action.multiplier'], { action: { type: 'points_multiplier', multiplier: amount(1) } }],
  ])('name %j where they are wrong', async (fields, input) => {
    expect(await fieldsOf(createCampaign(owner.ctx, { ...INPUT, ...input }))).toEqual(fields);
  });

  it.each<CreateCampaignInput['action']>([
    { type: 'amount', amount: amount('5.00') },
    { type: 'fixed_price', price: amount(0) },
    {
      type: 'buy_x_get_y',
      buy: 2,
      get: 1,
      percent: amount(100),
      limit: 3,
      rewards: { variantIds: [randomUUID()] },
    },
    { type: 'bundle', quantity: 3, price: amount('10.00') },
    { type: 'quantity_tiers', tiers: [{ quantity: amount(3), percent: amount(5) }] },
    { type: 'free_shipping' },
    { type: 'points_multiplier', multiplier: amount('1.5') },
  ])('may have any action: %j', async (action) => {
    expect(await createCampaign(owner.ctx, { ...INPUT, action })).toMatchObject({
      action: { type: action.type },
    });
  });
});
