/** What a bulk operation says of its rows: all that is wrong with each, and what is odd about those that were taken. */
import { createCategory } from '#subgraphs/catalog/categories/categories';
import { listProducts } from '#subgraphs/catalog/products/products.queries';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import { remarksOfJobs } from '#kernel/import/import-report';
import {
  bulkUpdatePrices,
  bulkUpdateProducts,
  listImportErrors,
} from '#subgraphs/catalog/import/bulk-operations';
import type { BulkInput } from '#kernel/import/start-import';
import type { ImportRowInput } from '#subgraphs/catalog/inputs.generated';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { bulkCreateProducts } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, csvFile } from '#test/harness/values';
import { workbook } from '#test/catalog/xlsx';

let db: TestDatabase;
let shop: Shop;

beforeAll(async () => (db = await testDatabase()));
beforeEach(async () => {
  shop = await openShop(db);
  // Without a default tax class every import would be warned of it.
  await createTaxClass(shop.ctx, { name: 'Standard', rate: amount(19), isDefault: true });
});
afterAll(() => db.close());

const faults = async (job: ImportJobRow) =>
  (await remarksOfJobs(shop.ctx.db, [job.id]))
    .get(job.id)!
    .error.map(({ row, field, code }) => [row, field, code]);
const bySku = async (sku: string) => (await listProducts(shop.ctx.db, { sku })).items[0];

