import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import { isUniqueViolation } from '#kernel/db/pg-errors';
import { resolveItems, defaultVariantIds } from '#subgraphs/catalog/index';
import { createBrand } from '#subgraphs/catalog/brands/brands';
import { createCategory } from '#subgraphs/catalog/categories/categories';
import { listCategories } from '#subgraphs/catalog/categories/categories.queries';
import {
  listProducts,
  productById,
  variantOfProduct,
  variantsOfProducts,
} from '#subgraphs/catalog/products/products.queries';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import {
  activateProduct,
  deleteProduct,
  updateProduct,
  updateVariant,
} from '#subgraphs/catalog/products/products';
import { levelsOf } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { addVariant, createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, fieldCodes } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let other: Shop;

beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db);
  other = await openShop(db);
});
afterAll(() => db.close());

const unique = () => randomUUID().slice(0, 8).toUpperCase();

describe('creating a product', () => {
  it('takes all that core.md says', async () => {
    const ctx = shop.ctx;
    const tax = await createTaxClass(ctx, { name: 'Reduced rate', code: 'reduced', rate: amount(7) });
    const category = await createCategory(ctx, { name: 'Tea' });
    const brand = await createBrand(ctx, { name: 'Northleaf' });
    const product = await createProduct(ctx, {
      name: '  Green   tea ',
      description: 'Loose leaves.',
      sku: 'TEA-1',
      barcode: '036000291452',
      price: amount('6.9'),
      cost: amount('3.1234'),
      taxClass: 'REDUCED',
      categoryId: category.id,
      brandId: brand.id,
      trackStock: true,
      initialStock: [{ warehouseId: shop.warehouseId, quantity: amount('24.5') }],
    });
    expect(product).toMatchObject({
      name: 'Green tea',
      description: 'Loose leaves.',
      sku: 'TEA-1',
      barcode: '036000291452',
      taxClassId: tax.id,
      taxClass: 'reduced',
      categoryId: category.id,
      brandId: brand.id,
      active: true,
      trackStock: true,
      unit: 'piece',
      quantityPlaces: 3,
      deletedAt: null,
    });
    expect([product.price, product.cost, product.taxRate].map(String)).toEqual(['6.9', '3.1234', '7']);
    const levels = await levelsOf(ctx.db, [product.defaultVariantId], shop.branchId);
    expect(levels.get(product.defaultVariantId)!.onHand.toFixed()).toBe('24.5');
  });

  it('posts initial stock to the warehouse of the caller’s branch where none is named', async () => {
    const product = await createProduct(shop.ctx, {
      name: 'Mug',
      price: amount(5),
      initialStock: [{ quantity: amount(3) }],
    });
    const levels = await levelsOf(shop.ctx.db, [product.defaultVariantId], shop.branchId);
    expect(levels.get(product.defaultVariantId)!.onHand.toFixed()).toBe('3');
  });

  it('writes nothing where the initial stock cannot be posted', async () => {
    const sku = unique();
    const stock = [{ warehouseId: randomUUID(), quantity: amount(3) }];
    const error = await expectError(
      'VALIDATION_FAILED',
      createProduct(shop.ctx, { name: 'x', sku, price: amount(1), initialStock: stock }),
    );
    expect(fieldCodes(error)).toEqual([['initialStock.0.warehouseId', 'NOT_FOUND']]);
    expect((await listProducts(shop.ctx.db, { sku })).items).toEqual([]);
  });

  it('makes SKUs up, and passes over those that were typed in', async () => {
    const fresh = await openShop(db);
    await createProduct(fresh.ctx, { name: 'Typed', sku: 'p000002', price: amount(1) });
    const skus = [];
    for (const name of ['One', 'Two'])
      skus.push((await createProduct(fresh.ctx, { name, price: amount(1) })).sku);
    expect(skus).toEqual(['P000001', 'P000003']);
  });

  it('gives a product the default tax class where none is named, and none where that is said', async () => {
    const fresh = await openShop(db);
    const first = await createTaxClass(fresh.ctx, { name: 'Old', rate: amount(16), isDefault: true });
    const second = await createTaxClass(fresh.ctx, { name: 'Standard', rate: amount(19), isDefault: true });
    expect((await createProduct(fresh.ctx, { name: 'a', price: amount(1) })).taxClassId).toBe(second.id);
    expect(
      (await createProduct(fresh.ctx, { name: 'b', price: amount(1), taxClass: null })).taxClassId,
    ).toBeNull();
    expect(
      (await createProduct(fresh.ctx, { name: 'c', price: amount(1), taxClass: first.id })).taxClass,
    ).toBe('Old');
    const kept = await updateProduct(
      fresh.ctx,
      (await listProducts(fresh.ctx.db, { search: 'c' })).items[0]!.id,
      {
        name: 'd',
      },
    );
    expect(kept.taxClass).toBe('Old');
  });

  it('makes variants, of which one is the default', async () => {
    const product = await createProduct(shop.ctx, {
      name: 'Shirt',
      price: amount(20),
      variants: [
        { name: 'Red', sku: `R${unique()}`, options: { color: 'red' } },
        {
          name: 'Blue',
          sku: `B${unique()}`,
          price: amount(25),
          isDefault: true,
          barcodes: ['96385074', '5901234123457'],
        },
      ],
    });
    const variants = (await variantsOfProducts(shop.ctx.db, [product.id])).get(product.id)!;
    expect(
      variants.map(({ name, isDefault, barcodes, options }) => ({ name, isDefault, barcodes, options })),
    ).toEqual([
      { name: 'Blue', isDefault: true, barcodes: ['96385074', '5901234123457'], options: {} },
      { name: 'Red', isDefault: false, barcodes: [], options: { color: 'red' } },
    ]);
    expect(variants.map(({ price }) => price.toFixed())).toEqual(['25', '20']);
    expect(product).toMatchObject({
      sku: variants[0]!.sku,
      defaultVariantId: variants[0]!.id,
      barcode: '96385074',
    });
  });

  it('names every fault at once', async () => {
    const error = await expectError(
      'VALIDATION_FAILED',
      createProduct(shop.ctx, {
        name: ' ',
        price: amount('-1'),
        cost: amount('0.12345'),
        taxClass: 'nowhere',
        categoryId: randomUUID(),
        brandId: 'no-uuid',
        imageUrl: 'javascript:alert(1)',
        variants: [{ name: 'x', price: amount(1), initialStock: [{ quantity: amount('0.0001') }] }],
        sku: 'x'.repeat(65),
      }),
    );
    expect(fieldCodes(error).map(([field]) => field).sort()).toEqual(
      ['brandId', 'categoryId', 'cost', 'imageUrl', 'name', 'price', 'sku', 'taxClass', 'variants.0.cost', 'variants.0.initialStock.0.quantity'],
    ); // prettier-ignore
  });

  it('refuses SKUs in any case and barcodes in any form that another variant has', async () => {
    const sku = unique();
    const first = await createProduct(shop.ctx, {
      name: 'First',
      sku,
      barcode: '0012345678905',
      price: amount(1),
    });
    const error = await expectError(
      'ALREADY_EXISTS',
      createProduct(shop.ctx, {
        name: 'Second',
        sku: ` ${sku.toLowerCase()} `,
        barcode: '012345678905',
        price: amount(1),
      }),
    );
    expect(fieldCodes(error).sort()).toEqual([
      ['barcode', 'ALREADY_EXISTS'],
      ['sku', 'ALREADY_EXISTS'],
    ]);
    expect(error.status).toBe(409);
    expect(error.message).toContain(first.id);
    const twice = createProduct(shop.ctx, {
      name: 'x',
      price: amount(1),
      variants: [{ sku: 'q' }, { sku: 'Q' }],
    });
    expect(fieldCodes(await expectError('ALREADY_EXISTS', twice))).toEqual([
      ['variants.1.sku', 'ALREADY_EXISTS'],
    ]);
  });

  it('lets one of many have a SKU that all ask for at the same moment', async () => {
    const sku = unique();
    const input = { name: 'Race', sku, barcode: `T${sku}`, price: amount(1) };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => createProduct(shop.ctx, input)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'ALREADY_EXISTS' });
    }
  });

  it('gives the same product again under one idempotency key, and posts its stock once', async () => {
    const key = randomUUID();
    const input = { name: 'Once', sku: unique(), price: amount(1), initialStock: [{ quantity: amount(2) }] };
    const ctx = shop.request({ idempotencyKey: key });
    const [first, second] = [
      await createProduct(shop.request({ idempotencyKey: key }), input),
      await createProduct(ctx, input),
    ];
    expect(second.id).toBe(first.id);
    expect(ctx.reply.replayed).toBe(true);
    const level = (await levelsOf(ctx.db, [first.defaultVariantId], shop.branchId)).get(
      first.defaultVariantId,
    )!;
    expect(level.onHand.toFixed()).toBe('2');
    await expectError(
      'IDEMPOTENCY_KEY_REUSED',
      createProduct(shop.request({ idempotencyKey: key }), { ...input, name: 'Other' }),
    );
  });

  it('takes texts that PostgreSQL would not', async () => {
    const product = await createProduct(shop.ctx, {
      name: 'a\u0000b\ud800',
      description: 'x\u0000y',
      price: amount(1),
    });
    expect(product).toMatchObject({ name: 'a b\ufffd', description: 'x y' });
  });
});

