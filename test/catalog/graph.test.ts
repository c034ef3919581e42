import { graphql, type ExecutionResult } from 'graphql';
import { randomUUID } from 'node:crypto';
import { ANONYMOUS } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { subgraph as catalogSubgraph } from '#subgraphs/catalog/subgraph';
import { initialStock } from '#subgraphs/inventory/index';
import { createBrand } from '#subgraphs/catalog/brands/brands';
import { createCategory } from '#subgraphs/catalog/categories/categories';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { bulkCreateProducts, createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount, csvFile } from '#test/harness/values';

const schema = buildSubgraph(catalogSubgraph({ initialStock }));

let db: TestDatabase;
let shop: Shop;

beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db);
  const ctx = shop.ctx;
  const tax = await createTaxClass(ctx, { name: 'Standard', code: 'standard', rate: amount('19.5') });
  for (let index = 1; index <= 12; index += 1) {
    const category = await createCategory(ctx, { name: `Group ${index}` });
    const brand = await createBrand(ctx, { name: `Brand ${index}` });
    const named = { categoryId: category.id, brandId: brand.id, taxClass: tax.code };
    const variants = [
      { sku: `S-${index}`, barcode: `BC-${index}` },
      { sku: `T-${index}`, name: 'Large', price: amount('3.14159'.slice(0, 6)) },
    ];
    await createProduct(ctx, {
      name: `Product ${String(index).padStart(2, '0')}`,
      price: amount(index),
      cost: amount('0.5'),
      ...named,
      variants,
    });
  }
});
afterAll(() => db.close());

