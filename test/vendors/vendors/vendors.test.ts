/** Vendors: entered, changed, approved, and the products that are theirs. */
import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { productById } from '#subgraphs/catalog/products/products.queries';
import { createVendor, moveVendor, updateVendor } from '#subgraphs/vendors/vendors/vendors';
import { listVendorProducts, listVendors, requireVendor } from '#subgraphs/vendors/vendors/vendors.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, errorOf, expectError, fieldCodes } from '#test/harness/values';

const ACCOUNT = { holder: 'Hillside Pottery', iban: 'DE89 3704 0044 0532 0130 00' };
const OTHER_ACCOUNT = { holder: 'Hillside Pottery', iban: 'AT61 1904 3002 3457 3201' };

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db);
});

const enter = (name = 'Hillside Pottery') => createVendor(shop.ctx, { name, bankAccount: ACCOUNT });
const approved = async () => moveVendor(shop.ctx, (await enter()).id, 'approve', {});

it('enters a vendor who waits for approval, with the defaults', async () => {
  const vendor = await createVendor(shop.ctx, { name: '  Hillside  Pottery ' });
  expect(vendor).toMatchObject({ name: 'Hillside Pottery', status: 'applied', holdDays: 14, iban: null });
  expect(vendor.commissionTaxRate.toFixed()).toBe('0');
  const error = await expectError('ALREADY_EXISTS', enter('HILLSIDE POTTERY'));
  expect(fieldCodes(error)).toEqual([['name', 'TAKEN']]);
  // Names are unique in an organization, not among all.
  const stranger = await openShop(db);
  await createVendor(stranger.ctx, { name: 'Hillside Pottery' });
});

it('names every error of the input', async () => {
  const error = await errorOf(
    createVendor(shop.ctx, {
      name: '',
      email: 'nowhere',
      holdDays: 366,
      commissionTaxRate: amount('100.1'),
    }),
  );
  expect(fieldCodes(error).map(([field]) => field)).toEqual([
    'name',
    'email',
    'holdDays',
    'commissionTaxRate',
  ]);
  const account = { holder: '', iban: 'DE00 3704 0044 0532 0130 00', bic: 'X' };
  const wrong = await errorOf(createVendor(shop.ctx, { name: 'Pottery', bankAccount: account }));
  expect(fieldCodes(wrong).map(([field]) => field)).toEqual([
    'bankAccount.holder',
    'bankAccount.iban',
    'bankAccount.bic',
  ]);
});

it('an approved vendor with another bank account waits for another approval', async () => {
  const { id } = await approved();
  const same = await updateVendor(shop.ctx, id, {
    bankAccount: { ...ACCOUNT, iban: 'de89370400440532013000' },
  });
  expect(same.status).toBe('approved');
  const renamed = await updateVendor(shop.ctx, id, { email: 'office@hillside.example' });
  expect([renamed.status, renamed.iban]).toEqual(['approved', 'DE89370400440532013000']);
  const changed = await updateVendor(shop.ctx, id, { bankAccount: OTHER_ACCOUNT });
  expect([changed.status, changed.statusReason]).toEqual(['under_review', 'The bank account changed.']);
  const again = await moveVendor(shop.ctx, id, 'approve', {
    reason: 'Called back',
    version: changed.version,
  });
  expect([again.status, again.statusReason]).toEqual(['approved', 'Called back']);
  const removed = await updateVendor(shop.ctx, id, { bankAccount: null });
  expect([removed.status, removed.iban, removed.accountHolder]).toEqual(['under_review', null, null]);
});

it('approves the version that was looked at, and no other', async () => {
  const { id, version } = await enter();
  await updateVendor(shop.ctx, id, { bankAccount: OTHER_ACCOUNT });
  await expectError('CONFLICT', moveVendor(shop.ctx, id, 'approve', { version }));
  expect((await requireVendor(shop.ctx.db, id)).status).toBe('applied');
  await expectError('ILLEGAL_STATE', moveVendor(shop.ctx, (await closed()).id, 'approve', {}));
});

const closed = async () => moveVendor(shop.ctx, (await enter('Gone')).id, 'close', { reason: 'Moved away' });

