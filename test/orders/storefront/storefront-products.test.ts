/** The catalogue of a web shop: active products with the prices and the stock of its branch, and nothing internal. */
import { activateProduct } from '#subgraphs/catalog/products/products';
import { createPriceList, setListedPrices } from '#subgraphs/catalog/index';
import { reserveGoods } from '#subgraphs/inventory/index';
import { listStorefrontProducts, storefrontProduct } from '#subgraphs/orders/storefront/storefront-products';
import { visitorActor } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf, plain } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db, {
    branches: [{ name: 'Main' }, { name: 'Harbour' }],
    articles: [
      { sku: 'TEA', price: '3.50', stock: '10', cost: '1.20' },
      { sku: 'BREAD', price: '2.99', tax: '7' },
      { sku: 'DELIVERY', price: '4.90', service: true },
      { sku: 'OLD', price: '1.00', stock: '5' },
    ],
  });
  await activateProduct(shop.ctx, shop.items.OLD!.productId, false);
});
afterAll(() => db.close());

const visitor = (branch = 0) =>
  db.contextFor(visitorActor({ organizationId: shop.organizationId, branchId: shop.branchIds[branch] }));

it('has what can be bought, with its price and what is available, and nothing else', async () => {
  const { branchId, items } = shop;
  await reserveGoods(shop.ctx, { reference: 'kept', branchId, items: [{ sku: 'TEA', quantity: amount(4) }] });
  const { items: products } = await listStorefrontProducts(visitor(), {});
  expect(
    products.map(({ name, variants }) => [name, variants[0]!.price, plain(variants[0]!.available)]),
  ).toEqual([
    ['Product BREAD', '2.99', '0'],
    ['Product DELIVERY', '4.90', null],
    ['Product TEA', '3.50', '6'],
  ]);
  const tea = await storefrontProduct(visitor(), items.TEA!.productId, undefined);
  expect(plain(tea)).toEqual({
    id: items.TEA!.productId,
    name: 'Product TEA',
    description: null,
    categoryId: null,
    imageUrl: null,
    taxRate: '19',
    unit: 'piece',
    quantityPlaces: 0,
    minimumAge: null,
    currency: 'EUR',
    pricesIncludeTax: true,
    variants: [
      {
        productId: items.TEA!.productId,
        productName: 'Product TEA',
        id: items.TEA!.variantId,
        sku: 'TEA',
        name: 'Product TEA',
        price: '3.50',
        available: '6',
      },
    ],
  });
});

it('finds products by words, a page at a time', async () => {
  const page = await listStorefrontProducts(visitor(), { search: 'bread' });
  expect(page.items.map(({ name }) => name)).toEqual(['Product BREAD']);
  const { items, hasNextPage } = await listStorefrontProducts(visitor(), { size: 2, sort: '-price' });
  expect([items.map(({ name }) => name), hasNextPage]).toEqual([['Product DELIVERY', 'Product TEA'], true]);
  expect(await issuesOf(listStorefrontProducts(visitor(), { size: 1_001 }))).toEqual(['size INVALID']);
});

it('has the prices and the stock of the key\u2019s branch, and no other branch\u2019s', async () => {
  const [main, harbour] = shop.branchIds as [string, string];
  const list = await createPriceList(shop.ctx, { name: 'Harbour', branchIds: [harbour] });
  await setListedPrices(shop.ctx, list.id, [{ sku: 'TEA', price: amount('3.90') }]);
  const teaFor = async (branch: number, branchId?: string) => {
    const { variants } = await storefrontProduct(visitor(branch), shop.items.TEA!.productId, branchId);
    return [variants[0]!.price, plain(variants[0]!.available)];
  };
  expect([await teaFor(0), await teaFor(0, main), await teaFor(1)]).toEqual([
    ['3.50', '6'],
    ['3.50', '6'],
    ['3.90', '0'],
  ]);
  await expectError('NOT_FOUND', teaFor(0, harbour));
  const { variants } = await storefrontProduct(shop.ctx, shop.items.TEA!.productId, harbour);
  expect(variants[0]!.price).toBe('3.90');
});

it('hides what is not sold, and what belongs to others', async () => {
  await expectError('NOT_FOUND', storefrontProduct(visitor(), shop.items.OLD!.productId, undefined));
  await expectError('NOT_FOUND', storefrontProduct(visitor(), 'OLD', undefined));
  const other = await openShop(db, { articles: [{ sku: 'TEA', price: '9.00' }] });
  await expectError('NOT_FOUND', storefrontProduct(visitor(), other.items.TEA!.productId, undefined));
});
