/** The import of prices into a price list: its report by row, what it writes, and what it leaves alone. */
import { Decimal } from '#kernel/decimal';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { graphql } from 'graphql';
import { remarksOfJobs } from '#kernel/import/import-report';
import { importPriceList } from '#subgraphs/catalog/import/bulk-operations';
import type { BulkInput } from '#kernel/import/start-import';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import {
  createPriceList,
  listPrices,
  priceListById,
  setListedPrices,
} from '#subgraphs/catalog/prices/price-lists';
import { subgraph as catalogSubgraph } from '#subgraphs/catalog/subgraph';
import { initialStock } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, csvFile, expectError } from '#test/harness/values';
import { workbook } from '#test/catalog/xlsx';

let db: TestDatabase;
let shop: Shop;
let list: string;
let tea: string;

beforeAll(async () => (db = await testDatabase()));
beforeEach(async () => {
  shop = await openShop(db);
  const ctx = shop.ctx;
  tea = (await createProduct(ctx, { name: 'Tea', sku: 'TEA', price: amount(4), barcode: '4006381333931' }))
    .defaultVariantId;
  await createProduct(ctx, { name: 'Milk', sku: 'MILK', price: amount(2) });
  list = (await createPriceList(ctx, { name: 'Regulars' })).id;
  await setListedPrices(ctx, list, [{ sku: 'TEA', price: amount('3.50') }]);
});
afterAll(() => db.close());

const load = (input: BulkInput, ctx: RequestContext = shop.ctx) => importPriceList(ctx, list, input);
const prices = async () =>
  (await listPrices(shop.ctx, list, {})).items
    .map(({ sku, minQuantity, price }) => `${sku} ${minQuantity.toFixed()} ${price.toFixed()}`)
    .sort();
const counts = ({ created, updated, failed }: ImportJobRow) => [created, updated, failed];
const dirty = [
  ['variant_id', 'sku', 'barcode', 'price', 'min_quantity'],
  ['', 'tea', '', '3.25', ''],
  ['', '', '4006381333931', '3.00', '6'],
  ['', 'NONE', '', 'cheap', '0'],
  ['', '', '', '', ''],
  ['', 'MILK', '4006381333931', '1', ''],
  ['', 'TEA', '', '2', '1'],
  ['', '', '', '1', '1.0001'],
  ['', '', '4.00638E+12', '1', ''],
  ['', 'MILK', '', '-1.00001', ''],
];
const csv = dirty.map((cells) => cells.join(',')).join('\n');
const expected = [
  [4, 'minQuantity', 'RANGE'], [4, 'price', 'NUMBER'], [4, 'sku', 'PRODUCT_NOT_FOUND'],
  [6, 'barcode', 'CONTRADICTION'],
  [7, 'sku', 'ALREADY_EXISTS'],
  [8, 'minQuantity', 'RANGE'], [8, 'sku', 'REQUIRED'],
  [9, 'barcode', 'ROUNDED'],
  [10, 'price', 'NEGATIVE'], [10, 'price', 'PLACES'],
]; // prettier-ignore
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const sorted = (faults: unknown[][]) =>
  [...faults].sort((a, b) => (a[0] as number) - (b[0] as number) || String(a).localeCompare(String(b)));
const named = async (job: ImportJobRow) =>
  sorted(
    (job.remarks ?? (await remarksOfJobs(shop.ctx.db, [job.id])).get(job.id)!).error.map(
      ({ row, field, code }) => [row, field, code],
    ),
  );

it.each(['csv', 'xlsx'])('names all that is wrong with a row, and takes the others: %s', async (format) => {
  const job = await load({
    file: format === 'csv' ? csvFile(csv) : csvFile(await workbook(dirty), XLSX, 'prices.xlsx'),
  });
  expect(await named(job)).toEqual(expected);
  expect(counts(job)).toEqual([1, 1, 6]);
  expect(await prices()).toEqual(['TEA 1 3.25', 'TEA 6 3']);
});

it('takes items, writes nothing that is there already, and leaves other prices', async () => {
  const items = [
    { variantId: tea, price: '3.10', minQuantity: 2 },
    { sku: 'MILK', price: 1.5 },
  ];
  expect(counts(await load({ items }))).toEqual([2, 0, 0]);
  const { updatedAt } = await priceListById(shop.ctx, list);
  const rows = () =>
    shop.ctx.db.many(
      sql`select id, xmin::text from price_list_entries where price_list_id = ${list}::uuid order by id`,
    );
  const before = await rows();
  expect(counts(await load({ items }))).toEqual([0, 2, 0]);
  expect([await rows(), (await priceListById(shop.ctx, list)).updatedAt]).toEqual([before, updatedAt]);
  expect(await prices()).toEqual(['MILK 1 1.5', 'TEA 1 3.5', 'TEA 2 3.1']);
});

it('answers the same report for a dry run, and writes nothing', async () => {
  const jobs = async () =>
    (await shop.ctx.db.one<{ count: number }>(sql`select count(*) as count from import_jobs`)).count;
  const before = [await prices(), await jobs()];
  const job = await load({ file: csvFile(csv), dryRun: true });
  expect([job.dryRun, counts(job), await named(job)]).toEqual([true, [1, 1, 6], expected]);
  expect([await prices(), await jobs()]).toEqual(before);
});

it('is done once under an idempotency key, which is that list’s alone', async () => {
  const items = [{ sku: 'MILK', price: '1' }];
  const first = await load({ items }, shop.request({ idempotencyKey: 'prices-1' }));
  expect((await load({ items }, shop.request({ idempotencyKey: 'prices-1' }))).id).toBe(first.id);
  const other = await createPriceList(shop.ctx, { name: 'Other' });
  await expectError(
    'IDEMPOTENCY_KEY_REUSED',
    importPriceList(shop.request({ idempotencyKey: 'prices-1' }), other.id, { items }),
  );
});

it('finds neither the lists nor the items of others', async () => {
  const stranger = await openShop(db);
  await expectError('NOT_FOUND', load({ items: [{ sku: 'TEA', price: '1' }] }, stranger.ctx));
  const own = await createPriceList(stranger.ctx, { name: 'Own' });
  const job = await importPriceList(stranger.ctx, own.id, {
    items: [
      { sku: 'TEA', price: '1' },
      { variantId: tea, price: '1' },
    ],
  });
  expect(counts(job)).toEqual([0, 0, 2]);
  expect((await priceListById(shop.ctx, list)).name).toBe('Regulars');
  expect(await prices()).toEqual(['TEA 1 3.5']);
});

it('needs the permission to change the catalogue', async () => {
  const source = `mutation { importPriceList(id: "${list}", input: { items: [{ sku: "TEA", price: "1" }] }) { updated } }`;
  const run = (ctx: RequestContext) =>
    graphql({ schema: buildSubgraph(catalogSubgraph({ initialStock })), source, contextValue: ctx });
  expect((await run(shop.as(['catalog:read']))).errors?.[0]?.originalError).toMatchObject({
    code: 'FORBIDDEN',
  });
  expect((await run(shop.as(['catalog:write']))).data).toEqual({ importPriceList: { updated: 1 } });
  expect((await listPrices(shop.ctx, list, {})).items.map(({ price }) => price)).toEqual([new Decimal(1)]);
});
