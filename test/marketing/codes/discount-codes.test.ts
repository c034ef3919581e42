import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import type { GenerateDiscountCodesInput } from '#subgraphs/marketing/inputs.generated';
import { createCampaign, deleteCampaign } from '#subgraphs/marketing/campaigns/campaigns';
import { discountUsage } from '#subgraphs/marketing/codes/code-usage';
import { generateDiscountCodes, listDiscountCodes } from '#subgraphs/marketing/codes/discount-codes';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
let campaignId: string;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  owner = await createOwner(db, { currency: 'EUR' });
  const action = { type: 'percent', percent: amount(10) } as const;
  ({ id: campaignId } = await createCampaign(owner.ctx, { name: 'Welcome', requiresCode: true, action }));
});

const generate = (input: Partial<GenerateDiscountCodesInput>, ctx = owner.ctx) =>
  generateDiscountCodes(ctx, { campaignId, ...input });

it('creates a single code, once in any spelling', async () => {
  const batch = await generate({ code: ' Welcome-10 ', usesLimit: 5 });
  expect(batch).toMatchObject({
    campaignId,
    codesCount: 1,
    codes: [{ code: 'Welcome-10', codeKey: 'WE1C0ME10', batchId: null, usesLimit: 5 }],
  });
  expect(await errorOf(generate({ code: 'welcome 1O' }))).toMatchObject({
    code: 'ALREADY_EXISTS',
    errors: [{ field: 'code' }],
  });
  expect(await discountUsage(owner.ctx, 'WELCOME10')).toMatchObject({
    code: 'Welcome-10',
    uses: 0,
    usesLimit: 5,
    remaining: 5,
    entries: [],
  });
  expect(await errorOf(discountUsage(owner.ctx, 'NOPE'))).toMatchObject({ code: 'NOT_FOUND' });
  const other = await createOwner(db);
  expect((await listDiscountCodes(other.ctx, {})).items).toEqual([]);
  expect(await errorOf(generate({ code: 'OTHER' }, other.ctx))).toMatchObject({ code: 'NOT_FOUND' });
});

it('generates 100,000 distinct codes of one use, and lists them', async () => {
  const batch = await generate({ count: 100_000, prefix: 'tea-' });
  expect([batch.codesCount, batch.codes.length]).toEqual([100_000, 100]);
  const [stored] = await owner.ctx.db.many(sql`
    select count(distinct code_key) as codes, min(uses_limit) as least, max(uses_limit) as most,
      bool_and(code ~ '^TEA-[0-9A-HJKMNP-TV-Z]{10}$') as proper from discount_codes where batch_id = ${batch.id}::uuid`);
  expect(stored).toEqual({ codes: 100_000, least: 1, most: 1, proper: true });
  const first = await listDiscountCodes(owner.ctx, { batchId: batch.id, size: 1000, sort: 'code' });
  const next = await listDiscountCodes(owner.ctx, {
    batchId: batch.id,
    size: 1000,
    sort: 'code',
    cursor: first.nextCursor!,
  });
  expect(new Set([...first.items, ...next.items].map(({ code }) => code)).size).toBe(2_000);
}, 120_000);

it.each<[fields: string[], input: Partial<GenerateDiscountCodesInput>]>([
  [['count'], { count: 100_001 }],
  [['length'], { length: 7 }],
  [['usesLimit', 'usesPerCustomer'], { usesLimit: 0, usesPerCustomer: 0 }],
  [['code'], { code: 'a b' }],
  [['code'], { code: 'TEA', count: 2 }],
  [['prefix'], { prefix: 'TEA<' }],
  [['minimum'], { minimum: amount('1.001') }],
  [['validUntil'], { validFrom: new Date('2027-01-02'), validUntil: new Date('2027-01-01') }],
  [['customerId'], { customerId: randomUUID() }],
])('names %j where they are wrong', async (...[fields, input]) => {
  expect((await errorOf(generate(input))).errors?.map(({ field }) => field)).toEqual(fields);
});

it('needs a campaign that requires codes', async () => {
  const free = await createCampaign(owner.ctx, { name: 'Free', action: { type: 'free_shipping' } });
  expect(await errorOf(generate({ campaignId: free.id }))).toMatchObject({ code: 'ILLEGAL_STATE' });
  await deleteCampaign(owner.ctx, campaignId);
  expect(await errorOf(generate({}))).toMatchObject({ code: 'NOT_FOUND' });
});
