/** Translations: set, listed, counted, exported and imported. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { sql } from '#kernel/db/database';
import { remarksOfJobs } from '#kernel/import/import-report';
import { createBrand } from '#subgraphs/catalog/brands/brands';
import { deleteProduct, updateProduct } from '#subgraphs/catalog/products/products';
import { addLanguage, deleteLanguage } from '#subgraphs/i18n/languages/languages';
import { exportTranslations } from '#subgraphs/i18n/translations/export-translations';
import { importTranslations } from '#subgraphs/i18n/translations/import-translations';
import { addTranslation, deleteTranslation } from '#subgraphs/i18n/translations/translations';
import {
  listTranslations,
  requireEntity,
  translationProgress,
} from '#subgraphs/i18n/translations/translations.queries';
import { toXliff, XLIFF } from '#subgraphs/i18n/translations/xliff.rules';
import { openXml } from '#kernel/import/xml-file';
import { spool } from '#kernel/import/spool';
import { translatables } from '#subgraphs/list';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { endOfImport } from '#test/harness/imports';
import { openShop, type Shop } from '#test/harness/shop';
import { codeOf, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let tea: string;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, {
    articles: [
      { sku: 'TEA', price: '3.50' },
      { sku: 'MUG', price: '9' },
    ],
  });
  tea = shop.items.TEA!.productId;
  for (const code of ['de', 'fr']) await addLanguage(shop.ctx, { code });
  await updateProduct(shop.ctx, tea, { name: 'Tea', description: 'Green & <fresh>' });
});

const set = (field: string, language: string, value: string, entityId = tea, entity = 'product') =>
  addTranslation(shop.ctx, translatables, { entity, entityId, field, language, value });
const list = async (filter: object, entity = 'product') =>
  (await listTranslations(shop.ctx.db, requireEntity(translatables, entity), { size: 100, ...filter })).items;
const load = (content: string, contentType: string) => {
  const file = { filename: 'texts', contentType, stream: Readable.from([Buffer.from(content)]) };
  return endOfImport(shop.ctx, importTranslations(shop.ctx, translatables, { file }));
};

it('sets a translation, replaces it, and deletes it', async () => {
  const added = await set('name', 'DE', ' Tee ');
  expect(added).toMatchObject({
    entity: 'product',
    language: 'de',
    value: 'Tee',
    source: 'Tea',
    outdated: false,
  });
  expect(await set('name', 'de', 'Grüner Tee')).toMatchObject({
    translationId: added.translationId,
    value: 'Grüner Tee',
  });
  await deleteTranslation(shop.ctx, added.translationId!);
  expect(await codeOf(deleteTranslation(shop.ctx, added.translationId!))).toBe('NOT_FOUND');
  expect(await list({ entityId: tea, language: 'de' })).toMatchObject([
    { field: 'description', value: null },
    { field: 'name', value: null },
  ]);
});

it('rejects what cannot be translated', async () => {
  expect(await issuesOf(set('name', 'de', '  '))).toEqual(['value REQUIRED']);
  expect(await issuesOf(set('name', 'en', 'Tea'))).toEqual(['language NOT_FOUND']);
  expect(await issuesOf(set('name', 'es', 'Té'))).toEqual(['language NOT_FOUND']);
  expect(await issuesOf(set('price', 'de', '3'))).toEqual(['field INVALID']);
  expect(await issuesOf(set('name', 'de', 'Tee', tea, 'register'))).toEqual(['entity INVALID']);
  expect(await issuesOf(set('name', 'de', 'x'.repeat(251)))).toEqual(['value LENGTH']);
  expect(await issuesOf(set('description', 'de', 'Eine Tasse', shop.items.MUG!.productId))).toEqual([
    'entityId NOT_FOUND',
  ]);
  const stranger = await openShop(db, { articles: [{ sku: 'TEA', price: '1' }] });
  expect(await issuesOf(set('name', 'de', 'Tee', stranger.items.TEA!.productId))).toEqual([
    'entityId NOT_FOUND',
  ]);
  expect(await codeOf(Promise.resolve().then(() => list({}, 'register')))).toBe('NOT_FOUND');
  await set('name', 'de', 'Tee');
  expect(await codeOf(deleteLanguage(shop.ctx, 'de'))).toBe('ILLEGAL_STATE');
});

it('a changed text makes its translation outdated, and the progress counts it', async () => {
  await set('name', 'de', 'Tee');
  await set('description', 'de', 'Grün');
  const progress = async () =>
    (await translationProgress(shop.ctx.db, translatables)).find(
      ({ entity, language }) => entity === 'product' && language === 'de',
    );
  expect(await progress()).toEqual({
    entity: 'product',
    language: 'de',
    total: 3,
    translated: 2,
    outdated: 0,
    missing: 1,
  });
  await updateProduct(shop.ctx, tea, { name: 'Black tea' });
  expect(await progress()).toMatchObject({ translated: 1, outdated: 1, missing: 1 });
  const missing = await list({ language: 'de', missing: true });
  expect(missing.map(({ source, value, outdated }) => [source, value, outdated]).sort()).toEqual([
    ['Black tea', 'Tee', true],
    ['Product MUG', null, false],
  ]);
  expect(await list({ language: 'de', missing: false })).toMatchObject([
    { field: 'description', value: 'Grün' },
  ]);
  await set('name', 'de', 'Tee');
  expect(await progress()).toMatchObject({ translated: 2, outdated: 0 });
  await deleteProduct(shop.ctx, tea);
  expect(await progress()).toMatchObject({ total: 1, translated: 0, missing: 1 });
});

it('exports XLIFF that comes back, and reads what translators filled in', async () => {
  await set('name', 'fr', 'Thé');
  const exported = await exportTranslations(shop.ctx, translatables, { entity: 'product', language: 'fr' });
  expect(exported).toMatchObject({ fileName: 'product.fr.xlf', count: 3 });
  expect(exported.content).toContain('<source>Green &amp; &lt;fresh&gt;</source>');
  expect(await load(exported.content, 'application/xliff+xml')).toMatchObject({
    source: 'xml', recognizedAs: 'xliff', total: 3, created: 0, updated: 3, unchanged: 3, failed: 0,
  }); // prettier-ignore
  const filled = exported.content.replace(
    '&lt;fresh&gt;</source>',
    '&lt;fresh&gt;</source><target>Vert &amp; <g id="1">frais</g></target><alt-trans><target>Bleu</target></alt-trans>',
  );
  expect(await load(filled, 'application/xml')).toMatchObject({ created: 1, failed: 0 });
  expect(await list({ entityId: tea, language: 'fr' })).toMatchObject([
    { value: 'Vert & frais' },
    { value: 'Thé' },
  ]);
  expect(
    await codeOf(exportTranslations(shop.ctx, translatables, { entity: 'product', language: 'es' })),
  ).toBe('VALIDATION_FAILED');
});

it('any text survives XLIFF', async () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((one) => one.trim() !== '' && !/\p{Cc}/u.test(one));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (values) => {
      const units = values.map((value) => ({
        entityId: tea,
        field: 'name',
        source: value,
        value,
        outdated: false,
      }));
      const content = toXliff({ entity: 'product', sourceLanguage: 'en', targetLanguage: 'de', units });
      const upload = { filename: '', contentType: 'text/xml', stream: Readable.from([Buffer.from(content)]) };
      const spooled = await spool(upload, true);
      const file = await openXml(spooled, [XLIFF]);
      const read: unknown[] = [];
      for await (const rows of file.rows()) read.push(...rows.map(({ cells }) => cells[4]));
      await spooled.remove();
      expect(read).toEqual(values);
    }),
    { numRuns: 30 },
  );
});

it('imports tables; a row that cannot be imported fails alone, and an empty value changes nothing', async () => {
  const { id: brand } = await createBrand(shop.ctx, { name: 'Northleaf' });
  const rows = [
    'Entity;Entity ID;Field;Language;Translation',
    `product;${tea};name;de;Tee`,
    `product;${tea};name;fr;`,
    `brand;${brand};name;de;Nordblatt`,
    `product;${tea};name;de;Nochmals`,
    `product;${brand};name;de;Fremd`,
    `product;${tea};price;de;3`,
    `product;${tea};name;es;Té`,
    `product;;name;de;Tee`,
    `category;${tea};name;de;${'x'.repeat(101)}`,
  ];
  const job = await load(rows.join('\n'), 'text/csv');
  expect(job).toMatchObject({ created: 2, updated: 1, unchanged: 1, failed: 6 });
  const { error } = (await remarksOfJobs(shop.ctx.db, [job.id])).get(job.id)!;
  expect(error.map(({ row, field, code }) => `${row} ${field} ${code}`)).toEqual([
    '5 entityId ALREADY_EXISTS',
    '6 entityId NOT_FOUND',
    '7 field NOT_FOUND',
    '8 language NOT_FOUND',
    '9 entityId REQUIRED',
    '10 entityId NOT_FOUND',
  ]);
  expect(await list({ language: 'de' }, 'brand')).toMatchObject([{ value: 'Nordblatt' }]);
});

it('emits one event for the translations of a kind into a language', async () => {
  await set('name', 'de', 'Tee');
  await set('name', 'de', 'Tee');
  const events = await db.services.database.system.many<{ key: string; payload: object }>(sql`
    select key, payload from outbox_events where organization_id = ${shop.organizationId} and type = 'translation.changed'`);
  expect(events).toEqual([
    { key: 'product.de', payload: { entity: 'product', language: 'de', entityIds: [tea], change: 'set' } },
  ]);
});
