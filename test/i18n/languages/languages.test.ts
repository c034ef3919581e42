/** The languages of an organization and their fallbacks. */
import {
  addLanguage,
  deleteLanguage,
  listLanguages,
  updateLanguage,
} from '#subgraphs/i18n/languages/languages';
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

const chains = async () => (await listLanguages(shop.ctx)).map(({ chain }) => chain.join());

it('adds, changes and deletes languages, and shows their chains', async () => {
  expect(await listLanguages(shop.ctx)).toMatchObject([{ code: 'en', isDefault: true, version: 0 }]);
  await addLanguage(shop.ctx, { code: 'DE' });
  await addLanguage(shop.ctx, { code: 'de-at' });
  await addLanguage(shop.ctx, { code: 'gsw', fallback: 'de' });
  expect(await chains()).toEqual(['en', 'de,en', 'de-AT,de,en', 'gsw,de,en']);
  expect(await updateLanguage(shop.ctx, 'de-AT', { fallback: 'gsw' })).toMatchObject({
    version: 2,
    chain: ['de-AT', 'gsw', 'de', 'en'],
  });
  expect(await updateLanguage(shop.ctx, 'de-AT', { version: 2 })).toMatchObject({
    fallback: 'gsw',
    version: 2,
  });
  expect(await updateLanguage(shop.ctx, 'de-AT', { fallback: null })).toMatchObject({
    fallback: null,
    version: 3,
  });
  expect(await codeOf(deleteLanguage(shop.ctx, 'de'))).toBe('ILLEGAL_STATE');
  await deleteLanguage(shop.ctx, 'gsw', 1);
  await deleteLanguage(shop.ctx, 'de');
  expect(await chains()).toEqual(['en', 'de-AT,en']);
});

it('rejects what is not a language, and circles', async () => {
  await addLanguage(shop.ctx, { code: 'de' });
  await addLanguage(shop.ctx, { code: 'fr', fallback: 'de' });
  expect(await fieldCodeOf(addLanguage(shop.ctx, { code: 'de' }))).toBe('TAKEN');
  expect(await fieldCodeOf(addLanguage(shop.ctx, { code: 'en' }))).toBe('TAKEN');
  expect(await fieldCodeOf(addLanguage(shop.ctx, { code: 'not a tag' }))).toBe('INVALID');
  expect(await fieldCodeOf(addLanguage(shop.ctx, { code: 'it', fallback: 'es' }))).toBe('NOT_FOUND');
  expect(await fieldCodeOf(updateLanguage(shop.ctx, 'de', { fallback: 'fr' }))).toBe('CYCLE');
  expect(await codeOf(updateLanguage(shop.ctx, 'es', {}))).toBe('NOT_FOUND');
  expect(await codeOf(deleteLanguage(shop.ctx, 'en'))).toBe('NOT_FOUND');
  expect(await codeOf(deleteLanguage(shop.ctx, 'de', 7))).toBe('CONFLICT');
});
