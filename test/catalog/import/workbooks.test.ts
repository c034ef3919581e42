import { Readable } from 'node:stream';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import {
  bulkUpdatePrices,
  bulkUpdateProducts,
  listImportErrors,
  cancelImport,
  importJob,
  listImportJobs,
} from '#subgraphs/catalog/import/bulk-operations';
import { exportProducts, type ExportRow } from '#subgraphs/catalog/import/export-products';
import { listProducts } from '#subgraphs/catalog/products/products.queries';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import type { ImportRowInput } from '#subgraphs/catalog/inputs.generated';
import { updateVariant } from '#subgraphs/catalog/products/products';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { endOfImport } from '#test/harness/imports';
import { addVariant, bulkCreateProducts, createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, csvFile, expectError } from '#test/harness/values';
import { workbook, zipped, type Cell } from '#test/catalog/xlsx';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
let db: TestDatabase;
let shop: Shop;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  shop = await openShop(db);
});
afterAll(() => db.close());

const file = (bytes: Buffer) => csvFile(bytes, XLSX, 'products.xlsx');
const load = async (rows: readonly (readonly Cell[])[], options = {}) =>
  bulkCreateProducts(shop.ctx, { file: file(await workbook(rows, options)) });
const bySku = async (sku: string) => (await listProducts(shop.ctx.db, { sku })).items[0];
const counts = ({ status, created, updated, failed }: ImportJobRow) => ({ status, created, updated, failed });
const faults = async (job: ImportJobRow) =>
  (await listImportErrors(shop.ctx, job.id, {})).items.map(({ row, field, code }) => [row, field, code]);

