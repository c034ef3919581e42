import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { sql } from '#kernel/db/database';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import { listImportErrors } from '#subgraphs/catalog/import/bulk-operations';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import { rowCounts, testDatabase, type TestDatabase } from '#test/harness/database';
import { bulkCreateProducts } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, csvFile } from '#test/harness/values';
import { workbook } from '#test/catalog/xlsx';

let db: TestDatabase;
let shop: Shop;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  shop = await openShop(db);
});
afterAll(() => db.close());

const fixture = (name: string) => readFileSync(path.join(__dirname, 'exports', name), 'utf8');
const load = (name: string, dryRun = false) =>
  bulkCreateProducts(shop.ctx, { file: csvFile(fixture(name), 'text/csv', name), dryRun });
const counts = ({ recognizedAs, status, total, created, updated, failed, warned }: ImportJobRow) => [
  recognizedAs, status, total, created, updated, failed, warned,
]; // prettier-ignore
const remarks = async (job: ImportJobRow) =>
  (await listImportErrors(shop.ctx, job.id, { size: 100 })).items.map(({ row, severity, field, code }) => [
    row,
    severity,
    field,
    code,
  ]);

interface Sold {
  sku: string;
  product: string;
  variant: string | null;
  price: string;
  cost: string | null;
  options: unknown;
  barcode: string | null;
  stock: string | null;
}

/** Every variant with what matters at a till, by SKU. */
const sold = async () =>
  (
    await shop.ctx.db.many<Sold>(sql`
      select v.sku, p.name as product, v.name as variant, v.price::text, v.cost::text, v.options,
        (select b.text from barcodes b where b.variant_id = v.id order by b.position limit 1) as barcode,
        (select trim_scale(l.on_hand)::text from stock_levels l where l.variant_id = v.id and l.on_hand <> 0) as stock
      from variants v join products p on p.id = v.product_id order by v.sku collate "C"`)
  ).map(({ sku, product, variant, price, options, barcode, stock }) => [
    sku,
    product,
    variant,
    Number(price).toFixed(2),
    options,
    barcode,
    stock,
  ]);
const products = () =>
  shop.ctx.db.many<Record<string, unknown>>(sql`
    select p.name, p.active, p.track_stock, p.description, p.image_url, p.unit, c.path as category, b.name as brand, t.code as tax_class
    from products p left join categories c on c.id = p.category_id left join brands b on b.id = p.brand_id
    left join tax_classes t on t.id = p.tax_class_id order by p.name collate "C"`);

describe('an export of Shopify', () => {
  it('comes in with its variants under their products', async () => {
    const job = await load('shopify.csv');
    expect(await remarks(job)).toEqual([
      [2, 'warning', 'imageUrl', 'NOT_TAKEN'],
      [3, 'warning', 'initialStock', 'NOT_TAKEN'],
      [4, 'warning', 'sku', 'NOT_TAKEN'],
      [6, 'warning', 'taxClass', 'NOT_TAKEN'],
    ]);
    expect(counts(job)).toEqual(['shopify', 'completed', 5, 5, 0, 0, 4]);
    expect(await sold()).toEqual([
      ['LS-M-W', 'Linen shirt', null, '49.90', { Size: 'M', Color: 'White' }, '4006381333948', null],
      ['LS-S-W', 'Linen shirt', null, '49.90', { Size: 'S', Color: 'White' }, '4006381333931', '7'],
      ['MUG-OLD', 'Mug "Old"', null, '8.00', {}, null, null],
      ['WRAP', 'Gift wrap', null, '2.50', {}, null, null],
      ['linen-shirt-3', 'Linen shirt', null, '52.00', { Size: 'M', Color: 'Sand' }, null, '3'],
    ]);
    expect(await products()).toEqual([
      { name: 'Gift wrap', active: true, trackStock: false, description: null, imageUrl: null, unit: 'piece', category: null, brand: 'Casa Verde', taxClass: null },
      { name: 'Linen shirt', active: true, trackStock: true, description: 'Woven in Portugal.\nWash at 30°C & iron.', imageUrl: 'https://cdn.example.com/linen-1.jpg', unit: 'piece', category: 'Apparel & Accessories > Clothing > Shirts & Tops', brand: 'Casa Verde', taxClass: null },
      { name: 'Mug "Old"', active: false, trackStock: true, description: null, imageUrl: null, unit: 'piece', category: 'Mugs', brand: 'Casa Verde', taxClass: null },
    ]); // prettier-ignore
    expect(job.warnings[0]).toBe('Recognized as a product export of Shopify.');
    expect(job.warnings).toContain(
      'The column "Variant Compare At Price" is not taken: a struck-out price is a price list in PosPro.',
    );
    expect(job.warnings).toContain('The column "Tags" is not taken.');
    const taken = [
      'Handle',
      'Title',
      'Variant SKU',
      'Variant Price',
      'Option1 Value',
      'Variant Barcode',
      'Status',
    ];
    for (const column of taken) expect(job.warnings.join('\n')).not.toContain(`"${column}"`);
  });

  it('finds its own products again', async () => {
    await load('shopify.csv');
    const before = await sold();
    expect(counts(await load('shopify.csv'))).toEqual(['shopify', 'completed', 5, 0, 5, 0, 4]);
    expect(await sold()).toEqual(before);
  });

  it('is known in the columns of 2025, too', async () => {
    expect(counts(await load('shopify-2025.csv'))).toEqual(['shopify', 'completed', 2, 2, 0, 0, 0]);
    expect(await sold()).toEqual([
      ['SOAP-OAT', 'Oat soap', null, '6.50', { Scent: 'Oat' }, '4006381333931', '12'],
      ['SOAP-ROSE', 'Oat soap', null, '6.90', { Scent: 'Rose' }, null, '4'],
    ]);
  });
});