async function run(
  ctx: RequestContext,
  source: string,
  variables: Record<string, unknown> = {},
): Promise<ExecutionResult> {
  const result = await graphql({ schema, source, variableValues: variables, contextValue: ctx });
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

/** The code of the one error; GraphQL's own message where it is not ours. */
async function codeOf(
  ctx: RequestContext,
  source: string,
  variables: Record<string, unknown> = {},
): Promise<unknown> {
  const { errors } = await graphql({ schema, source, variableValues: variables, contextValue: ctx });
  return (
    (errors?.[0]?.originalError as { code?: string } | undefined)?.code ?? errors?.[0]?.message ?? 'succeeded'
  );
}

const FLAT = `id name sku barcode price cost currency taxClass taxClassId taxRate categoryId brandId active trackStock unit quantityPlaces
  imageUrl createdAt updatedAt`;

describe('a product in the graph', () => {
  it('is flat for REST, with exact decimals as strings', async () => {
    const { data, errors } = await run(shop.ctx, `{ products(sku: "s-3") { total items { ${FLAT} } } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      products: {
        total: 1,
        items: [
          {
            id: expect.any(String) as string,
            name: 'Product 03',
            sku: 'S-3',
            barcode: 'BC-3',
            price: '3.00',
            cost: '0.50',
            currency: 'EUR',
            taxClass: 'standard',
            taxClassId: expect.any(String) as string,
            taxRate: '19.5',
            categoryId: expect.any(String) as string,
            brandId: expect.any(String) as string,
            active: true,
            trackStock: true,
            unit: 'piece',
            quantityPlaces: 3,
            imageUrl: null,
            createdAt: expect.stringMatching(/Z$/) as string,
            updatedAt: expect.stringMatching(/Z$/) as string,
          },
        ],
      },
    });
  });

  it('shows its cost only to those who keep the catalogue', async () => {
    const query = '{ products(sku: "S-1") { items { cost variants { cost price } } } }';
    const seen = await run(shop.as(['catalog:read']), query);
    expect(seen.data).toEqual({
      products: { items: [{ cost: null, variants: [{ cost: null, price: '1.00' }, { cost: null, price: '3.1415' }] }] },
    }); // prettier-ignore
  });
});

describe('how often the database is asked', () => {
  it.each([
    ['flat products', `{ products(size: 12) { items { ${FLAT} } } }`, 1],
    ['products with a total on their last page', `{ products(size: 12) { total pages items { ${FLAT} } } }`, 1],
    ['everything below products', `{ products(size: 12) { items { name category { path } brand { name } defaultVariant { sku } variants { sku barcodes product { name } } } } }`, 6],
    ['a search', `{ searchProducts(search: "product") { total items { ${FLAT} variants { sku } } } }`, 2],
    ['one product', `query ($id: ID!) { product(id: $id) { ${FLAT} } }`, 1],
    ['categories and their parents', '{ categories { items { path parent { path } } } }', 1],
  ])('%s: as often for twelve as for one', async (_, query, statements) => {
    // The currency of an organization is asked for once in the life of the process.
    const id = ((await run(shop.ctx, '{ products(size: 1) { items { id currency } } }')).data as { products: { items: { id: string }[] } }).products.items[0]!.id;
    const seen = recorded(shop.ctx);
    const { errors } = await run(seen.ctx, query, query.includes('$id') ? { id } : {});
    expect(errors).toBeUndefined();
    expect(seen.statements).toHaveLength(statements);
  }); // prettier-ignore

  it('is once for any number of references from other subgraphs', async () => {
    const { items } = (
      (await run(shop.ctx, '{ products(size: 12) { items { id categoryId brandId taxClassId defaultVariantId } } }')).data as {
        products: { items: Record<string, string>[] };
      }
    ).products;
    const representations = (typename: string, field: string) => items.map((item) => ({ __typename: typename, id: item[field] }));
    for (const [typename, field] of Object.entries({ Product: 'id', Variant: 'defaultVariantId', Category: 'categoryId', Brand: 'brandId', TaxClass: 'taxClassId' })) {
      const seen = recorded(shop.ctx);
      const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${typename} { id createdAt } } }`;
      const { data, errors } = await run(seen.ctx, query, { r: [...representations(typename, field), { __typename: typename, id: randomUUID() }] });
      expect(errors).toBeUndefined();
      const found = (data as { _entities: ({ id: string } | null)[] })._entities;
      expect(found.map((entity) => entity?.id)).toEqual([...items.map((item) => item[field]), undefined]);
      expect(seen.statements).toHaveLength(1);
    }
  }); // prettier-ignore
});

describe('the mutations in the graph', () => {
  it('create, change, add, deactivate and delete', async () => {
    const ctx = () => shop.ctx;
    const create =
      'mutation ($input: CreateProductInput!) { createProduct(input: $input) { id sku price barcode } }';
    const input = { name: 'Mug', price: 7.5, initialStock: [{ quantity: 2 }] };
    // A number would lose the zeros at the beginning of a code.
    const { errors } = await run(ctx(), create, { input: { ...input, sku: 4711, barcode: 12345 } });
    expect(errors?.map(({ message }) => message)).toEqual([
      'Variable "$input" got invalid value 4711 at "input.sku"; String cannot represent a non string value: 4711',
      'Variable "$input" got invalid value 12345 at "input.barcode"; String cannot represent a non string value: 12345',
    ]);
    const created = await run(ctx(), create, { input: { ...input, sku: '4711', barcode: '12345' } });
    const { id, ...rest } = created.data!.createProduct as { id: string };
    expect(rest).toEqual({ sku: '4711', price: '7.50', barcode: '12345' });
    const updated = await run(
      ctx(),
      'mutation ($id: ID!) { updateProduct(id: $id, input: { price: "8.125" }) { price } }',
      {
        id,
      },
    );
    expect(updated.data).toEqual({ updateProduct: { price: '8.125' } });
    const added = await run(
      ctx(),
      'mutation ($id: ID!) { addVariant(productId: $id, input: { name: "XL", price: 9, options: { size: "XL" } }) { id options } }',
      { id },
    );
    const variant = added.data!.addVariant as { id: string; options: unknown };
    expect(variant.options).toEqual({ size: 'XL' });
    const changed = await run(
      ctx(),
      'mutation ($id: ID!, $vid: ID!) { updateVariant(productId: $id, variantId: $vid, input: { active: false }) { active } }',
      { id, vid: variant.id },
    );
    expect(changed.data).toEqual({ updateVariant: { active: false } });
    const off = await run(
      ctx(),
      'mutation ($id: ID!) { activateProduct(id: $id, active: false) { active } }',
      { id },
    );
    expect(off.data).toEqual({ activateProduct: { active: false } });
    const listed = await run(
      ctx(),
      'query ($id: ID!) { productVariants(productId: $id) { name isDefault } }',
      {
        id,
      },
    );
    expect(listed.data).toEqual({
      productVariants: [
        { name: null, isDefault: true },
        { name: 'XL', isDefault: false },
      ],
    });
    const gone = await run(ctx(), 'mutation ($id: ID!) { deleteProduct(id: $id) { id deleted } }', { id });
    expect(gone.data).toEqual({ deleteProduct: { id, deleted: true } });
    expect(await codeOf(ctx(), 'query ($id: ID!) { product(id: $id) { id } }', { id })).toBe('NOT_FOUND');
    const reference = await run(ctx(), 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { name sku deletedAt variants { sku } } } }', {
      r: [{ __typename: 'Product', id }],
    }); // prettier-ignore
    expect(reference.data!._entities).toMatchObject([
      { name: 'Mug', sku: '4711', variants: [{ sku: '4711' }, {}] },
    ]);
  });

  it('tell of barcodes whose check digit is another, in whichever mutation they come', async () => {
    const warnings = 'barcodeWarnings { barcode code expectedCheckDigit message }';
    const told = (barcode: string, expectedCheckDigit: string) => ({
      barcode,
      code: 'CHECK_DIGIT',
      expectedCheckDigit,
      message: `As an EAN, UPC or GTIN, "${barcode}" would have to end in ${expectedCheckDigit}. It is stored as a code of your own and found only in this spelling.`,
    });
    const input = { name: 'Jam', price: 3, barcodes: ['4006381333930', 'JAM', '12345678'] };
    const created = await run(
      shop.ctx,
      `mutation ($input: CreateProductInput!) { createProduct(input: $input) { id variants { id ${warnings} } } }`,
      { input },
    );
    const product = created.data!.createProduct as {
      id: string;
      variants: { id: string; barcodeWarnings: unknown }[];
    };
    expect(product.variants.map(({ barcodeWarnings }) => barcodeWarnings)).toEqual([
      [told('4006381333930', '1'), told('12345678', '0')],
    ]);
    const id = { id: product.id };
    const mended = await run(
      shop.ctx,
      `mutation ($id: ID!) { updateProduct(id: $id, input: { barcode: "4006381333931" }) { defaultVariant { ${warnings} } } }`,
      id,
    );
    expect(mended.data).toEqual({
      updateProduct: { defaultVariant: { barcodeWarnings: [told('12345678', '0')] } },
    });
    const added = await run(
      shop.ctx,
      `mutation ($id: ID!) { addVariant(productId: $id, input: { name: "XL", price: 9, barcode: "036000291453" }) { id ${warnings} } }`,
      id,
    );
    const variant = added.data!.addVariant as { id: string; barcodeWarnings: unknown };
    expect(variant.barcodeWarnings).toEqual([told('036000291453', '2')]);
    const changed = await run(
      shop.ctx,
      `mutation ($id: ID!, $vid: ID!) { updateVariant(productId: $id, variantId: $vid, input: { barcodes: [] }) { ${warnings} } }`,
      { ...id, vid: variant.id },
    );
    expect(changed.data).toEqual({ updateVariant: { barcodeWarnings: [] } });
  });

  it('report on a bulk operation in the shape that clients rely on', async () => {
    const mutation = `mutation ($input: BulkProductsInput!) {
      bulkCreateProducts(input: $input) { id status total created updated failed errors { row field message } }
    }`;
    const { data } = await run(shop.ctx, mutation, {
      input: { items: [{ sku: 'BULK-1', name: 'x', price: '1.00' }, { sku: 'BULK-2', name: 'y', price: 'abc' }] },
    }); // prettier-ignore
    const { id, ...report } = data!.bulkCreateProducts as { id: string };
    const errors = [{ row: 2, field: 'price', message: '"abc" is not a number.' }];
    expect(report).toEqual({ status: 'completed', total: 2, created: 1, updated: 0, failed: 1, errors });
    const again = await run(
      shop.ctx,
      'query ($id: ID!) { importJob(id: $id) { status processed kind errors { code } } }',
      {
        id,
      },
    );
    expect(again.data).toEqual({
      importJob: { status: 'completed', processed: 2, kind: 'create', errors: [{ code: 'NUMBER' }] },
    });
  });

  it('takes a file that REST hands on', async () => {
    const job = await bulkCreateProducts(shop.ctx, { file: csvFile('sku,name,price\nFILE-1,x,1\n') });
    const { data } = await run(shop.ctx, 'query ($id: ID!) { importJob(id: $id) { fileName created } }', {
      id: job.id,
    });
    expect(data).toEqual({ importJob: { fileName: 'products.csv', created: 1 } });
  });
});

