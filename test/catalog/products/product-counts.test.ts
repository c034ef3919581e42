/** Totals of the list of products are kept until a change, and equal the products at any time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryProductsArgs } from '#subgraphs/catalog/inputs.generated';
import { createCategory, updateCategory } from '#subgraphs/catalog/categories/categories';
import { deleteProduct, updateProduct } from '#subgraphs/catalog/products/products';
import { listProducts, PRODUCT_COUNTS } from '#subgraphs/catalog/products/products.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import { recorded } from '#test/harness/statements';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db);
});
afterAll(() => db.close());

/** The total of a list of one item a page, whose total no page shows. */
async function totalOf(filter: QueryProductsArgs = {}): Promise<number> {
  return (await counted(filter)).total;
}

async function counted(filter: QueryProductsArgs) {
  const { ctx, statements } = recorded(shop.ctx);
  const counts = ctx.caches.of(PRODUCT_COUNTS);
  const page = await listProducts(ctx.db, { ...filter, size: 1 }, ctx.clock.now(), counts);
  return { total: await page.total(), statements: statements.length };
}

/** Reads a list until only its page is read. The bus publishes an event some time after its change, and drops the counts again. */
async function untilKept(filter: QueryProductsArgs = {}): Promise<number> {
  for (;;) {
    const { total, statements } = await counted(filter);
    if (statements === 1) return total;
    await sleep(10);
  }
}

const add = (sku: string, more: object = {}) =>
  createProduct(shop.ctx, { name: `Product ${sku}`, sku, price: amount(1), ...more });

it('are kept until a change', async () => {
  const first = await add('A');
  await add('B');
  await add('C');
  expect(await totalOf()).toBe(3);
  expect(await untilKept()).toBe(3);
  expect(await untilKept({ active: true })).toBe(3);
  await add('D');
  expect([await totalOf(), await totalOf({ active: true })]).toEqual([4, 4]);
  expect(await untilKept({ active: true })).toBe(4);
  await updateProduct(shop.ctx, first.id, { active: false });
  expect([await totalOf(), await totalOf({ active: true })]).toEqual([4, 3]);
  await untilKept();
  await deleteProduct(shop.ctx, first.id);
  expect(await totalOf()).toBe(3);
  expect(await untilKept()).toBe(3);
});

it('follow the tree of categories', async () => {
  const food = await createCategory(shop.ctx, { name: 'Food' });
  const dairy = await createCategory(shop.ctx, { name: 'Dairy' });
  for (const sku of ['E', 'F']) await add(sku, { categoryId: dairy.id });
  for (const sku of ['G', 'H']) await add(sku, { categoryId: food.id });
  expect(await untilKept({ categoryId: food.id })).toBe(2);
  await updateCategory(shop.ctx, dairy.id, { parentId: food.id });
  expect(await totalOf({ categoryId: food.id })).toBe(4);
});

it('are those of the own organization', async () => {
  const other = await openShop(db);
  await totalOf();
  const page = await listProducts(other.ctx.db, { size: 1 }, undefined, other.ctx.caches.of(PRODUCT_COUNTS));
  expect(await page.total()).toBe(0);
});
