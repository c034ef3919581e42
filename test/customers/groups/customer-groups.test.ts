/** Groups of customers and their members. */
import { createCustomer } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { listCustomers } from '#subgraphs/customers/customers.queries';
import {
  createCustomerGroup,
  deleteCustomerGroup,
  listCustomerGroups,
  requireGroup,
  updateCustomerGroup,
} from '#subgraphs/customers/groups/customer-groups';
import {
  groupIdsOfCustomer,
  groupsOf,
  membersCounts,
  setCustomerGroups,
} from '#subgraphs/customers/groups/group-members';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { codeOf, fieldCodeOf, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db);
});

const group = (name: string) => createCustomerGroup(shop.ctx, { name });

it('a group has a name of its own, whatever its case, and is changed and deleted', async () => {
  const made = await createCustomerGroup(shop.ctx, { name: ' Regulars  here ', description: ' Every week ' });
  expect(made).toMatchObject({ name: 'Regulars here', description: 'Every week', version: 1 });
  expect(await fieldCodeOf(group('REGULARS HERE'))).toBe('TAKEN');
  const other = await group('Businesses');
  expect(await fieldCodeOf(updateCustomerGroup(shop.ctx, other.id, { name: 'regulars here' }))).toBe('TAKEN');
  const changed = await updateCustomerGroup(shop.ctx, made.id, { name: 'Friends', description: null });
  expect(changed).toMatchObject({ name: 'Friends', description: null, version: 2 });
  expect(await updateCustomerGroup(shop.ctx, made.id, { name: 'Friends' })).toMatchObject({ version: 2 });
  expect(await requireGroup(shop.ctx.db, made.id)).toEqual(changed);
  expect((await listCustomerGroups(shop.ctx.db, { search: 'fri' })).items).toMatchObject([changed]);
  expect(await issuesOf(createCustomerGroup(shop.ctx, { name: ' ', description: 'x'.repeat(1001) }))).toEqual(
    ['name REQUIRED', 'description LENGTH'],
  );
  await deleteCustomerGroup(shop.ctx, made.id);
  expect(await codeOf(requireGroup(shop.ctx.db, made.id))).toBe('NOT_FOUND');
  const stranger = await openShop(db);
  expect(await codeOf(requireGroup(stranger.ctx.db, other.id))).toBe('NOT_FOUND');
});

it('the groups of a customer are replaced; the list of customers filters by them', async () => {
  const [regulars, businesses] = [await group('Regulars'), await group('Businesses')];
  const ada = await createCustomer(shop.ctx, { name: 'Ada' });
  const eva = await createCustomer(shop.ctx, { name: 'Eva' });
  const both = { groupIds: [regulars.id, businesses.id, regulars.id] };
  expect(await setCustomerGroups(shop.ctx, ada.id, both)).toMatchObject({ version: 2 });
  expect(await setCustomerGroups(shop.ctx, ada.id, both)).toMatchObject({ version: 2 });
  await setCustomerGroups(shop.ctx, eva.id, { groupIds: [regulars.id] });
  expect((await groupsOf(shop.ctx.db, [ada.id])).get(ada.id)?.map(({ name }) => name)).toEqual([
    'Businesses',
    'Regulars',
  ]);
  expect(await membersCounts(shop.ctx.db, [regulars.id, businesses.id])).toEqual(
    new Map([
      [regulars.id, 2],
      [businesses.id, 1],
    ]),
  );
  const members = async (groupId: string) =>
    (await listCustomers(shop.ctx, { groupId })).items.map(({ name }) => name);
  expect([await members(regulars.id), await members(businesses.id), await members('none')]).toEqual([
    ['Ada', 'Eva'],
    ['Ada'],
    [],
  ]);
  await setCustomerGroups(shop.ctx, ada.id, { groupIds: [businesses.id] });
  expect(await groupIdsOfCustomer(shop.ctx.db, ada.id)).toEqual([businesses.id]);
  await deleteCustomerGroup(shop.ctx, businesses.id);
  expect(await groupIdsOfCustomer(shop.ctx.db, ada.id)).toEqual([]);
  await deleteCustomer(shop.ctx, eva.id);
  expect(await members(regulars.id)).toEqual([]);
});

it('unknown groups, those of another organization and too many are errors', async () => {
  const ada = await createCustomer(shop.ctx, { name: 'Ada' });
  const stranger = await openShop(db);
  const theirs = await createCustomerGroup(stranger.ctx, { name: 'Theirs' });
  const set = (...groupIds: string[]) => issuesOf(setCustomerGroups(shop.ctx, ada.id, { groupIds }));
  expect(await set('none', theirs.id)).toEqual(['groupIds.0 NOT_FOUND', 'groupIds.1 NOT_FOUND']);
  expect(await set(...Array.from({ length: 51 }, (_, index) => `${index}`))).toEqual(['groupIds TOO_MANY']);
  expect(await codeOf(setCustomerGroups(stranger.ctx, ada.id, { groupIds: [] }))).toBe('NOT_FOUND');
});