describe('a workbook', () => {
  it.each([{ inline: false }, { inline: true }])('is read like CSV (%p)', async (options) => {
    const rows: Cell[][] = [
      ['SKU', 'Name', null, 'Price', 'Barcode', 'Active'],
      ['X-1', 'Tea & <more>', null, 2.5499999999999998, 4006381333931, true],
      [],
      ['X-2', '  ', null, 1],
      ['X-3', 'Coffee', null, 0.1 + 0.2, null, false],
    ];
    // Without a default tax class the import would be warned of it.
    await createTaxClass(shop.ctx, { name: 'Standard', rate: amount(19), isDefault: true });
    const job = await load(rows, options);
    expect(job).toMatchObject({
      total: 3,
      processed: 3,
      created: 2,
      failed: 1,
      fileName: 'products.xlsx',
      warnings: [],
    });
    expect(await faults(job)).toEqual([[4, 'name', 'REQUIRED']]);
    const tea = await bySku('X-1');
    expect([tea?.name, tea?.price.toFixed(), tea?.barcode, tea?.active]).toEqual([
      'Tea & <more>',
      '2.55',
      '4006381333931',
      true,
    ]);
    expect([(await bySku('X-3'))?.price.toFixed(), (await bySku('X-3'))?.active]).toEqual(['0.3', false]);
  });

  it.each([{ inline: false }, { inline: true }])('has the escapes of OOXML undone (%p), and what none may store refused', async (options) => {
    const rows: Cell[][] = [
      ['sku', 'name', 'price', 'description', 'options'],
      ['X-1', 'A_x005F_x0041_', 1, 'one_x000D_\ntwo_x0007_ _x41_'],
      ['X-2', 'a_x0000_b', 1],
      ['X-3', 'C', 1, 'half _xD83D_'],
      ['X-4', 'D', 1, '', '{"size": "_x0000_"}'],
    ];
    const job = await load(rows, options);
    expect(counts(job)).toEqual({ status: 'completed', created: 1, updated: 0, failed: 3 });
    expect((await faults(job)).map(([row, field]) => [row, field])).toEqual([[3, 'name'], [4, 'description'], [5, 'options']]);
    const product = await bySku('X-1');
    expect([product?.name, product?.description]).toEqual(['A_x0041_', 'one\r\ntwo\u0007 _x41_']);
  }); // prettier-ignore

  it('changes products and prices, too', async () => {
    await load([
      ['sku', 'name', 'price'],
      ['A', 'A', 1],
    ]);
    const changed = await bulkUpdateProducts(shop.ctx, {
      file: file(
        await workbook([
          ['sku', 'name'],
          ['A', 'Better A'],
          ['B', 'None'],
        ]),
      ),
    });
    expect(counts(changed)).toEqual({ status: 'completed', created: 0, updated: 1, failed: 1 });
    const priced = await bulkUpdatePrices(shop.ctx, {
      file: file(
        await workbook([
          ['sku', 'price'],
          ['A', 2.75],
        ]),
      ),
    });
    expect(counts(priced)).toEqual({ status: 'completed', created: 0, updated: 1, failed: 0 });
    const product = await bySku('A');
    expect([product?.name, product?.price.toFixed()]).toEqual(['Better A', '2.75']);
  });

  it('that is none, or is too large, is refused', async () => {
    const send = (bytes: Buffer) => bulkCreateProducts(shop.ctx, { file: file(bytes) });
    await expectError('UNSUPPORTED_MEDIA_TYPE', send(await zipped({ 'readme.txt': 'hello' })));
    await expectError('UNSUPPORTED_MEDIA_TYPE', send(Buffer.from('sku,name\nA,A\n')));
    const good = await workbook([
      ['sku', 'name', 'price'],
      ['A', 'A', 1],
    ]);
    await expectError('UNSUPPORTED_MEDIA_TYPE', send(good.subarray(0, good.length - 30)));
    await expectError('VALIDATION_FAILED', load([['nothing', 'known']]));
    // Zeros pack a thousand to one: a few kilobytes that unpack to a row without end.
    const bomb = await zipped({
      'xl/workbook.xml': '<workbook><sheets><sheet r:id="a" xmlns:r="r"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels': '<R><Relationship Id="a" Target="s.xml"/></R>',
      'xl/s.xml': Buffer.concat([
        Buffer.from('<worksheet><sheetData><row><c t="str"><v>'),
        Buffer.alloc(20_000_000, 48),
      ]),
    });
    expect(bomb.length).toBeLessThan(50_000);
    await expectError('PAYLOAD_TOO_LARGE', send(bomb));
  });

  it('of 6,000 rows comes in whole', async () => {
    const rows = Array.from({ length: 6_000 }, (_, index): Cell[] => [
      `S-${index}`,
      `Article ${index}`,
      index / 100,
    ]);
    const job = await load([['sku', 'name', 'price'], ...rows]);
    let now = job;
    while (now.status === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 100));
      now = await importJob(shop.ctx, job.id);
    }
    expect(now).toMatchObject({ status: 'completed', total: 6_000, created: 6_000, failed: 0 });
    expect((await bySku('S-5999'))?.price.toFixed()).toBe('59.99');
  }, 60_000);
});

describe('a bulk operation', () => {
  it('is listed, the newest first, and its faults by page', async () => {
    const first = await bulkCreateProducts(shop.ctx, { items: [{ sku: 'A' }, { sku: 'B' }, { sku: 'C' }] });
    const second = await bulkUpdatePrices(shop.ctx, { items: [{ sku: 'A', price: 1 }] });
    const list = await listImportJobs(shop.ctx, {});
    expect(list.items.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect((await listImportJobs(shop.ctx, { kind: 'create' })).items.map(({ id }) => id)).toEqual([
      first.id,
    ]);
    const page = await listImportErrors(shop.ctx, first.id, { size: 2 });
    expect(page.items.map(({ row, field }) => [row, field])).toEqual([
      [1, 'name'],
      [1, 'price'],
    ]);
    expect(await page.total()).toBe(6);
    const next = await listImportErrors(shop.ctx, first.id, { size: 10, cursor: page.nextCursor });
    expect(next.items.map(({ row }) => row)).toEqual([2, 2, 3, 3]);
    const other = await openShop(db);
    await expectError('NOT_FOUND', listImportErrors(other.ctx, first.id, {}));
    expect((await listImportJobs(other.ctx, {})).items).toEqual([]);
  });

  it('is cancelled between two batches; what was taken stays, and nothing comes after it', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('sku,name,price\n');
    for (let row = 0; row < 40_000; row += 1) source.push(`C-${row},Name ${row},1\n`);
    source.push(null);
    const running = bulkCreateProducts(shop.ctx, { file: csvFile(source) });
    let job: ImportJobRow | undefined;
    while (!job || job.processed === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      [job] = (await listImportJobs(shop.ctx, {})).items;
    }
    const cancelled = await cancelImport(shop.ctx, job.id);
    expect(cancelled).toMatchObject({
      status: 'cancelled',
      message: 'Cancelled; rows that were taken before stay.',
    });
    const ended = await endOfImport(shop.ctx, running);
    expect(ended).toMatchObject({
      status: 'cancelled',
      created: cancelled.created,
      processed: cancelled.processed,
    });
    expect(await (await listProducts(shop.ctx.db, {})).total()).toBe(cancelled.created);
    expect(cancelled.created).toBeLessThan(40_000);
    expect(await cancelImport(shop.ctx, job.id)).toEqual(ended);
    await expectError('NOT_FOUND', cancelImport((await openShop(db)).ctx, job.id));
  }, 60_000);
});