describe('changing a product', () => {
  it('changes what is given and leaves the rest', async () => {
    const made = await createProduct(shop.ctx, { name: 'Before', description: 'd', sku: unique(), barcodes: ['A1', 'A2'], price: amount(1), cost: amount(1) });
    const sku = unique();
    const after = await updateProduct(shop.ctx, made.id, { name: 'After', description: null, sku, barcode: 'A3', price: amount('2.5'), cost: null, unit: 'kg' });
    expect(after).toMatchObject({ name: 'After', description: null, sku, barcode: 'A3', cost: null, unit: 'kg', quantityPlaces: 3, active: true });
    expect(after.price.toFixed()).toBe('2.5');
    expect((await variantOfProduct(shop.ctx.db, made.id, made.defaultVariantId)).barcodes).toEqual(['A3', 'A2']);
    expect((await listProducts(shop.ctx.db, { search: `after ${sku.toLowerCase()}` })).items).toHaveLength(1);
    expect((await listProducts(shop.ctx.db, { search: 'before' })).items).toHaveLength(0);
  }); // prettier-ignore

  it('refuses what another one has, but not what is its own', async () => {
    const [first, second] = [unique(), unique()];
    await createProduct(shop.ctx, { name: 'First', sku: first, price: amount(1) });
    const product = await createProduct(shop.ctx, { name: 'Second', sku: second, price: amount(1) });
    expect(
      fieldCodes(await expectError('ALREADY_EXISTS', updateProduct(shop.ctx, product.id, { sku: first }))),
    ).toEqual([['sku', 'ALREADY_EXISTS']]);
    expect((await updateProduct(shop.ctx, product.id, { sku: second.toLowerCase() })).sku).toBe(
      second.toLowerCase(),
    );
    const error = await expectError(
      'VALIDATION_FAILED',
      updateProduct(shop.ctx, product.id, { name: null, sku: null, price: null }),
    );
    expect(
      fieldCodes(error)
        .map(([field]) => field)
        .sort(),
    ).toEqual(['name', 'price', 'sku']);
  });

  it('adds and changes variants, and makes another one the default', async () => {
    const product = await createProduct(shop.ctx, { name: 'Cup', sku: unique(), price: amount(4) });
    const large = await addVariant(shop.ctx, product.id, {
      name: 'Large',
      price: amount(6),
      options: { size: 'L' },
    });
    expect(large).toMatchObject({
      productId: product.id,
      name: 'Large',
      isDefault: false,
      options: { size: 'L' },
    });
    const changed = await updateVariant(shop.ctx, product.id, large.id, {
      price: amount(7),
      isDefault: true,
      barcode: 'CUP-L',
    });
    expect(changed).toMatchObject({ isDefault: true, barcodes: ['CUP-L'] });
    expect(await productById(shop.ctx.db, product.id)).toMatchObject({ sku: large.sku, barcode: 'CUP-L' });
    expect(await defaultVariantIds(shop.ctx.db, [product.id])).toEqual(new Map([[product.id, large.id]]));
    await expectError('NOT_FOUND', updateVariant(shop.ctx, randomUUID(), large.id, {}));
    await expectError('NOT_FOUND', updateVariant(shop.ctx, product.id, 'nonsense', {}));
    const error = await expectError(
      'VALIDATION_FAILED',
      updateVariant(shop.ctx, product.id, large.id, { isDefault: false }),
    );
    expect(fieldCodes(error)).toEqual([['isDefault', 'INVALID']]);
  });

  it('deletes a product, frees its codes, and keeps it for old sales', async () => {
    const sku = unique();
    const product = await createProduct(shop.ctx, {
      name: 'Gone',
      sku,
      barcode: `G${sku}`,
      price: amount(1),
    });
    expect(await deleteProduct(shop.ctx, product.id)).toEqual({ id: product.id, deleted: true });
    await expectError('NOT_FOUND', productById(shop.ctx.db, product.id));
    await expectError('NOT_FOUND', deleteProduct(shop.ctx, product.id));
    await expectError('NOT_FOUND', updateProduct(shop.ctx, product.id, { name: 'x' }));
    expect(await resolveItems(shop.ctx, shop.ctx.db, [{ sku }, { barcode: `G${sku}` }, { productId: product.id }], shop.branchId)).toEqual(
      [undefined, undefined, undefined],
    ); // prettier-ignore
    const again = await createProduct(shop.ctx, {
      name: 'Back',
      sku,
      barcode: `G${sku}`,
      price: amount(1),
    });
    expect(again.id).not.toBe(product.id);
  });

  it('tells listeners', async () => {
    const product = await createProduct(shop.ctx, { name: 'Told', price: amount(1) });
    await activateProduct(shop.ctx, product.id, false);
    await deleteProduct(shop.ctx, product.id);
    const events = await shop.ctx.db.many<{ payload: { change: string; productIds: string[] } }>(sql`
      select payload from outbox_events where type = 'product.changed' and key = ${product.id} order by sequence`);
    expect(events.map(({ payload }) => payload)).toEqual(
      ['created', 'updated', 'deleted'].map((change) => ({ change, productIds: [product.id] })),
    );
  });
});

