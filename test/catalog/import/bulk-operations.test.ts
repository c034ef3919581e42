import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { SettableClock } from '#kernel/clock';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import { remarksOfJobs } from '#kernel/import/import-report';
import {
  bulkDeleteProducts,
  bulkUpdatePrices,
  bulkUpdateProducts,
  importJob,
  listImportJobs,
} from '#subgraphs/catalog/import/bulk-operations';
import { listBrands } from '#subgraphs/catalog/brands/brands.queries';
import { createCategory } from '#subgraphs/catalog/categories/categories';
import { listCategories } from '#subgraphs/catalog/categories/categories.queries';
import { listProducts, productById, variantsOfProducts } from '#subgraphs/catalog/products/products.queries';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import type { PriceRowInput } from '#subgraphs/catalog/inputs.generated';
import { searchProducts } from '#subgraphs/catalog/products/product-search.queries';
import { stopImports } from '#kernel/import/start-import';
import { createUnit } from '#subgraphs/catalog/products/units';
import { levelsOf } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { endOfImport } from '#test/harness/imports';
import { bulkCreateProducts, createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, csvFile, expectError } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
const clock = new SettableClock(new Date('2026-01-31T18:00:00Z'));

// A folder of its own for what is spooled: other test files import, too, at the same time.
const usualFolder = os.tmpdir();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(usualFolder, 'pospro-imports-test-'));
  jest.spyOn(os, 'tmpdir').mockReturnValue(folder);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  shop = await openShop(db);
  // Without a default tax class every import would be warned of it.
  await createTaxClass(shop.ctx, { name: 'Standard', rate: amount(19), isDefault: true });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await db.close();
  await rm(folder, { recursive: true, force: true });
});

const counts = ({ status, total, processed, created, updated, deleted, failed }: ImportJobRow) => ({
  status, total, processed, created, updated, deleted, failed,
}); // prettier-ignore
const faults = async (ctx: RequestContext, job: ImportJobRow) =>
  ((await remarksOfJobs(ctx.db, [job.id])).get(job.id)?.error ?? []).map(({ row, field, code }) => [
    row,
    field,
    code,
  ]);
const bySku = async (sku: string) => (await listProducts(shop.ctx.db, { sku })).items[0];