describe('an export', () => {
  const all = async (of: Shop): Promise<ExportRow[]> => {
    const rows: ExportRow[] = [];
    let cursor: string | null = null;
    do {
      const page = await exportProducts(of.ctx, { size: 2, cursor });
      rows.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return rows;
  };

  it('goes round: a fresh organization that imports it has the same catalogue', async () => {
    const ctx = shop.ctx;
    await createTaxClass(ctx, { name: 'Reduced', code: 'reduced', rate: amount(7) });
    await bulkCreateProducts(ctx, {
      items: [
        {
          sku: 'TEA',
          name: '=Tea "green", loose',
          price: '3.20',
          cost: '1.1',
          barcodes: ['4006381333931', '123'],
          category: 'Food > Tea',
          brand: 'North',
        },
        {
          sku: 'WINE',
          name: 'Wine',
          description: 'Two\nlines',
          price: 9,
          taxClass: 'reduced',
          minimumAge: 18,
          unit: 'l',
          active: false,
        },
      ],
    });
    const options = [{ name: 'size', values: ['S', 'L'] }];
    const shirt = await createProduct(ctx, {
      name: 'Shirt',
      price: amount(20),
      options,
      variants: [{ sku: 'SH-S', options: { size: 's' } }],
    });
    await addVariant(ctx, shirt.id, {
      sku: 'SH-L',
      name: 'Large',
      price: amount(22),
      options: { Size: 'L' },
      barcode: '777',
      active: false,
    });
    await updateVariant(ctx, shirt.id, shirt.defaultVariantId, { active: false });
    const rows = await all(shop);
    expect(rows[2]).toMatchObject({ sku: 'SH-S', active: true, variantActive: false });
    expect(rows.map(({ sku, parentSku }) => [sku, parentSku])).toEqual([
      ['TEA', null],
      ['WINE', null],
      ['SH-S', null],
      ['SH-L', 'SH-S'],
    ]);
    expect(rows[3]).toMatchObject({
      name: null,
      variantName: 'Large',
      options: '{"size": "L"}',
      barcodes: '777',
      active: false,
    });

    const fresh = await openShop(db);
    await createTaxClass(fresh.ctx, { name: 'Reduced', code: 'reduced', rate: amount(7) });
    // As a file has them: several barcodes in one cell.
    const asSent = rows.map((row) => ({
      ...row,
      price: row.price.toFixed(),
      cost: row.cost?.toFixed() ?? '',
    }));
    const items = asSent as unknown as readonly ImportRowInput[];
    const job = await bulkCreateProducts(fresh.ctx, { items });
    expect(counts(job)).toEqual({ status: 'completed', created: 4, updated: 0, failed: 0 });
    expect(await all(fresh)).toEqual(rows);
    // Where everything is there already, the same file changes nothing.
    const again = await bulkCreateProducts(fresh.ctx, { items });
    expect(counts(again)).toEqual({ status: 'completed', created: 0, updated: 4, failed: 0 });
    expect(await all(fresh)).toEqual(rows);
  });
});
