/** Consents: a history with source and time, of which the latest one of each purpose is in force. */
import { SettableClock } from '#kernel/clock';
import { consentsInForce, listConsents, recordConsent } from '#subgraphs/customers/consents/consents';
import { createCustomer, requireCustomer, updateCustomer } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { bulkCreateCustomers } from '#subgraphs/customers/import/customer-imports';
import { listCustomers } from '#subgraphs/customers/customers.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { codeOf, issuesOf } from '#test/harness/values';

const NOW = new Date('2026-03-01T12:00:00Z');
const EARLIER = new Date('2026-02-01T12:00:00Z');
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

const history = async (id: string) =>
  (await listConsents(shop.ctx.db, id, {})).items.map(({ purpose, granted, source }) => [
    purpose,
    granted,
    source,
  ]);
const inForce = async (id: string) =>
  (await consentsInForce(shop.ctx.db, [id])).get(id)?.map(({ purpose, granted }) => [purpose, granted]);

it('the latest one of each purpose is in force, and the earlier ones stay', async () => {
  const { id } = await createCustomer(shop.ctx, { name: 'Ada' });
  const first = await recordConsent(shop.ctx, id, {
    purpose: 'email',
    granted: true,
    source: 'web',
    note: ' Form 1 ',
  });
  expect(first).toMatchObject({
    purpose: 'email',
    granted: true,
    source: 'web',
    note: 'Form 1',
    givenAt: NOW,
  });
  clock.advance(1000);
  await recordConsent(shop.ctx, id, { purpose: 'email', granted: false, source: 'phone' });
  await recordConsent(shop.ctx, id, { purpose: 'sms', granted: true, source: 'till' });
  // Found on paper later: it was given before the customer withdrew.
  await recordConsent(shop.ctx, id, { purpose: 'email', granted: true, source: 'paper', givenAt: EARLIER });
  expect(await inForce(id)).toEqual([
    ['email', false],
    ['sms', true],
  ]);
  expect((await history(id)).at(-1)).toEqual(['email', true, 'paper']);
  expect(await history(id)).toHaveLength(4);
  expect((await requireCustomer(shop.ctx.db, id)).version).toBe(5);
});

it('advertising in general is the same in the customer, wherever it is changed', async () => {
  const { id } = await createCustomer(shop.ctx, { name: 'Ada', marketingConsent: true });
  clock.advance(1000);
  await updateCustomer(shop.ctx, id, { name: 'Ada Fischer' });
  await updateCustomer(shop.ctx, id, { marketingConsent: false });
  clock.advance(1000);
  await recordConsent(shop.ctx, id, { purpose: 'marketing', granted: true, source: 'till' });
  await recordConsent(shop.ctx, id, {
    purpose: 'marketing',
    granted: false,
    source: 'paper',
    givenAt: EARLIER,
  });
  expect((await requireCustomer(shop.ctx.db, id)).marketingConsent).toBe(true);
  expect(await history(id)).toEqual([
    ['marketing', true, 'till'],
    ['marketing', false, 'staff'],
    ['marketing', true, 'staff'],
    ['marketing', false, 'paper'],
  ]);
  await bulkCreateCustomers(shop.ctx, { items: [{ name: 'Eva', marketingConsent: true }, { name: 'Ida' }] });
  const [, eva, ida] = (await listCustomers(shop.ctx, {})).items;
  expect([await history(eva!.id), await history(ida!.id)]).toEqual([[['marketing', true, 'import']], []]);
});

it('a repeated request is recorded once', async () => {
  const { id } = await createCustomer(shop.ctx, { name: 'Ada' });
  const record = () => {
    const ctx = shop.request({ idempotencyKey: 'once' });
    return recordConsent(ctx, id, { purpose: 'post', granted: true, source: 'staff' });
  };
  expect(await record()).toEqual(await record());
  expect(await history(id)).toHaveLength(1);
});

it('rejects a moment in the future, a long note and a stranger, and is erased with the customer', async () => {
  const { id } = await createCustomer(shop.ctx, { name: 'Ada', marketingConsent: true });
  const wrong = {
    purpose: 'sms',
    granted: true,
    source: 'staff',
    note: 'x'.repeat(501),
    givenAt: new Date('2027-01-01'),
  } as const;
  expect(await issuesOf(recordConsent(shop.ctx, id, wrong))).toEqual(['note LENGTH', 'givenAt INVALID']);
  const stranger = await openShop(db);
  const consent = { purpose: 'sms', granted: true, source: 'staff' } as const;
  expect(await codeOf(recordConsent(stranger.ctx, id, consent))).toBe('NOT_FOUND');
  expect(await codeOf(listConsents(stranger.ctx.db, id, {}))).toBe('NOT_FOUND');
  await deleteCustomer(shop.ctx, id);
  expect(await inForce(id)).toBeUndefined();
});