it('an export of WooCommerce comes in with its variations, wherever they stand', async () => {
  await createTaxClass(shop.ctx, { name: 'Reduced', code: 'reduced-rate', rate: amount(7) });
  const job = await load('woocommerce.csv');
  expect(await remarks(job)).toEqual([
    [4, 'warning', 'sku', 'NOT_TAKEN'],
    [4, 'warning', 'taxClass', 'NOT_TAKEN'],
    [5, 'error', 'row', 'NOT_TAKEN'],
    [6, 'warning', 'category', 'NOT_TAKEN'],
    [6, 'warning', 'imageUrl', 'NOT_TAKEN'],
    [7, 'warning', 'sku', 'NOT_TAKEN'],
    [7, 'warning', 'initialStock', 'NOT_TAKEN'],
    [8, 'error', 'row', 'NOT_TAKEN'],
  ]);
  expect(counts(job)).toEqual(['woocommerce', 'completed', 6, 4, 0, 2, 3]);
  expect(await sold()).toEqual([
    ['woo-46', 'Album', null, '15.00', {}, null, null],
    ['woo-52', 'V-Neck', null, '21.50', { Color: 'Blue' }, null, null],
    ['woo-cap', 'Cap, plain', null, '18.00', {}, '4006381333931', '16'],
    ['woo-vneck-red', 'V-Neck', null, '20.00', { Color: 'Red' }, '4006381333948', '5'],
  ]);
  expect(await products()).toEqual([
    { name: 'Album', active: false, trackStock: false, description: null, imageUrl: null, unit: 'piece', category: 'Music, old & new', brand: null, taxClass: null },
    { name: 'Cap, plain', active: true, trackStock: true, description: 'A cap', imageUrl: 'https://shop.example.com/cap.jpg', unit: 'piece', category: 'Accessories', brand: null, taxClass: 'reduced-rate' },
    { name: 'V-Neck', active: true, trackStock: true, description: 'First line.\nSecond line.', imageUrl: 'https://shop.example.com/vneck-1.jpg', unit: 'piece', category: 'Clothing > Tshirts', brand: 'Northwind', taxClass: null },
  ]); // prettier-ignore
  expect(job.warnings).toContain(
    'The column "Sale price" is not taken: a temporary lower price is a price list in PosPro.',
  );
});

