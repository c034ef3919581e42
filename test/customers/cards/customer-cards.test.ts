/** Cards and codes: one number finds one customer. */
import {
  cardsOf,
  addCustomerCard,
  deleteCustomerCard,
  scanCustomer,
} from '#subgraphs/customers/cards/customer-cards';
import { numberErrors, scannedNumber } from '#subgraphs/customers/cards/scanned-numbers.rules';
import { createCustomer, requireCustomer, updateCustomer } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { searchCustomers } from '#subgraphs/customers/customers.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { codeOf, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db);
});

const scanned = async (code: string) => (await scanCustomer(shop.ctx, code)).name;

describe('a scanned number', () => {
  it.each([
    [' ab 12-3 ', 'AB12-3'],
    ['４２', '42'],
    ['  ', null],
  ])('%s is stored as %s', (text, number) => {
    expect(scannedNumber(text)).toBe(number);
  });

  it.each(['-1', 'A*1', 'ä1', 'A'.repeat(41), '411111******1111'])('%s is invalid', (text) => {
    expect(numberErrors('number', text)).toMatchObject([{ field: 'number', code: 'INVALID' }]);
  });
});

it('a card and a code find the customer, at the till and in the search', async () => {
  const ada = await createCustomer(shop.ctx, { name: 'Ada', code: ' k-17 ' });
  expect(ada.code).toBe('K-17');
  const card = await addCustomerCard(shop.ctx, ada.id, { number: 'card 0001', label: ' Key tag ' });
  expect(card).toMatchObject({ number: 'CARD0001', label: 'Key tag' });
  expect((await requireCustomer(shop.ctx.db, ada.id)).version).toBe(2);
  expect([await scanned('CARD 0001'), await scanned('k-17')]).toEqual(['Ada', 'Ada']);
  // A change of the customer keeps the card's search key.
  await updateCustomer(shop.ctx, ada.id, { name: 'Ada Fischer' });
  for (const text of ['card00', 'k-17', '17'])
    expect([text, (await searchCustomers(shop.ctx, text)).map(({ id }) => id)]).toEqual([text, [ada.id]]);
  expect((await cardsOf(shop.ctx, [ada.id])).get(ada.id)).toEqual([card]);
  await deleteCustomerCard(shop.ctx, ada.id, card.id);
  expect(await codeOf(scanCustomer(shop.ctx, 'CARD0001'))).toBe('NOT_FOUND');
  expect(await searchCustomers(shop.ctx, 'card00')).toEqual([]);
  expect(await codeOf(deleteCustomerCard(shop.ctx, ada.id, card.id))).toBe('NOT_FOUND');
  expect(await codeOf(deleteCustomerCard(shop.ctx, ada.id, 'no id'))).toBe('NOT_FOUND');
});

it('a number means one customer, whether it is a code or a card', async () => {
  const ada = await createCustomer(shop.ctx, { name: 'Ada', code: 'A1' });
  const eva = await createCustomer(shop.ctx, { name: 'Eva' });
  await addCustomerCard(shop.ctx, ada.id, { number: 'C1' });
  for (const work of [
    () => createCustomer(shop.ctx, { name: 'Other', code: 'a1' }),
    () => createCustomer(shop.ctx, { name: 'Other', code: 'c1' }),
    () => updateCustomer(shop.ctx, eva.id, { code: 'A1' }),
    () => updateCustomer(shop.ctx, eva.id, { code: 'C1' }),
    () => addCustomerCard(shop.ctx, eva.id, { number: 'a1' }),
    () => addCustomerCard(shop.ctx, eva.id, { number: 'c1' }),
  ])
    expect(await fieldCodeOf(work())).toBe('TAKEN');
  expect(await fieldCodeOf(addCustomerCard(shop.ctx, eva.id, { number: ' ' }))).toBe('REQUIRED');
  expect(await fieldCodeOf(createCustomer(shop.ctx, { name: 'Other', code: '?' }))).toBe('INVALID');
  const stranger = await openShop(db);
  await createCustomer(stranger.ctx, { name: 'Stranger', code: 'A1' });
  expect(await scanned('a1')).toBe('Ada');
  expect(await codeOf(scanCustomer(stranger.ctx, 'C1'))).toBe('NOT_FOUND');
});

it('an erased customer is found by neither, and both may be given again', async () => {
  const ada = await createCustomer(shop.ctx, { name: 'Ada', code: 'A1' });
  await addCustomerCard(shop.ctx, ada.id, { number: 'C1' });
  await deleteCustomer(shop.ctx, ada.id);
  expect(await codeOf(scanCustomer(shop.ctx, 'C1'))).toBe('NOT_FOUND');
  const eva = await createCustomer(shop.ctx, { name: 'Eva', code: 'A1' });
  await addCustomerCard(shop.ctx, eva.id, { number: 'C1' });
  expect([await scanned('A1'), await scanned('C1')]).toEqual(['Eva', 'Eva']);
});