async function ended(job: ImportJobRow): Promise<ImportJobRow> {
  for (let tries = 0; ; tries += 1) {
    const now = await importJob(shop.ctx, job.id);
    if (now.status !== 'running' || tries > 500) return now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('bulk-create from JSON', () => {
  it('knows the organization’s own units', async () => {
    await createUnit(shop.ctx, { code: 'bunch', quantityPlaces: 2 });
    const job = await bulkCreateProducts(shop.ctx, {
      items: [{ sku: 'DILL', name: 'Dill', price: 1, unit: 'Bunch' }],
    });
    expect(counts(job)).toMatchObject({ created: 1, failed: 0 });
    expect(await bySku('DILL')).toMatchObject({ unit: 'Bunch', quantityPlaces: 2 });
  });

  it('takes `active` for the product’s, and in the row of another variant for that one’s', async () => {
    const items = [
      { sku: 'S', name: 'Shirt', price: 1 },
      { sku: 'L', parentSku: 'S', variantName: 'Large', price: 2, active: true },
    ];
    await bulkCreateProducts(shop.ctx, { items });
    await bulkUpdateProducts(shop.ctx, { items: [{ sku: 'L', active: 'no' }] });
    const product = (await bySku('S'))!;
    const activeOf = async () =>
      (await variantsOfProducts(shop.ctx.db, [product.id]))
        .get(product.id)!
        .map(({ sku, active }) => [sku, active]);
    expect([product.active, await activeOf()]).toEqual([
      true,
      [
        ['S', true],
        ['L', false],
      ],
    ]);
    await bulkUpdateProducts(shop.ctx, {
      items: [
        { sku: 'S', active: 'no', variantActive: 0 },
        { sku: 'L', variantActive: 1 },
      ],
    });
    expect([(await bySku('S'))!.active, await activeOf()]).toEqual([
      false,
      [
        ['S', false],
        ['L', true],
      ],
    ]);
  });

  it('creates and updates, and lets a bad row fail alone', async () => {
    const ctx = shop.ctx;
    await createProduct(ctx, { name: 'Old name', sku: 'OLD', price: amount(1), cost: amount('0.5') });
    const job = await bulkCreateProducts(ctx, {
      items: [
        {
          sku: 'NEW-1',
          name: 'One',
          price: '2.50',
          barcode: '036000291452',
          category: 'Food > Tea',
          brand: 'Acme',
          initialStock: 4,
        },
        { sku: 'old', name: 'New name', price: 3 },
        { sku: 'NEW-2', name: 'Two', price: 'cheap' },
        { sku: 'NEW-3', price: '1' },
        { sku: 'NEW-4', name: 'Four', price: 1, barcode: '0036000291452' },
        { sku: 'new-1', name: 'Again', price: 1 },
        { name: 'No SKU', price: 1, taxClass: 'nowhere' },
        { name: 'No SKU', price: 1, category: 'food>TEA', brand: 'ACME' },
        { sku: 'NEW-5', name: 'Five', price: 1, initialStock: 1, warehouse: 'Nowhere' },
      ],
    });
    expect(counts(job)).toEqual({
      status: 'completed',
      total: 9,
      processed: 9,
      created: 2,
      updated: 1,
      deleted: 0,
      failed: 6,
    });
    expect(await faults(ctx, job)).toEqual([
      [3, 'price', 'NUMBER'],
      [4, 'name', 'REQUIRED'],
      [5, 'barcode', 'ALREADY_EXISTS'],
      [6, 'sku', 'ALREADY_EXISTS'],
      [7, 'taxClass', 'NOT_FOUND'],
      [9, 'warehouse', 'NOT_FOUND'],
    ]);
    const one = (await bySku('NEW-1'))!;
    expect(one).toMatchObject({ name: 'One', barcode: '036000291452' });
    expect(
      (await levelsOf(ctx.db, [one.defaultVariantId], shop.branchId))
        .get(one.defaultVariantId)!
        .onHand.toFixed(),
    ).toBe('4');
    const old = (await bySku('OLD'))!;
    expect([old.name, old.price.toFixed(), old.cost!.toFixed()]).toEqual(['New name', '3', '0.5']);
    expect((await listCategories(ctx.db, {})).items.map(({ path }) => path)).toEqual(['Food', 'Food > Tea']);
    expect((await listBrands(ctx.db, {})).items.map(({ name }) => name)).toEqual(['Acme']);
    expect((await listProducts(ctx.db, { brandId: one.brandId })).items.map(({ name }) => name)).toEqual([
      'No SKU',
      'One',
    ]);
  });

  it('does the same again without a new product', async () => {
    const items = [
      { sku: 'A', name: 'Apple', price: 1 },
      { name: 'Bare', barcode: 'B-1', price: 2 },
    ];
    expect(counts(await bulkCreateProducts(shop.ctx, { items }))).toMatchObject({ created: 2, updated: 0 });
    expect(counts(await bulkCreateProducts(shop.ctx, { items }))).toMatchObject({ created: 0, updated: 2 });
  });

  it('gives the same report again under one idempotency key', async () => {
    const key = randomUUID();
    const items = [{ sku: 'A', name: 'Apple', price: 1 }];
    const first = await bulkCreateProducts(shop.request({ idempotencyKey: key }), { items });
    const again = shop.request({ idempotencyKey: key });
    expect(await bulkCreateProducts(again, { items })).toEqual(first);
    expect(again.reply.replayed).toBe(true);
    await expectError(
      'IDEMPOTENCY_KEY_REUSED',
      bulkCreateProducts(shop.request({ idempotencyKey: key }), { items: [{ ...items[0], price: 2 }] }),
    );
  });

  it('tells listeners once a batch', async () => {
    const ctx = shop.ctx;
    await bulkCreateProducts(ctx, {
      items: Array.from({ length: 600 }, (_, index) => ({ sku: `S${index}`, name: 'x', price: 1 })),
    });
    const events = await ctx.db.many<{ payload: { change: string; productIds: string[] } }>(sql`
      select payload from outbox_events where type = 'product.changed' order by sequence`);
    expect(events.map(({ payload }) => [payload.change, payload.productIds.length])).toEqual([
      ['created', 500],
      ['created', 100],
    ]);
  });

  it('refuses what has nothing to do', async () => {
    await expectError('VALIDATION_FAILED', bulkCreateProducts(shop.ctx, {}));
    await expectError('VALIDATION_FAILED', bulkCreateProducts(shop.ctx, { items: [] }));
    await expectError('VALIDATION_FAILED', bulkDeleteProducts(shop.ctx, {}));
    await expectError('NOT_FOUND', importJob(shop.ctx, 'x'));
  });
});

describe('bulk-create from CSV', () => {
  const load = (content: string | Buffer, contentType?: string) =>
    bulkCreateProducts(shop.ctx, { file: csvFile(content, contentType) });

  it('reads a dirty file, and counts its rows as a spreadsheet does', async () => {
    await createTaxClass(shop.ctx, { name: 'Reduced', code: 'reduced', rate: amount(7) });
    const rows = [
      '\ufeffSKU,Barcode,Name,Price,Cost,Tax Class,Colour', // 1
      '85123A,123456789,"WHITE ""HANGING"" HEART",2.55,1.00,reduced,white', // 2
      '', // 3
      '71053,,"WHITE METAL', // 4: a line break inside of a cell
      'LANTERN","1,234.50",,,',
      ' , ,,,,,', // 5: nothing but blanks
      '84406B,,CREAM 8" COAT HANGER,£3.39,,,', // 6: a stray quote, a sign of currency
      '84029G,,RED WOOLLY HOTTIE,cheap,,,', // 7: a bad price
      '84029E,,UNQUOTED, COMMA,3.39,1,reduced,red', // 8: too many cells
      '22752,,SET 7 BOXES', // 9: no price
      '85123a,,DOUBLE,1.00,,,', // 10: the SKU of row 2
      '21730,0123,GLASS STAR,-1,,,', // 11: negative
      ',,No SKU,4,,,', // 12
      '22633,,,1,,,', // 13: no name
      '22632,123456789,HAND WARMER,1.85,,,', // 14: the barcode of row 2
      '22745,,"Ünïcode – £ 漢字",0,,nowhere,', // 15
      '22748,,POPPY,0,,,', // 16
    ];
    const job = await load(rows.join('\r\n'));
    expect(await faults(shop.ctx, job)).toEqual([
      [7, 'price', 'NUMBER'],
      [8, 'row', 'COLUMNS'],
      [9, 'price', 'REQUIRED'],
      [10, 'sku', 'ALREADY_EXISTS'],
      [11, 'price', 'NEGATIVE'],
      [13, 'name', 'REQUIRED'],
      [14, 'barcode', 'ALREADY_EXISTS'],
      [15, 'taxClass', 'NOT_FOUND'],
    ]);
    expect(counts(job)).toEqual({
      status: 'completed',
      total: 13,
      processed: 13,
      created: 5,
      updated: 0,
      deleted: 0,
      failed: 8,
    });
    expect(job.warnings).toEqual(['The column "Colour" is unknown and was ignored.']);
    const { items } = await listProducts(shop.ctx.db, { sort: 'created_at' });
    expect(items.map(({ sku, name, price }) => [sku, name, price.toFixed()])).toEqual([
      ['85123A', 'WHITE "HANGING" HEART', '2.55'],
      ['71053', 'WHITE METAL LANTERN', '1234.5'],
      ['84406B', 'CREAM 8" COAT HANGER', '3.39'],
      ['P000001', 'No SKU', '4'],
      ['22748', 'POPPY', '0'],
    ]);
    expect((await searchProducts(shop.ctx.db, 'lantern')).items).toHaveLength(1);
  });

  it('reads semicolons with decimal commas, tabs, and an older Excel’s code page', async () => {
    await load('sku;name;price;active\nA;Käse;"1.234,50";perhaps\nB;Brot;2,5;no\n');
    expect(await bySku('A')).toBeUndefined();
    expect([(await bySku('B'))!.price.toFixed(), (await bySku('B'))!.active]).toEqual(['2.5', false]);
    await load('sku\tname\tprice\nC\tCake, sweet\t3\n', 'text/tab-separated-values');
    expect((await bySku('C'))!.name).toBe('Cake, sweet');
    await load(Buffer.from('sku,name,price\nD,Crème brûlée \x80,3\n', 'latin1'));
    expect((await bySku('D'))!.name).toBe('Crème brûlée €');
    await load(Buffer.from('\ufeffsku,name,price\nE,Tée,3\n', 'utf16le'));
    expect((await bySku('E'))!.name).toBe('Tée');
  });

  it('creates categories and brands by name, and updates what is there', async () => {
    const food = await createCategory(shop.ctx, { name: 'Food' });
    const header = 'sku,name,price,category,brand,initial_stock,warehouse,active';
    const first = await load([header, 'A,Apple,1,food,Acme,5,main,yes', 'B,Bread,2,Food > Bakery,ACME,,,'].join('\n'));
    expect(counts(first)).toMatchObject({ created: 2, failed: 0 });
    expect((await bySku('A'))!.categoryId).toBe(food.id);
    const second = await load([header, 'a,,1.5,,,7,,no', 'C,Cake,3,Food > Bakery,acme,,,'].join('\n'));
    expect(counts(second)).toMatchObject({ created: 1, updated: 1, failed: 0 });
    expect(second.warnings).toEqual([expect.stringContaining('Initial stock is only posted for new products')]);
    const apple = (await bySku('A'))!;
    expect([apple.name, apple.price.toFixed(), apple.active, apple.categoryId]).toEqual(['Apple', '1.5', false, food.id]);
    expect((await levelsOf(shop.ctx.db, [apple.defaultVariantId], shop.branchId)).get(apple.defaultVariantId)!.onHand.toFixed()).toBe('5');
    expect((await listBrands(shop.ctx.db, {})).items).toHaveLength(1);
  }); // prettier-ignore

  it('refuses what is no CSV, and what has no header', async () => {
    const pack = Buffer.from('PK\u0003\u0004 and so on');
    await expectError('UNSUPPORTED_MEDIA_TYPE', load(pack, 'application/octet-stream'));
    await expectError(
      'UNSUPPORTED_MEDIA_TYPE',
      load('x', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'),
    );
    await expectError('VALIDATION_FAILED', load(''));
    await expectError('VALIDATION_FAILED', load('\n\n'));
    await expectError('VALIDATION_FAILED', load('85123A,WHITE HEART,2.55\n'));
    const broken = new Readable({ read: () => broken.destroy(new Error('the client went away')) });
    await expect(bulkCreateProducts(shop.ctx, { file: csvFile(broken) })).rejects.toThrow(
      'the client went away',
    );
    expect((await readdir(os.tmpdir())).filter((name) => name.startsWith('pospro-import-'))).toEqual([]);
  });

  it('says which columns are missing', async () => {
    const job = await load('sku,price\nA,1\n');
    expect(job.warnings).toEqual(['There is no column "name", so only existing products can be imported.']);
    expect(counts(job)).toMatchObject({ created: 0, failed: 1 });
  });

  it('names the row of a quote that is never closed, and the first row that was not taken', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `S${index},Name,1\n`).join('');
    const job = await ended(
      await load(`sku,name,price\n\n${rows}B,"Bread,2\n${'C,Cake,3\n'.repeat(30_000)}`),
    );
    const first = Number(
      /^Rows from (\d+) on were not taken: in row 20003 a quote is not closed\./.exec(job.message!)![1],
    );
    expect(job).toMatchObject({ status: 'failed', created: first - 3, processed: first - 3, failed: 0 });
    expect(job.created).toBeGreaterThan(10_000);
    const { count } = await shop.ctx.db.one<{ count: number }>(sql`select count(*) as count from products`);
    expect(count).toBe(job.created);
  });

  it('takes 10,000 rows with exact counts, and 2,000 faults of which it lists 1,000', async () => {
    const lines = ['sku,barcode,name,price,category,brand'];
    for (let index = 0; index < 10_000; index += 1) {
      const price = index % 5 === 4 ? 'bad' : `${index % 90}.5`;
      lines.push(`S${index},BC${index},Product ${index},${price},Group ${index % 40},Brand ${index % 70}`);
    }
    const file = csvFile(
      Readable.from(
        lines.map((line) => Buffer.from(`${line}\r\n`)),
        { objectMode: false },
      ),
    );
    const job = await ended(await bulkCreateProducts(shop.ctx, { file }));
    expect(counts(job)).toEqual({
      status: 'completed',
      total: 10_000,
      processed: 10_000,
      created: 8_000,
      updated: 0,
      deleted: 0,
      failed: 2_000,
    });
    const listed = await faults(shop.ctx, job);
    expect([listed.length, listed[0], listed.at(-1)]).toEqual([
      1_000,
      [6, 'price', 'NUMBER'],
      [5_001, 'price', 'NUMBER'],
    ]);
    const { db: queryable } = shop.ctx;
    expect(await (await listProducts(queryable, {})).total()).toBe(8_000);
    expect(await (await listCategories(queryable, {})).total()).toBe(32);
    expect(await queryable.one(sql`select count(*) as count from import_errors`)).toEqual({ count: 2_000 });
  }, 60_000);
});

describe('jobs', () => {
  /** A file that goes on until it is let end. */
  function endless(): { file: ReturnType<typeof csvFile>; end: () => void } {
    let row = 0;
    let over = false;
    const stream = new Readable({
      read() {
        if (over || row > 400_000) return void this.push(null);
        const lines = row === 0 ? ['sku,name,price'] : [];
        for (let index = 0; index < 1000; index += 1) lines.push(`E${(row += 1)},Name,1`);
        this.push(`${lines.join('\n')}\n`);
      },
    });
    return { file: csvFile(stream), end: () => (over = true) };
  }

  it('stop with the server after the batch at hand, and say so', async () => {
    const { file } = endless();
    const running = bulkCreateProducts(shop.ctx, { file });
    const started = sql`select from import_jobs where status = 'running' and processed > 0`;
    while (!(await shop.ctx.db.maybeOne(started))) await new Promise((resolve) => setTimeout(resolve, 50));
    await stopImports();
    const job = await endOfImport(shop.ctx, running);
    expect(job).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('The server was stopped after row') as string,
    });
    expect(job.processed).toBe(job.created);
    expect(await (await listProducts(shop.ctx.db, {})).total()).toBe(job.created);
    expect((await readdir(os.tmpdir())).filter((name) => name.startsWith('pospro-import-'))).toEqual([]);
  }, 60_000);

  it('are not begun for a file that is still being read when the server stops', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('sku,name,price\nA,Apple,1\n');
    const refusal = expectError('UNAVAILABLE', bulkCreateProducts(shop.ctx, { file: csvFile(source) }));
    // The upload is taken in before it is read.
    while ((await readdir(os.tmpdir())).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await stopImports();
    source.push(null);
    await refusal;
    expect((await listImportJobs(shop.ctx, {})).items).toEqual([]);
    expect((await readdir(os.tmpdir())).filter((name) => name.startsWith('pospro-import-'))).toEqual([]);
  });

  it('are not seen by another organization', async () => {
    const job = await bulkCreateProducts(shop.ctx, { items: [{ sku: 'A', name: 'a', price: 1 }] });
    const other = await openShop(db);
    await expectError('NOT_FOUND', importJob(other.ctx, job.id));
    const theft = await bulkUpdateProducts(other.ctx, {
      items: [
        { sku: 'A', price: 0 },
        { id: (await bySku('A'))!.id, price: 0 },
      ],
    });
    expect(counts(theft)).toMatchObject({ updated: 0, failed: 2 });
    expect((await bySku('A'))!.price.toFixed()).toBe('1');
  });
});

