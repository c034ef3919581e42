import { encode } from 'iconv-lite';
import { Client } from 'pg';
import { listImportErrors, listImportJobs } from '#subgraphs/catalog/import/bulk-operations';
import { listProducts } from '#subgraphs/catalog/products/products.queries';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { endOfImport } from '#test/harness/imports';
import { bulkCreateProducts } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, csvFile, expectError } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  shop = await openShop(db);
  // Without a default tax class every import would be warned of it.
  await createTaxClass(shop.ctx, { name: 'Standard', rate: amount(19), isDefault: true });
});
afterAll(() => db.close());

const load = (content: string | Buffer, charset?: string, options: object = {}) =>
  bulkCreateProducts(shop.ctx, {
    file: { ...csvFile(content), ...(charset === undefined ? {} : { charset }) },
    ...options,
  });
const named = async (sku: string) => (await listProducts(shop.ctx.db, { sku })).items[0];
const remarks = async (id: string) =>
  (await listImportErrors(shop.ctx, id, {})).items.map(({ row, severity, field, code }) => [
    row,
    severity,
    field,
    code,
  ]);

describe('a charset', () => {
  const names: Readonly<Record<string, string>> = {
    'windows-1252': 'Crème “5 €”', 'windows-1251': 'Сыр', 'iso-8859-2': 'Żółty ser', 'iso-8859-15': 'Œuf 5 €', shift_jis: '牛乳', gb18030: '北京烤鸭',
    'euc-kr': '우유', big5: '牛奶', 'koi8-r': 'Сыр', 'utf-8': 'Käse 😀', 'UTF-16LE': 'Käse', '"utf-16be"': 'Käse', 'ISO-8859-1': 'Crème',
  }; // prettier-ignore

  it.each(Object.entries(names))('%s of the content type is heeded', async (charset, name) => {
    const plain = charset.replaceAll('"', '');
    const job = await load(encode(`sku,name,price\nA,${name},1\n`, plain), plain);
    expect([job.created, job.warnings]).toEqual([1, []]);
    expect((await named('A'))?.name).toBe(name);
  });

  it('is told by a byte order mark, whatever the content type says', async () => {
    const file = (charset: string, sku: string) =>
      encode(`sku,name,price\n${sku},Käse,1\n`, charset, { addBOM: true });
    const charsets = { A: 'utf-8', B: 'utf-16le', C: 'utf-16be' };
    for (const [sku, charset] of Object.entries(charsets)) await load(file(charset, sku), 'windows-1251');
    expect([(await named('A'))?.name, (await named('B'))?.name, (await named('C'))?.name]).toEqual([
      'Käse',
      'Käse',
      'Käse',
    ]);
  });

  it('that is unknown is 415, and one that is guessed is told', async () => {
    for (const charset of ['klingon', 'base64', 'hex', 'binary', 'utf-7']) {
      await expectError('UNSUPPORTED_MEDIA_TYPE', load('sku,name,price\nA,Apple,1\n', charset));
    }
    const job = await load(encode('sku,name,price\nA,Crème,1\n', 'windows-1252'));
    expect(job.warnings).toEqual([
      'The file is not UTF-8 and names no charset; it was read as windows-1252. Send the content type with a charset to be sure.',
    ]);
  });

  it('whose bytes mean nothing makes the row fail by field, and no other', async () => {
    const bytes = Buffer.concat([
      Buffer.from('sku,name,price\nA,Apple,1\nB,Caf'),
      Buffer.from([0xe9]),
      Buffer.from(',1\nC,Na\0me,1\n'),
    ]);
    const job = await load(bytes, 'utf-8');
    expect([job.created, job.failed]).toEqual([1, 2]);
    expect(await remarks(job.id)).toEqual([
      [3, 'error', 'name', 'CHARSET'],
      [4, 'error', 'name', 'INVALID'],
    ]);
  });
});