describe('categories, brands and tax classes', () => {
  it('makes a tree of categories', async () => {
    const food = await createCategory(shop.ctx, { name: 'Food' });
    const dairy = await createCategory(shop.ctx, { name: 'Dairy', parentId: food.id });
    expect(dairy).toMatchObject({ path: 'Food > Dairy', depth: 1, parentId: food.id });
    const product = await createProduct(shop.ctx, { name: 'Milk', price: amount(1), categoryId: dairy.id });
    expect((await listProducts(shop.ctx.db, { categoryId: food.id })).items.map(({ id }) => id)).toEqual([
      product.id,
    ]);
    expect((await listCategories(shop.ctx.db, { parentId: food.id })).items.map(({ name }) => name)).toEqual([
      'Dairy',
    ]);
    expect(
      fieldCodes(
        await expectError('ALREADY_EXISTS', createCategory(shop.ctx, { name: 'DAIRY', parentId: food.id })),
      ),
    ).toEqual([['name', 'ALREADY_EXISTS']]);
    expect(
      fieldCodes(
        await expectError('VALIDATION_FAILED', createCategory(shop.ctx, { name: 'A > B', parentId: 'x' })),
      ),
    ).toEqual([
      ['name', 'INVALID'],
      ['parentId', 'NOT_FOUND'],
    ]);
  });

  it('refuses a name or code twice', async () => {
    await createBrand(shop.ctx, { name: 'Acme' });
    await expectError('ALREADY_EXISTS', createBrand(shop.ctx, { name: ' ACME ' }));
    await createTaxClass(shop.ctx, { name: 'Books', rate: amount(5) });
    await expectError(
      'ALREADY_EXISTS',
      createTaxClass(shop.ctx, { name: 'books', code: 'b', rate: amount(5) }),
    );
    const error = await expectError(
      'VALIDATION_FAILED',
      createTaxClass(shop.ctx, { name: '', rate: amount(-5) }),
    );
    expect(fieldCodes(error).map(([field]) => field)).toEqual(['name', 'code', 'rate']);
  });
});

