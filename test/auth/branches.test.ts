import { randomUUID } from 'node:crypto';
import { Decimal } from '#kernel/decimal';
import { sql } from '#kernel/db/database';
import { branchOf, sellingTerms } from '#subgraphs/auth/index';
import { createBranch, listBranches, updateBranch } from '#subgraphs/auth/branches';
import { ownOrganization, updateOrganization } from '#subgraphs/auth/organizations';
import { createOwner, userActor, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { codeOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
let stranger: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db, {
    currency: 'CHF',
    timeZone: 'Europe/Zurich',
    cashRoundingStep: new Decimal('0.05'),
  });
  stranger = await createOwner(db);
});
afterAll(() => db.close());

describe('branches', () => {
  it('get the next free code and the time zone of the organization where nothing is said', async () => {
    const branch = await createBranch(owner.ctx, { name: ' Harbour ' });
    expect(branch).toEqual({
      id: expect.any(String) as string,
      organizationId: owner.organizationId,
      name: 'Harbour',
      code: 'B2',
      address: null,
      country: null,
      language: null,
      timeZone: 'Europe/Zurich',
      receiptHeader: null,
      receiptFooter: null,
      currency: 'CHF',
      createdAt: expect.any(Date) as Date,
      updatedAt: expect.any(Date) as Date,
      version: 1,
    });
    const event = await db.services.database.system.one<{ type: string; payload: unknown }>(sql`
      select type, payload from outbox_events where type = 'branch.created' and key = ${branch.id}`);
    expect(event.payload).toEqual({ branchId: branch.id, name: 'Harbour', code: 'B2' });
  });

  it('have codes that are unique in the organization, whatever their case, and in no other', async () => {
    expect(await createBranch(owner.ctx, { name: 'Station', code: 'st-1' })).toMatchObject({ code: 'ST-1' });
    await expect(createBranch(owner.ctx, { name: 'Station', code: 'St-1' })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      errors: [{ field: 'code', code: 'TAKEN' }],
    });
    expect(await createBranch(stranger.ctx, { name: 'Station', code: 'st-1' })).toMatchObject({
      code: 'ST-1',
    });
    const other = await createBranch(owner.ctx, { name: 'Market' });
    expect(await codeOf(updateBranch(owner.ctx, other.id, { code: 'ST-1' }))).toBe('ALREADY_EXISTS');
    expect(await updateBranch(owner.ctx, other.id, { code: other.code, name: 'Old Market' })).toMatchObject({
      name: 'Old Market',
    });
  });

  it('say which fields are wrong', async () => {
    const work = createBranch(owner.ctx, {
      name: '',
      code: 'a b',
      timeZone: 'Nowhere',
      receiptFooter: 'x'.repeat(1001),
    });
    await expect(work).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [
        { field: 'timeZone', code: 'INVALID' },
        { field: 'name', code: 'REQUIRED' },
        { field: 'code', code: 'INVALID' },
        { field: 'receiptFooter', code: 'LENGTH' },
      ],
    });
  });

  it('have a country that exists, in capitals, or none', async () => {
    const error = { code: 'VALIDATION_FAILED', errors: [{ field: 'country', code: 'INVALID' }] };
    // The last three look like codes: that of no region, a wrong one of Great Britain, and one of a country that is gone.
    for (const country of ['Germany', 'D1', 'ZZ', 'UK', 'DD'])
      await expect(createBranch(owner.ctx, { name: 'Lake', country })).rejects.toMatchObject(error);
    const { id, country } = await createBranch(owner.ctx, { name: 'Lake', country: ' ch ' });
    expect(country).toBe('CH');
    await expect(updateBranch(owner.ctx, id, { country: 'DEU' })).rejects.toMatchObject(error);
    expect(await updateBranch(owner.ctx, id, { country: '' })).toMatchObject({ country: null, version: 2 });
  });

  it('change one field at a time, and an empty text removes one', async () => {
    const { id } = await createBranch(owner.ctx, {
      name: 'Airport',
      receiptFooter: 'Safe travels!',
      address: 'Gate 1\nZurich',
    });
    expect(await updateBranch(owner.ctx, id, { receiptHeader: 'Airport Shop' })).toMatchObject({
      name: 'Airport',
      receiptHeader: 'Airport Shop',
      receiptFooter: 'Safe travels!',
      address: 'Gate 1\nZurich',
    });
    expect(await updateBranch(owner.ctx, id, { receiptFooter: '' })).toMatchObject({
      receiptFooter: null,
      name: 'Airport',
    });
    expect(await updateBranch(owner.ctx, id, { language: 'pt-br' })).toMatchObject({ language: 'pt-BR' });
    expect(await updateBranch(owner.ctx, id, { language: '' })).toMatchObject({ language: null });
    await expect(updateBranch(owner.ctx, id, { language: 'not a tag' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ field: 'language', code: 'INVALID' }],
    });
  });

  it('of another organization answer as absent ones', async () => {
    for (const id of [stranger.branchId, randomUUID(), 'no id']) {
      const message = `There is no branch with the id "${id}".`;
      await expect(updateBranch(owner.ctx, id, { name: 'Mine' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message,
      });
      await expect(sellingTerms(owner.ctx.db, id)).rejects.toMatchObject({ code: 'NOT_FOUND', message });
    }
    const page = await listBranches(stranger.ctx, {});
    expect(page.items.every((branch) => branch.organizationId === stranger.organizationId)).toBe(true);
  });

  it('give a sale all it has to know in one row', async () => {
    const shop = await createOwner(db, {
      name: 'Terms',
      currency: 'JPY',
      roundingMode: 'HALF_EVEN',
      pricesIncludeTax: false,
      cashRoundingStep: new Decimal(5),
      taxNumber: 'T123',
      timeZone: 'Asia/Tokyo',
      branches: [
        {
          name: 'Ginza',
          code: 'gz',
          address: 'Ginza 1',
          receiptHeader: 'Hello',
          receiptFooter: 'Bye',
          timeZone: 'UTC',
          language: 'ja',
        },
      ],
    });
    expect(await sellingTerms(shop.ctx.db, shop.branchId)).toEqual({
      organizationId: shop.organizationId,
      organizationName: 'Terms',
      branchId: shop.branchId,
      branchName: 'Ginza',
      branchCode: 'GZ',
      currency: 'JPY',
      roundingMode: 'HALF_EVEN',
      pricesIncludeTax: false,
      organizationCashStep: new Decimal(5),
      timeZone: 'UTC',
      receiptHeader: 'Hello',
      receiptFooter: 'Bye',
      taxNumber: 'T123',
      address: 'Ginza 1',
      language: 'ja',
      reportingCurrency: null,
      defaultLanguage: 'en',
    });
  });

  it('are the one that is named, or the own one', () => {
    const own = { actor: userActor({ branchId: owner.branchId }) };
    expect(branchOf(own)).toBe(owner.branchId);
    expect(branchOf(own, null)).toBe(owner.branchId);
    expect(branchOf(own, stranger.branchId)).toBe(stranger.branchId);
    expect(() => branchOf({ actor: userActor({}) })).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_FAILED',
        errors: [expect.objectContaining({ field: 'branchId' })],
      }) as Error,
    );
  });
});

describe('the organization', () => {
  it('changes its settings, one at a time, but never its currency', async () => {
    expect(await updateOrganization(stranger.ctx, { taxNumber: 'DE1' })).toMatchObject({
      taxNumber: 'DE1',
      name: 'Test Shop',
    });
    expect(await updateOrganization(stranger.ctx, { taxNumber: '', pricesIncludeTax: false })).toMatchObject({
      taxNumber: null,
      pricesIncludeTax: false,
    });
    const work = updateOrganization(stranger.ctx, { name: '', cashRoundingStep: new Decimal('0.001') });
    await expect(work).rejects.toMatchObject({ errors: [{ field: 'name' }, { field: 'cashRoundingStep' }] });
    await updateOrganization(stranger.ctx, { currency: 'USD' } as never);
    expect(await ownOrganization(stranger.ctx)).toMatchObject({ currency: 'EUR', pricesIncludeTax: false });
    expect(await ownOrganization(owner.ctx)).toMatchObject({ currency: 'CHF', pricesIncludeTax: true });
  });
});