it('keeps bank accounts out of the audit trail', async () => {
  const input = { name: 'Pottery', bankAccount: ACCOUNT };
  const creating = shop.request({ operation: { name: 'createVendor', input: { input } } });
  const { id } = await createVendor(creating, input);
  const change = { bankAccount: OTHER_ACCOUNT };
  const updating = shop.request({ operation: { name: 'updateVendor', input: { id, input: change } } });
  await updateVendor(updating, id, change);
  const changes = await db.services.database.system.many<{ before: unknown; after: unknown }>(sql`
    select c.before, c.after, e.input from audit_changes c join audit_entries e on e.id = c.entry_id
    where c.entity = 'vendors' and c.entity_id = ${id} order by c.entry_id`);
  expect(changes).toHaveLength(2);
  expect(JSON.stringify(changes)).not.toMatch(/3704|1904|0430/);
  expect(changes[0]!.after).toMatchObject({ iban: '[personal]', account_holder: '[personal]' });
});

it('lists vendors by name, status and words', async () => {
  const pottery = await approved();
  const candles = await enter('Candles of the lake');
  const names = async (filter: Parameters<typeof listVendors>[1]) =>
    (await listVendors(shop.ctx.db, filter)).items.map(({ name }) => name);
  expect(await names({})).toEqual([candles.name, pottery.name]);
  expect(await names({ status: 'approved' })).toEqual([pottery.name]);
  expect(await names({ search: 'LÁKE' })).toEqual([candles.name]);
  const stranger = await openShop(db);
  expect((await listVendors(stranger.ctx.db, {})).items).toEqual([]);
  for (const id of [pottery.id, 'x', randomUUID()])
    await expectError(
      'NOT_FOUND',
      Promise.resolve().then(() => requireVendor(stranger.ctx.db, id)),
    );
  await expectError('NOT_FOUND', updateVendor(stranger.ctx, pottery.id, { name: 'Mine' }));
  await expectError('NOT_FOUND', moveVendor(stranger.ctx, pottery.id, 'suspend', {}));
});

it('a product belongs to a vendor of the organization, or to none', async () => {
  const { id: vendorId } = await approved();
  const foreign = await createVendor((await openShop(db)).ctx, { name: 'Foreign' });
  const mug = await createProduct(shop.ctx, { name: 'Mug', price: amount(18), vendorId });
  const tea = await createProduct(shop.ctx, { name: 'Tea', price: amount(4) });
  expect([mug.vendorId, tea.vendorId]).toEqual([vendorId, null]);
  const idsOf = async () => (await listVendorProducts(shop.ctx, vendorId, {})).items.map(({ id }) => id);
  expect(await idsOf()).toEqual([mug.id]);
  expect((await updateProduct(shop.ctx, tea.id, { vendorId })).vendorId).toBe(vendorId);
  expect(await idsOf()).toEqual([mug.id, tea.id]);
  expect((await listVendorProducts(shop.ctx, vendorId, { search: 'mug' })).items).toMatchObject([
    { id: mug.id },
  ]);
  for (const unknown of [foreign.id, randomUUID(), 'x']) {
    const error = await expectError(
      'VALIDATION_FAILED',
      updateProduct(shop.ctx, mug.id, { vendorId: unknown }),
    );
    expect(fieldCodes(error)).toEqual([['vendorId', 'NOT_FOUND']]);
    await expectError(
      'VALIDATION_FAILED',
      createProduct(shop.ctx, { name: 'Bowl', price: amount(42), vendorId: unknown }),
    );
  }
  await updateProduct(shop.ctx, mug.id, { vendorId: null });
  expect((await productById(shop.ctx.db, mug.id)).vendorId).toBeNull();
  await expectError('NOT_FOUND', listVendorProducts(shop.ctx, foreign.id, {}));
});

it('a gift card has no vendor', async () => {
  const { id: vendorId } = await approved();
  const error = await expectError(
    'VALIDATION_FAILED',
    createProduct(shop.ctx, { name: 'Card', price: amount(25), giftCardPurpose: 'multi_purpose', vendorId }),
  );
  expect(fieldCodes(error)).toEqual([['vendorId', 'GIFT_CARD']]);
});