describe('a row with several faults', () => {
  const many = 'x'.repeat(300);
  beforeEach(async () => {
    await createCategory(shop.ctx, { name: 'Food' });
    const items = [
      { sku: 'OLD', name: 'Old', price: 1, barcode: 'OLD-1' },
      { sku: 'OTHER', name: 'Other', price: 1, barcode: 'OTHER-1' },
    ];
    await bulkCreateProducts(shop.ctx, { items });
  });

  type Rows = Record<string, string>[];
  type Named = [number, string, string][];
  const cases: [string, typeof bulkCreateProducts, Rows, Named][] = [
    [
      'new products',
      bulkCreateProducts,
      [
        { sku: 'A', name: ' ', price: 'cheap' },
        { sku: 'B', price: '-1.00001', tax_class: 'nowhere', category_id: 'x' },
        { sku: 'C', name: many, unit: 'kg', quantity_places: '9', initial_stock: '5', warehouse: 'Nowhere' },
        { sku: 'D', name: 'D', price: '1', initial_stock: '-1', warehouse: 'Nowhere', barcode: 'OTHER-1', active: 'maybe' },
        { sku: 'E', parent_sku: 'NOBODY', options: '{"a": 1}' },
        { sku: 'F', name: 'F', price: '1' },
        { sku: 'f', name: many, price: 'x', barcode: 'OTHER-1' },
      ],
      [
        [1, 'name', 'REQUIRED'], [1, 'price', 'NUMBER'],
        [2, 'categoryId', 'NOT_FOUND'], [2, 'name', 'REQUIRED'], [2, 'price', 'NEGATIVE'], [2, 'price', 'PLACES'], [2, 'taxClass', 'NOT_FOUND'],
        [3, 'name', 'LENGTH'], [3, 'price', 'REQUIRED'], [3, 'quantityPlaces', 'RANGE'], [3, 'warehouse', 'NOT_FOUND'],
        [4, 'active', 'FLAG'], [4, 'barcode', 'ALREADY_EXISTS'], [4, 'initialStock', 'NEGATIVE'], [4, 'warehouse', 'NOT_FOUND'],
        [5, 'options', 'INVALID'], [5, 'parentSku', 'PRODUCT_NOT_FOUND'], [5, 'price', 'REQUIRED'],
        [7, 'barcode', 'ALREADY_EXISTS'], [7, 'name', 'LENGTH'], [7, 'price', 'NUMBER'], [7, 'sku', 'ALREADY_EXISTS'],
      ],
    ],
    [
      'changes',
      bulkUpdateProducts,
      [
        { sku: 'NOBODY', price: 'cheap', brand_id: '1' },
        { sku: 'OLD', price: '-1', barcode: 'OTHER-1', tax_class: 'nowhere' },
        { id: 'x', sku: '', price: 'x' },
        { sku: '', name: many, cost: 'x' },
        { sku: 'OTHER', price: '2' },
        { sku: 'OTHER', price: 'x' },
      ],
      [
        [1, 'brandId', 'NOT_FOUND'], [1, 'price', 'NUMBER'], [1, 'sku', 'PRODUCT_NOT_FOUND'],
        [2, 'barcode', 'ALREADY_EXISTS'], [2, 'price', 'NEGATIVE'], [2, 'taxClass', 'NOT_FOUND'],
        [3, 'id', 'NOT_FOUND'], [3, 'price', 'NUMBER'],
        [4, 'cost', 'NUMBER'], [4, 'name', 'LENGTH'], [4, 'sku', 'REQUIRED'],
        [6, 'price', 'NUMBER'], [6, 'sku', 'ALREADY_EXISTS'],
      ],
    ],
    [
      'prices',
      bulkUpdatePrices,
      [
        { sku: 'NOBODY', price: '', cost: '' },
        { sku: 'NOBODY', price: 'x', cost: '-1' },
        { sku: '', price: 'x', cost: '' },
        { sku: 'OLD', price: '', cost: 'x' },
      ],
      [
        [1, 'price', 'REQUIRED'], [1, 'sku', 'PRODUCT_NOT_FOUND'],
        [2, 'cost', 'NEGATIVE'], [2, 'price', 'NUMBER'], [2, 'sku', 'PRODUCT_NOT_FOUND'],
        [3, 'price', 'NUMBER'], [3, 'sku', 'REQUIRED'],
        [4, 'cost', 'NUMBER'],
      ],
    ],
  ]; // prettier-ignore

  const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const sources: [string, (rows: Rows) => Promise<{ input: BulkInput; header: number }>][] = [
    ['JSON', (rows) => Promise.resolve({ input: { items: rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value]))) }, header: 0 })],
    ['CSV', (rows) => Promise.resolve({ input: { file: csvFile(tableOf(rows).map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n')) }, header: 1 })],
    ['XLSX', async (rows) => ({ input: { file: csvFile(await workbook(tableOf(rows)), 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'x.xlsx') }, header: 1 })],
  ]; // prettier-ignore
  const tableOf = (rows: Rows) => {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  };

  describe.each(cases)('among %s', (_, work, rows, expected) => {
    it.each(sources)('has all of them named: %s', async (__, inputOf) => {
      const { input, header } = await inputOf(rows);
      const job = await work(shop.ctx, input);
      const named = (await faults(job)) as Named;
      const order = (list: Named) =>
        [...list].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
      expect(order(named)).toEqual(order(expected.map(([row, field, code]) => [row + header, field, code])));
      expect(job.failed).toBe(new Set(expected.map(([row]) => row)).size);
    });
  });

  it('has nothing named that only follows from what could not be read', async () => {
    const items = [
      { sku: 'V', parentSku: {}, variantName: 'Large', price: 1 },
      { sku: 'OLD', productOptions: 'red', options: { color: 'red' }, price: 'x' },
      { barcode: {}, name: 'Unknown', price: 'x' },
    ] as unknown as readonly ImportRowInput[];
    const created = await bulkCreateProducts(shop.ctx, { items });
    expect(await faults(created)).toEqual([
      [1, 'parentSku', 'TYPE'],
      [2, 'price', 'NUMBER'],
      [2, 'productOptions', 'TYPE'],
      [3, 'price', 'NUMBER'],
      [3, 'barcode', 'TYPE'],
    ]);
    const size = [{ name: 'size', values: ['L'] }];
    await bulkUpdateProducts(shop.ctx, {
      items: [{ sku: 'OTHER', productOptions: size, options: { size: 'L' } }],
    });
    const changed = await bulkUpdateProducts(shop.ctx, {
      items: [{ sku: 'OTHER', productOptions: '[', options: { color: 'red' } }],
    });
    expect(await faults(changed)).toEqual([[1, 'productOptions', 'TYPE']]);
  });

  it('is not asked for more where its cells are not under their columns', async () => {
    const job = await bulkCreateProducts(shop.ctx, {
      file: csvFile('sku,name,price\nA,Apple, red,cheap\n'),
    });
    expect(await faults(job)).toEqual([[2, 'row', 'COLUMNS']]);
  });
});

describe('barcodes whose check digit is another', () => {
  it('are taken, counted and listed apart from the faults', async () => {
    const rows = [
      'sku,name,price,barcode',
      'A,Apple,1,4006381333930',
      'B,Bread,1,4006381333931',
      'C,Cake,x,4006381333932',
      'D,Dill,1,12345678',
    ];
    const job = await bulkCreateProducts(shop.ctx, { file: csvFile(rows.join('\n')) });
    expect(job).toMatchObject({ created: 3, failed: 1, warned: 2, warnings: [] });
    expect((await bySku('A'))!.barcode).toBe('4006381333930');
    const remarks = (await remarksOfJobs(shop.ctx.db, [job.id])).get(job.id)!;
    const short = (list: typeof remarks.error) =>
      list.map(({ row, severity, field, code }) => [row, severity, field, code]);
    expect(short(remarks.error)).toEqual([[4, 'error', 'price', 'NUMBER']]);
    expect(short(remarks.warning)).toEqual([
      [2, 'warning', 'barcode', 'CHECK_DIGIT'],
      [5, 'warning', 'barcode', 'CHECK_DIGIT'],
    ]);
    expect(remarks.warning[0]!.message).toContain('would have to end in 1.');
    const listed = async (filter: Parameters<typeof listImportErrors>[2]) =>
      (await listImportErrors(shop.ctx, job.id, filter)).items.map(({ row, severity }) => [row, severity]);
    expect(await listed({})).toEqual([
      [2, 'warning'],
      [4, 'error'],
      [5, 'warning'],
    ]);
    expect(await listed({ severity: 'error' })).toEqual([[4, 'error']]);
    expect(await listed({ severity: 'warning', size: 1 })).toEqual([[2, 'warning']]);
  });

  it('are told of on updates, and not where prices change and they only name the item', async () => {
    const items = [{ sku: 'A', name: 'Apple', price: 1 }];
    await bulkCreateProducts(shop.ctx, { items });
    const updated = await bulkUpdateProducts(shop.ctx, {
      items: [{ sku: 'A', barcodes: ['12345678', '4006381333930'] }],
    });
    expect(updated).toMatchObject({ updated: 1, failed: 0, warned: 1 });
    const priced = await bulkUpdatePrices(shop.ctx, { items: [{ barcode: '12345678', price: 2 }] });
    expect(priced).toMatchObject({ updated: 1, failed: 0, warned: 0 });
  });
});
