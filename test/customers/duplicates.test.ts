import { createBranch, updateBranch } from '#subgraphs/auth/branches';
import { createCustomer, updateCustomer } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { duplicatesOf, listDuplicates } from '#subgraphs/customers/duplicates';
import { bulkCreateCustomers } from '#subgraphs/customers/import/customer-imports';
import { listCustomers } from '#subgraphs/customers/customers.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, { branches: [{ name: 'Main', code: 'MAIN', country: 'de' }] });
});

const BERLIN = '+49301234567';

describe('the number in E.164', () => {
  it('C5: is read by the country of the branch, or of the oldest branch with a country', async () => {
    expect(await createCustomer(shop.ctx, { name: 'A', phone: '030/1234567' })).toMatchObject({
      phone: '030/1234567',
      phoneE164: BERLIN,
    });
    const paris = await createBranch(shop.ctx, { name: 'Paris', country: 'FR' });
    const nowhere = await createBranch(shop.ctx, { name: 'Nowhere' });
    const made = (branchId: string, phone: string) =>
      createCustomer(shop.inBranch(branchId), { name: 'B', phone });
    expect(await made(paris.id, '06 12 34 56 78')).toMatchObject({ phoneE164: '+33612345678' });
    expect(await made(nowhere.id, '(0)30 1234567')).toMatchObject({ phoneE164: BERLIN });
    expect(await made(paris.id, '12345')).toMatchObject({ phone: '12345', phoneE164: null });
  });

  it('stays with its text, changes with it, and is emptied with it', async () => {
    const { id } = await createCustomer(shop.ctx, { name: 'A', phone: '030 1234567' });
    await updateBranch(shop.ctx, shop.branchId, { country: 'FR' });
    const again = { name: 'B', phone: '030 1234567' };
    expect(await updateCustomer(shop.ctx, id, again)).toMatchObject({ phoneE164: BERLIN });
    const french = { phone: '06 12 34 56 78' };
    expect(await updateCustomer(shop.ctx, id, french)).toMatchObject({ phoneE164: '+33612345678' });
    expect(await updateCustomer(shop.ctx, id, { phone: null })).toMatchObject({ phoneE164: null });
  });

  it('is kept by an import', async () => {
    await bulkCreateCustomers(shop.ctx, { items: [{ name: 'A', phone: '030 1234567' }] });
    expect((await listCustomers(shop.ctx, {})).items).toMatchObject([{ phoneE164: BERLIN }]);
  });
});

describe('duplicates', () => {
  it('C5: share a number in any spelling, or a folded address, and are not refused', async () => {
    const ada = await createCustomer(shop.ctx, { name: 'Ada', phone: '030 1234567' });
    expect(await duplicatesOf(shop.ctx, ada)).toEqual([]);
    const eva = await createCustomer(shop.ctx, { name: 'Eva', phone: '+49 30 1234567' });
    const ida = await createCustomer(shop.ctx, { name: 'Ida', phone: '(0)30 1234567' });
    const shared = {
      id: `phone ${BERLIN}`,
      sharedField: 'phone',
      value: BERLIN,
      customersCount: 3,
      customerIds: [ada.id, eva.id, ida.id],
    };
    expect(await duplicatesOf(shop.ctx, eva)).toEqual([shared]);
    const jose = await createCustomer(shop.ctx, { name: 'J', email: 'josé@example.com' });
    const plain = await createCustomer(shop.ctx, { name: 'J', email: 'Jose@example.com' });
    const list = await listDuplicates(shop.ctx, { sort: '-value' });
    expect(list.items).toHaveLength(2);
    expect(list.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining(shared),
        expect.objectContaining({
          sharedField: 'email',
          value: 'jose@example.com',
          customerIds: [jose.id, plain.id],
        }),
      ]),
    );
    const first = await listDuplicates(shop.ctx, { size: 1 });
    const rest = await listDuplicates(shop.ctx, { size: 1, cursor: first.nextCursor });
    expect(new Set([...first.items, ...rest.items].map(({ id }) => id)).size).toBe(2);
    for (const { id } of [ada, ida]) await deleteCustomer(shop.ctx, id);
    expect(await duplicatesOf(shop.ctx, eva)).toEqual([]);
  });

  it('are never customers of another organization', async () => {
    const stranger = await openShop(db);
    await createCustomer(stranger.ctx, { name: 'A', phone: '+49 30 1234567' });
    const own = await createCustomer(shop.ctx, { name: 'A', phone: '+49 30 1234567' });
    expect(await duplicatesOf(shop.ctx, own)).toEqual([]);
    expect((await listDuplicates(shop.ctx, {})).items).toEqual([]);
  });
});