describe('bulk update, prices and delete', () => {
  beforeEach(async () => {
    const items = ['A', 'B', 'C'].map((sku) => ({
      sku,
      name: `Product ${sku}`,
      price: 1,
      cost: 1,
      barcode: `BC-${sku}`,
    }));
    await bulkCreateProducts(shop.ctx, { items });
  });

  it('changes what is named by id, SKU or barcode', async () => {
    const [a, b] = [(await bySku('A'))!, (await bySku('B'))!];
    const job = await bulkUpdateProducts(shop.ctx, {
      items: [
        { id: a.id, sku: 'A-2', name: 'Renamed', unit: 'kg' },
        { variantId: b.defaultVariantId, price: 2, barcode: 'NEW' },
        { barcode: 'BC-C', active: false },
        { sku: 'D', price: 1 },
        { sku: 'B', price: 3 },
        { price: 1 },
        { id: randomUUID(), price: 1 },
        { id: a.id, sku: 'C' },
      ],
    });
    expect(await faults(shop.ctx, job)).toEqual([
      [4, 'sku', 'PRODUCT_NOT_FOUND'],
      [5, 'sku', 'ALREADY_EXISTS'],
      [6, 'sku', 'REQUIRED'],
      [7, 'id', 'PRODUCT_NOT_FOUND'],
      // The product stands in row 1 already, and the SKU is another one's.
      [8, 'sku', 'ALREADY_EXISTS'],
      [8, 'sku', 'ALREADY_EXISTS'],
    ]);
    expect(counts(job)).toMatchObject({ updated: 3, created: 0, failed: 5 });
    expect(await productById(shop.ctx.db, a.id)).toMatchObject({
      sku: 'A-2',
      name: 'Renamed',
      unit: 'kg',
      quantityPlaces: 3,
    });
    expect(await productById(shop.ctx.db, b.id)).toMatchObject({ barcode: 'NEW', name: 'Product B' });
    expect((await bySku('C'))!.active).toBe(false);
  });

  it('changes prices and costs and nothing else', async () => {
    const job = await bulkUpdatePrices(shop.ctx, {
      items: [{ sku: 'A', price: '1.2345', name: 'No' } as PriceRowInput, { sku: 'B', cost: '0.7' }, { sku: 'C' }, { sku: 'A', price: -1 }],
    }); // prettier-ignore
    expect(counts(job)).toMatchObject({ updated: 2, failed: 2 });
    expect([(await bySku('A'))!.price.toFixed(), (await bySku('A'))!.name]).toEqual(['1.2345', 'Product A']);
    expect((await bySku('B'))!.cost!.toFixed()).toBe('0.7');
    const file = await bulkUpdatePrices(shop.ctx, { file: csvFile('sku;price\nA;9,99\n') });
    expect([file.updated, (await bySku('A'))!.price.toFixed()]).toEqual([1, '9.99']);
  });

  it('deletes by id and SKU', async () => {
    const a = (await bySku('A'))!;
    const job = await bulkDeleteProducts(shop.ctx, { ids: [a.id, 'x'], skus: ['b', 'B', 'nothing'] });
    expect(counts(job)).toEqual({
      status: 'completed',
      total: 5,
      processed: 5,
      created: 0,
      updated: 0,
      deleted: 2,
      failed: 3,
    });
    expect((await listProducts(shop.ctx.db, {})).items.map(({ sku }) => sku)).toEqual(['C']);
    expect(
      (
        await bulkCreateProducts(shop.ctx, {
          items: [{ sku: 'A', name: 'Back', price: 1, barcode: 'BC-A' }],
        })
      ).created,
    ).toBe(1);
  });
});