describe('an export of Square', () => {
  const expected = [
    ['COF-L', 'House coffee', 'Large', '4.20', { Size: 'Large' }, null, null],
    ['COF-S', 'House coffee', 'Small', '3.50', { Size: 'Small' }, '4006381333931', null],
    ['Cookie', 'Cookie', null, '2.10', {}, null, '12'],
    ['TEA', 'Tea', null, '2.80', {}, null, null],
  ];

  it('comes in with its variations; stock of a location without a warehouse is named', async () => {
    const job = await load('square.csv');
    expect(await remarks(job)).toEqual([
      [2, 'warning', 'warehouse', 'NOT_FOUND'],
      [2, 'warning', 'warehouse', 'NOT_FOUND'],
      [4, 'warning', 'sku', 'NOT_TAKEN'],
      [5, 'error', 'price', 'NUMBER'],
    ]);
    expect(counts(job)).toEqual(['square', 'completed', 5, 4, 0, 1, 2]);
    expect(await sold()).toEqual(expected);
    expect((await products()).map(({ name, active, category }) => [name, active, category])).toEqual([
      ['Cookie', true, 'Bakery'], ['House coffee', true, 'Drinks > Hot'], ['Tea', false, 'Drinks'],
    ]); // prettier-ignore
    expect(job.warnings).toContain('The column "Tax - VAT (20%)" is not taken.');
  });

  it('is taken as a workbook, too', async () => {
    const rows = parse(fixture('square.csv'));
    const file = csvFile(
      await workbook(rows),
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'square.xlsx',
    );
    expect(counts(await bulkCreateProducts(shop.ctx, { file }))).toEqual([
      'square',
      'completed',
      5,
      4,
      0,
      1,
      2,
    ]);
    expect(await sold()).toEqual(expected);
  });
});

describe('an export of Odoo', () => {
  it('of templates makes the variants of their attributes, and says so', async () => {
    const job = await load('odoo-template.csv');
    expect(counts(job)).toEqual(['odoo', 'completed', 6, 6, 0, 0, 3]);
    expect((await sold()).map(([sku, product, , price, options, barcode, stock]) => [sku, product, price, options, barcode, stock])).toEqual([
      ['E-COM08', 'Storage Box', '15.80', {}, '4006381333931', '18'],
      ['product.product_product_1', 'Virtual Interior Design', '30.75', {}, null, null],
      ['product.product_product_11-Aluminium-Black', 'Conference Chair', '33.00', { Legs: 'Aluminium', Color: 'Black' }, null, null],
      ['product.product_product_11-Aluminium-White', 'Conference Chair', '33.00', { Legs: 'Aluminium', Color: 'White' }, null, null],
      ['product.product_product_11-Steel-Black', 'Conference Chair', '33.00', { Legs: 'Steel', Color: 'Black' }, null, null],
      ['product.product_product_11-Steel-White', 'Conference Chair', '33.00', { Legs: 'Steel', Color: 'White' }, null, null],
    ]); // prettier-ignore
    expect(
      (await products()).map(({ name, category, trackStock, unit }) => [name, category, trackStock, unit]),
    ).toEqual([
      ['Conference Chair', 'Saleable > Office Furniture', true, 'piece'],
      ['Storage Box', 'Saleable > Office Furniture', true, 'piece'],
      ['Virtual Interior Design', 'Saleable > Services', false, 'Hours'],
    ]);
    expect(job.warnings).toContain('The column "Can be Sold" is not taken.');
  });

  it('of variants groups them under their template', async () => {
    expect(counts(await load('odoo-variant.csv'))).toEqual(['odoo', 'completed', 3, 3, 0, 0, 0]);
    expect(await sold()).toEqual([
      ['E-COM09', 'Large Desk', null, '1799.00', {}, null, null],
      [
        'FURN_0096',
        'Customizable Desk',
        null,
        '750.00',
        { Legs: 'Steel', Color: 'White' },
        '4006381333931',
        '45',
      ],
      [
        'FURN_0097',
        'Customizable Desk',
        null,
        '800.40',
        { Legs: 'Steel', Color: 'Black' },
        '4006381333948',
        '50',
      ],
    ]);
  });
});

it.each(['shopify.csv', 'woocommerce.csv', 'square.csv', 'odoo-template.csv', 'odoo-variant.csv'])('a dry run of %s answers the same report, and writes nothing', async (name) => {
  const before = await rowCounts(db);
  const dry = await load(name, true);
  expect(dry.dryRun).toBe(true);
  expect(await rowCounts(db)).toEqual(before);
  const real = await load(name);
  expect(counts(dry)).toEqual(counts(real));
  expect(dry.warnings).toEqual(real.warnings);
  const stored = (await listImportErrors(shop.ctx, real.id, { size: 1000 })).items;
  const told = [...dry.remarks!.error, ...dry.remarks!.warning].sort((a, b) => a.row - b.row);
  const plain = ({ row, severity, field, message, code }: (typeof told)[number]) => `${row} ${severity} ${field} ${code} ${message}`;
  expect(told.map(plain).sort()).toEqual(stored.map(plain).sort());
}); // prettier-ignore