describe('who may do what', () => {
  const READS = [
    '{ products { total } }',
    '{ categories { total } }',
    '{ brands { total } }',
    '{ taxClasses { total } }',
  ];
  const WRITES = [
    'mutation { createProduct(input: { name: "x", price: 1 }) { id } }',
    'mutation { createBrand(input: { name: "x" }) { id } }',
    'mutation { createCategory(input: { name: "x" }) { id } }',
    'mutation { createTaxClass(input: { name: "x", rate: 1 }) { id } }',
    'mutation { deleteProduct(id: "x") { id } }',
    'mutation { bulkDeleteProducts(input: { skus: ["S-1"] }) { id } }',
    '{ importJob(id: "x") { id } }',
  ];

  it.each([...READS, ...WRITES])('nobody without a token: %s', async (query) => {
    expect(await codeOf(db.contextFor(ANONYMOUS), query)).toBe('UNAUTHENTICATED');
  });

  it.each(READS)('whoever may read: %s', async (query) => {
    expect(await codeOf(shop.as(['catalog:read']), query)).toBe('succeeded');
    expect(await codeOf(shop.as(['orders:read']), query)).toBe('FORBIDDEN');
  });

  it.each(WRITES)('nobody who may only read: %s', async (query) => {
    expect(await codeOf(shop.as(['catalog:read', 'pos:sell']), query)).toBe('FORBIDDEN');
  });

  it('lets a cashier search', async () => {
    expect(await codeOf(shop.as(['pos:sell']), '{ searchProducts(search: "x") { total } }')).toBe(
      'succeeded',
    );
  });
});