describe('another organization', () => {
  it('cannot see, change or refer to anything', async () => {
    const product = await createProduct(shop.ctx, { name: 'Mine', sku: unique(), price: amount(1) });
    const category = await createCategory(shop.ctx, { name: unique() });
    const brand = await createBrand(shop.ctx, { name: unique() });
    const tax = await createTaxClass(shop.ctx, { name: unique(), rate: amount(1) });
    const foreign = other.ctx;
    await expectError('NOT_FOUND', productById(foreign.db, product.id));
    await expectError('NOT_FOUND', updateProduct(foreign, product.id, { name: 'x' }));
    await expectError('NOT_FOUND', deleteProduct(foreign, product.id));
    await expectError('NOT_FOUND', addVariant(foreign, product.id, { price: amount(1) }));
    await expectError(
      'NOT_FOUND',
      updateVariant(foreign, product.id, product.defaultVariantId, { price: amount(1) }),
    );
    const error = await expectError(
      'VALIDATION_FAILED',
      createProduct(foreign, {
        name: 'x',
        price: amount(1),
        categoryId: category.id,
        brandId: brand.id,
        taxClass: tax.id,
      }),
    );
    expect(fieldCodes(error)).toEqual([
      ['categoryId', 'NOT_FOUND'],
      ['brandId', 'NOT_FOUND'],
      ['taxClass', 'NOT_FOUND'],
    ]);
    const references = [
      { productId: product.id },
      { variantId: product.defaultVariantId },
      { sku: product.sku },
    ];
    expect(await resolveItems(shop.ctx, shop.ctx.db, references, shop.branchId)).not.toContain(undefined);
    expect(await resolveItems(foreign, foreign.db, references, other.branchId)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect((await createProduct(foreign, { name: 'Same SKU', sku: product.sku, price: amount(1) })).sku).toBe(
      product.sku,
    );
    expect(await productById(shop.ctx.db, product.id)).toMatchObject({ name: 'Mine', deletedAt: null });
  });

  it('is kept apart by the tables themselves', async () => {
    const product = await createProduct(shop.ctx, { name: 'Mine', price: amount(1) });
    const brand = await createBrand(other.ctx, { name: unique() });
    const write = shop.ctx.db.run(
      sql`update products set brand_id = ${brand.id}::uuid where id = ${product.id}::uuid`,
    );
    await expect(write).rejects.toMatchObject({ code: '23503' });
    await expect(write.catch((error: unknown) => isUniqueViolation(error))).resolves.toBe(false);
  });
});
