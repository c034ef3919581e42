import { resolveItems } from '#subgraphs/catalog/index';
import { createBrand, deleteBrand, updateBrand } from '#subgraphs/catalog/brands/brands';
import { createCategory, deleteCategory, updateCategory } from '#subgraphs/catalog/categories/categories';
import { listCategories } from '#subgraphs/catalog/categories/categories.queries';
import { listProducts, productById } from '#subgraphs/catalog/products/products.queries';
import { createTaxClass, deleteTaxClass, updateTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import { deleteProduct, updateProduct, updateVariant } from '#subgraphs/catalog/products/products';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { addVariant, createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, fieldCodes } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  shop = await openShop(db);
});
afterAll(() => db.close());

const paths = async () =>
  (await listCategories(shop.ctx.db, {})).items.map(({ path, depth }) => [path, depth]);

describe('the tree of categories', () => {
  it('moves and is renamed with all below', async () => {
    const ctx = shop.ctx;
    const food = await createCategory(ctx, { name: 'Food' });
    const tea = await createCategory(ctx, { name: 'Tea', parentId: food.id });
    const green = await createCategory(ctx, { name: 'Green', parentId: tea.id });
    const drinks = await createCategory(ctx, { name: 'Drinks' });
    expect(await updateCategory(ctx, tea.id, { name: 'Teas', parentId: drinks.id })).toMatchObject({
      path: 'Drinks > Teas',
      depth: 1,
    });
    expect(await paths()).toEqual([
      ['Drinks', 0],
      ['Drinks > Teas', 1],
      ['Drinks > Teas > Green', 2],
      ['Food', 0],
    ]);
    await updateCategory(ctx, tea.id, { parentId: null });
    expect(await paths()).toEqual([
      ['Drinks', 0],
      ['Food', 0],
      ['Teas', 0],
      ['Teas > Green', 1],
    ]);
    expect(
      fieldCodes(await expectError('VALIDATION_FAILED', updateCategory(ctx, tea.id, { parentId: green.id }))),
    ).toEqual([['parentId', 'CIRCLE']]);
    expect(
      fieldCodes(await expectError('VALIDATION_FAILED', updateCategory(ctx, tea.id, { parentId: tea.id }))),
    ).toEqual([['parentId', 'CIRCLE']]);
    expect(fieldCodes(await expectError('VALIDATION_FAILED', updateCategory(ctx, tea.id, { name: 'a > b', parentId: shop.branchId })))).toEqual([
      ['name', 'INVALID'], ['parentId', 'NOT_FOUND'],
    ]); // prettier-ignore
    await expectError('ALREADY_EXISTS', updateCategory(ctx, tea.id, { name: ' food ' }));
    await expectError('NOT_FOUND', updateCategory((await openShop(db)).ctx, tea.id, { name: 'Mine' }));
    await expectError('CONFLICT', deleteCategory(ctx, tea.id));
    expect(await deleteCategory(ctx, green.id)).toEqual({ id: green.id, deleted: true });
    await deleteCategory(ctx, tea.id);
    expect(await paths()).toEqual([
      ['Drinks', 0],
      ['Food', 0],
    ]);
  });

  it('two moves at once never make a circle', async () => {
    const a = await createCategory(shop.ctx, { name: 'A' });
    const b = await createCategory(shop.ctx, { name: 'B' });
    const moves = await Promise.allSettled([
      updateCategory(shop.ctx, a.id, { parentId: b.id }),
      updateCategory(shop.ctx, b.id, { parentId: a.id }),
    ]);
    expect(moves.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('categories, brands and tax classes', () => {
  it('stay while they are used, and may go once only deleted products were', async () => {
    const ctx = shop.ctx;
    const category = await createCategory(ctx, { name: 'C' });
    const brand = await createBrand(ctx, { name: 'B' });
    const tax = await createTaxClass(ctx, { name: 'T', rate: amount(5) });
    const product = await createProduct(ctx, {
      name: 'P',
      price: amount(1),
      categoryId: category.id,
      brandId: brand.id,
      taxClass: 'T',
    });
    const removals = [
      () => deleteCategory(shop.ctx, category.id),
      () => deleteBrand(shop.ctx, brand.id),
      () => deleteTaxClass(shop.ctx, tax.id),
    ];
    for (const remove of removals)
      expect((await expectError('CONFLICT', remove())).details).toEqual({ uses: 1 });
    await deleteProduct(ctx, product.id);
    for (const remove of removals) expect(await remove()).toMatchObject({ deleted: true });
    for (const remove of removals) await expectError('NOT_FOUND', remove());
  });

  it('are changed', async () => {
    const ctx = shop.ctx;
    const brand = await createBrand(ctx, { name: 'One' });
    await createBrand(ctx, { name: 'Two' });
    expect((await updateBrand(ctx, brand.id, { name: ' New  name ' })).name).toBe('New name');
    await expectError('ALREADY_EXISTS', updateBrand(ctx, brand.id, { name: 'two' }));
    await expectError('NOT_FOUND', updateBrand((await openShop(db)).ctx, brand.id, { name: 'x' }));
    const first = await createTaxClass(ctx, { name: 'First', rate: amount(5), isDefault: true });
    const second = await createTaxClass(ctx, { name: 'Second', code: 'S', rate: amount(6) });
    const changed = await updateTaxClass(ctx, second.id, { rate: amount('6.5'), isDefault: true });
    expect([changed.name, changed.code, changed.rate.toFixed(), changed.isDefault]).toEqual([
      'Second',
      'S',
      '6.5',
      true,
    ]);
    expect((await updateTaxClass(ctx, first.id, { name: 'Erst' })).isDefault).toBe(false);
    await expectError('ALREADY_EXISTS', updateTaxClass(ctx, first.id, { code: 's' }));
    expect(
      fieldCodes(
        await expectError('VALIDATION_FAILED', updateTaxClass(ctx, first.id, { rate: amount(1001) })),
      ),
    ).toEqual([['rate', 'RANGE']]);
    await expectError('NOT_FOUND', updateTaxClass(ctx, 'x', { name: 'y' }));
  });
});

describe('a product', () => {
  it('with options has variants that fit them, each once', async () => {
    const ctx = shop.ctx;
    const options = [
      { name: 'Color', values: ['red', 'blue'] },
      { name: 'Size', values: ['S', 'M'] },
    ];
    const variants = [
      { sku: 'A', options: { color: 'RED', size: 's' } },
      { sku: 'B', options: { Color: 'blue', Size: 'S' } },
    ];
    const product = await createProduct(ctx, { name: 'Shirt', price: amount(10), options, variants });
    expect(product.options).toEqual(options);
    const wrong = addVariant(ctx, product.id, { price: amount(1), options: { color: 'green', weight: '1' } });
    expect(fieldCodes(await expectError('VALIDATION_FAILED', wrong))).toEqual([
      ['options', 'OPTION_VALUE'], ['options', 'OPTION_MISSING'], ['options', 'OPTION_UNKNOWN'],
    ]); // prettier-ignore
    await expectError(
      'ALREADY_EXISTS',
      addVariant(ctx, product.id, { price: amount(1), options: { color: 'red', size: 'S' } }),
    );
    const added = await addVariant(ctx, product.id, {
      price: amount(1),
      options: { color: 'red', size: 'm' },
    });
    expect(added.options).toEqual({ Color: 'red', Size: 'M' });
    expect(
      (await updateVariant(ctx, product.id, added.id, { options: { Color: 'blue', Size: 'M' } })).options,
    ).toEqual({
      Color: 'blue',
      Size: 'M',
    });
    await expectError(
      'ALREADY_EXISTS',
      updateVariant(ctx, product.id, added.id, { options: { Color: 'blue', Size: 'S' } }),
    );
    const fewer = updateProduct(ctx, product.id, { options: [{ name: 'Color', values: ['red', 'blue'] }] });
    expect(
      fieldCodes(await expectError('VALIDATION_FAILED', fewer)).every(
        ([, code]) => code === 'OPTION_UNKNOWN',
      ),
    ).toBe(true);
    expect((await updateProduct(ctx, product.id, { options: null })).options).toEqual([]);
    const twice = createProduct(ctx, {
      name: 'X',
      price: amount(1),
      variants: [{ options: { a: '1' } }, { options: { a: '1' } }],
    });
    expect(fieldCodes(await expectError('VALIDATION_FAILED', twice))).toEqual([
      ['variants.1.options', 'ALREADY_EXISTS'],
    ]);
    const doubled = createProduct(ctx, {
      name: 'X',
      price: amount(1),
      options: [
        { name: 'a', values: ['1', '1'] },
        { name: 'A', values: [] },
      ],
    });
    expect(fieldCodes(await expectError('VALIDATION_FAILED', doubled)).slice(0, 3)).toEqual([
      ['options.0.values', 'ALREADY_EXISTS'], ['options.1.values', 'LENGTH'], ['options', 'ALREADY_EXISTS'],
    ]); // prettier-ignore
  });

  it('may ask for an age', async () => {
    const ctx = shop.ctx;
    const gin = await createProduct(ctx, { name: 'Gin', sku: 'GIN', price: amount(20), minimumAge: 18 });
    expect(gin.minimumAge).toBe(18);
    const ageOf = async () =>
      (await resolveItems(ctx, ctx.db, [{ sku: 'gin' }], shop.branchId))[0]?.minimumAge;
    expect(await ageOf()).toBe(18);
    await updateProduct(ctx, gin.id, { minimumAge: 0 });
    expect([await ageOf(), (await productById(ctx.db, gin.id)).minimumAge]).toEqual([null, null]);
    expect(
      fieldCodes(await expectError('VALIDATION_FAILED', updateProduct(ctx, gin.id, { minimumAge: 100 }))),
    ).toEqual([['minimumAge', 'RANGE']]);
  });

  it('is found in lists by the beginnings of all words', async () => {
    for (const name of ['Green Tea loose', 'Green beans', 'Tea pot 100%'])
      await createProduct(shop.ctx, { name, price: amount(1) });
    const names = async (search: string) =>
      (await listProducts(shop.ctx.db, { search })).items.map(({ name }) => name);
    expect(await names('te')).toEqual(['Green Tea loose', 'Tea pot 100%']);
    expect(await names('TEA gre')).toEqual(['Green Tea loose']);
    expect(await names('een')).toEqual(['Green beans', 'Green Tea loose']);
    expect(await names('%')).toHaveLength(3);
    expect((await listProducts((await openShop(db)).ctx.db, { search: 'tea' })).items).toEqual([]);
  });
});