it('a separator is found, or named by the first line, which is no row', async () => {
  for (const [sku, separator] of [
    ['A', ';'],
    ['B', '\t'],
    ['C', '|'],
    ['D', ','],
  ] as const) {
    await load([`sku${separator}name${separator}price`, `${sku}${separator}Tea${separator}1`].join('\r\n'));
    expect((await named(sku))?.name).toBe('Tea');
  }
  const job = await load('sep=;\r\nsku;name;price\r\nE;Tea, green;2,50\r\nF;;1\r\n');
  expect((await named('E'))?.name).toBe('Tea, green');
  expect(await remarks(job.id)).toEqual([[3, 'error', 'name', 'REQUIRED']]);
});

describe('a column of prices', () => {
  const price = async (sku: string) => (await named(sku))?.price.toFixed();

  it('is decided by its own cells', async () => {
    const comma = await load('sku;name;price\nA;a;1.500\nB;b;2,55\n');
    expect([await price('A'), await price('B'), comma.warned]).toEqual(['1500', '2.55', 0]);
    const point = await load('sku,name,price\nC,c,"1,500"\nD,d,2.55\n');
    expect([await price('C'), await price('D'), point.warned]).toEqual(['1500', '2.55', 0]);
    const quoted = await load('sku,name,price,cost\nE,e,"2,55",1.25\nF,f,1.500,2.5\n');
    expect([await price('E'), await price('F'), quoted.warned]).toEqual(['2.55', '1500', 0]);
  });

  it('is warned of where they do not decide, unless the caller does', async () => {
    const job = await load('sku,name,price\nA,a,1.500\nB,b,2\n');
    expect([await price('A'), job.warned]).toEqual(['1.5', 1]);
    expect(await remarks(job.id)).toEqual([[2, 'warning', 'price', 'AMBIGUOUS_NUMBER']]);
    const comma = await load('sku,name,price\nA,a,1.500\nB,b,2\n', undefined, { decimal: 'comma' });
    expect([await price('A'), comma.warned]).toEqual(['1500', 0]);
    const mirror = await load('sku;name;price\nC;c;1.500\nD;d;2\n');
    expect([await price('C'), mirror.warned]).toEqual(['1500', 1]);
  });
});

it('barcodes that a spreadsheet has dressed are known, and those it has spoilt are refused by row', async () => {
  const rows = [
    'sku,name,price,barcode',
    'A,a,1,"=""0036000291452"""',
    "B,b,1,'4006381333931",
    'C,c,1,978-3-16-148410-0',
    'D,d,1,4.00638E+12',
    'E,e,1,9638\u200b5074',
    'F,f,1,３６０００２９１４５２',
  ];
  const job = await load(rows.join('\n'));
  expect((await remarks(job.id)).filter(([, severity]) => severity === 'error')).toEqual([
    [5, 'error', 'barcode', 'ROUNDED'],
    [7, 'error', 'barcode', 'ALREADY_EXISTS'],
  ]);
  const codes = await Promise.all(['A', 'B', 'C', 'E'].map(async (sku) => (await named(sku))?.barcode));
  expect(codes).toEqual(['0036000291452', '4006381333931', '9783161484100', '96385074']);
});

it('a large file is answered when it has been read in, and a small one with its report', async () => {
  const rows = Array.from({ length: 700 }, (_, at) => `L${at},Article number ${at},1.50`);
  const lock = new Client({ connectionString: db.url });
  await lock.connect();
  // Nothing can be written meanwhile.
  await lock.query('begin; lock table products in exclusive mode');
  const answered = await load(['sku,name,price', ...rows].join('\n'));
  await lock.end();
  expect(answered).toMatchObject({ status: 'running', source: 'csv', total: 0, processed: 0, created: 0 });
  const ended = await endOfImport(shop.ctx, answered);
  expect(ended).toMatchObject({ status: 'completed', total: 700, processed: 700, created: 700 });
  expect(await load(['sku,name,price', ...rows.slice(0, 400)].join('\n'))).toMatchObject({
    status: 'completed',
    total: 400,
    unchanged: 400,
  });
});

it('a large file without a valid header is refused at once', async () => {
  const rows = Array.from({ length: 700 }, (_, at) => `L${at},Article number ${at},1.50`);
  await expectError('VALIDATION_FAILED', load(['one,two,three', ...rows].join('\n')));
  await expectError('UNSUPPORTED_MEDIA_TYPE', load(rows.join('\n'), 'klingon'));
  expect((await listImportJobs(shop.ctx, {})).items).toEqual([]);
});
