/** The weight and the dimensions of variants: entered, imported, exported, and left alone by imports of prices. */
import { exportProducts } from '#subgraphs/catalog/import/export-products';
import { bulkUpdatePrices } from '#subgraphs/catalog/import/bulk-operations';
import { addVariant, updateVariant } from '#subgraphs/catalog/products/products';
import { variantsOfProducts } from '#subgraphs/catalog/products/products.queries';
import { itemSizes } from '#subgraphs/catalog/index';
import { initialStock } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { endOfImport } from '#test/harness/imports';
import { bulkCreateProducts } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, csvFile, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, {
    articles: [
      { sku: 'A', price: '1.00' },
      { sku: 'FLOUR', price: '1.20', unit: 'g' },
    ],
  });
});

const sizesOf = async (sku: string) => {
  const { productId, variantId } = shop.items[sku]!;
  const variant = (await variantsOfProducts(shop.ctx.db, [productId])).get(productId)![0]!;
  const { weight, length, width, height } = variant;
  expect(variant.id).toBe(variantId);
  return [weight, length, width, height].map((size) => size?.toFixed() ?? null);
};

it('are imported, exported in the same columns, and imported again without a change', async () => {
  const rows = 'sku,weight,length,width,height\nA,1.25,30,20.5,\n';
  const job = await endOfImport(shop.ctx, bulkCreateProducts(shop.ctx, { file: csvFile(rows) }));
  expect([job.updated, job.unchanged, job.failed]).toEqual([1, 0, 0]);
  expect(await sizesOf('A')).toEqual(['1.25', '30', '20.5', null]);
  const row = (await exportProducts(shop.ctx, {})).items.find(({ sku }) => sku === 'A')!;
  const { weight, length, width, height } = row;
  const items = [{ sku: 'A', weight: weight!.toFixed(), length: length!.toFixed(), width: width!.toFixed() }];
  expect(height).toBeNull();
  const again = await endOfImport(shop.ctx, bulkCreateProducts(shop.ctx, { items }));
  expect([again.updated, again.unchanged]).toEqual([1, 1]);
});

it('are checked by field', async () => {
  const { productId, variantId } = shop.items.A!;
  const wrong = { weight: amount(0), length: amount('1.2345'), width: amount(100_000), height: null };
  expect(await issuesOf(updateVariant(shop.ctx, productId, variantId, wrong))).toEqual([
    'weight NOT_POSITIVE',
    'length PLACES',
    'width RANGE',
  ]);
  const input = { price: amount(1), options: { size: 'XL' }, weight: amount('0.4') };
  expect(await addVariant(shop.ctx, productId, input, initialStock)).toMatchObject({
    weight: amount('0.4'),
    length: null,
  });
  await updateVariant(shop.ctx, productId, variantId, { weight: amount(2) });
  await updateVariant(shop.ctx, productId, variantId, { length: amount(3) });
  expect(await sizesOf('A')).toEqual(['2', '3', null, null]);
  await updateVariant(shop.ctx, productId, variantId, { weight: null });
  expect(await sizesOf('A')).toEqual([null, '3', null, null]);
});

it('an import of prices changes prices alone', async () => {
  const rows = 'sku,price,weight\nA,2.00,9\n';
  await endOfImport(shop.ctx, bulkUpdatePrices(shop.ctx, { file: csvFile(rows) }));
  expect(await sizesOf('A')).toEqual([null, null, null, null]);
});

it('goods that are sold by weight weigh what is sold', async () => {
  const sizes = await itemSizes(shop.ctx.db, [shop.items.FLOUR!.variantId, shop.items.A!.variantId]);
  expect(
    [...sizes.values()].map(({ sku, weight }) => `${sku} ${weight?.toFixed() ?? 'unknown'}`).sort(),
  ).toEqual(['A unknown', 'FLOUR 0.001']);
});
