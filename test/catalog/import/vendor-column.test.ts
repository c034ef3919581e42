/** The vendor of goods in imports and exports: by id, row by row. */
import { randomUUID } from 'node:crypto';
import { remarksOfJobs } from '#kernel/import/import-report';
import { bulkUpdateProducts } from '#subgraphs/catalog/import/bulk-operations';
import { exportProducts } from '#subgraphs/catalog/import/export-products';
import { createVendor } from '#subgraphs/vendors/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { endOfImport } from '#test/harness/imports';
import { bulkCreateProducts, createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, csvFile } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let vendorId: string;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db);
  ({ id: vendorId } = await createVendor(shop.ctx, { name: 'Pottery' }));
});

const load = (rows: string) => endOfImport(shop.ctx, bulkCreateProducts(shop.ctx, { file: csvFile(rows) }));
const errorsOf = async (jobId: string) =>
  ((await remarksOfJobs(shop.ctx.db, [jobId])).get(jobId)?.error ?? []).map(
    ({ row, field, code }) => `${row} ${field} ${code}`,
  );
const exported = async () => {
  const { items } = await exportProducts(shop.ctx, { size: 100 });
  return Object.fromEntries(items.map((item) => [item.sku, item.vendorId]));
};

it('is imported, exported in the same column, and imported again without a change', async () => {
  const rows = `sku,name,price,vendor_id\nMUG,Mug,18,${vendorId.toUpperCase()}\nTEA,Tea,3.50,\n`;
  const job = await load(rows);
  expect([job.created, job.failed]).toEqual([2, 0]);
  expect(await exported()).toMatchObject({ MUG: vendorId, TEA: null });
  const again = await load(rows);
  expect([again.created, again.updated, again.unchanged, again.failed]).toEqual([0, 2, 2, 0]);
  // An empty cell changes nothing, and another vendor replaces the first.
  const { id: other } = await createVendor(shop.ctx, { name: 'Teas' });
  const items = [
    { sku: 'MUG', vendorId: '' },
    { sku: 'TEA', vendorId: other },
  ];
  const changed = await endOfImport(shop.ctx, bulkUpdateProducts(shop.ctx, { items }));
  expect([changed.updated, changed.failed]).toEqual([2, 0]);
  expect(await exported()).toMatchObject({ MUG: vendorId, TEA: other });
});

it('rejects the row of an unknown vendor, of another organization, and of a gift card, and no other', async () => {
  await createProduct(shop.ctx, {
    name: 'Gift card',
    sku: 'CARD',
    price: amount(0),
    giftCardPurpose: 'multi_purpose',
  });
  const stranger = await openShop(db);
  const { id: foreign } = await createVendor(stranger.ctx, { name: 'Pottery' });
  const job = await load(
    [
      'sku,name,price,vendor_id',
      `A,A,1,${randomUUID()}`,
      `B,B,1,${foreign}`,
      'C,C,1,pottery',
      `CARD,Gift card,,${vendorId}`,
      `D,D,1,${vendorId}`,
    ].join('\n'),
  );
  expect([job.created, job.failed]).toEqual([1, 4]);
  expect(await errorsOf(job.id)).toEqual([
    '2 vendorId NOT_FOUND',
    '3 vendorId NOT_FOUND',
    '4 vendorId NOT_FOUND',
    '5 vendorId GIFT_CARD',
  ]);
});
