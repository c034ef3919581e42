/** The import of a price list over HTTP: files of each kind, their parameters, and what becomes of what is refused. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { encode } from 'iconv-lite';
import { Decimal } from '#kernel/decimal';
import { sql } from '#kernel/db/database';
import { XLSX_TYPE } from '#kernel/xlsx-format.rules';
import { importPriceList } from '#subgraphs/catalog/import/bulk-operations';
import { createPriceList, setListedPrices } from '#subgraphs/catalog/prices/price-lists';
import { signedInOwner, type TestOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { savedByExcel } from '#test/catalog/excel';
import { rowCounts } from '#test/harness/database';
import { createProduct } from '#test/harness/products';
import { csvFile, expectError } from '#test/harness/values';
import { workbook } from '#test/catalog/xlsx';

let platform: TestPlatform;
let owner: TestOwner;
let token: string;
let list: string;

const UNKNOWN = '0190a000-0000-7000-8000-0000000000ff';

beforeAll(async () => {
  platform = await startTestPlatform();
  ({ owner, token } = await signedInOwner(platform.services));
  const product = { name: 'Tea', sku: '00042', price: new Decimal(4), barcode: '036000291452' };
  await createProduct(owner.ctx, product);
  await createProduct(owner.ctx, { name: 'Чай', sku: 'ЧАЙ-1', price: new Decimal(2) });
}, 60_000);
beforeEach(async () => {
  list = (await createPriceList(owner.ctx, { name: randomUUID() })).id;
  await setListedPrices(owner.ctx, list, [{ sku: '00042', price: new Decimal('3.125') }]);
});
afterAll(() => platform.stop());

interface Report {
  readonly id: string;
  readonly status: string;
  readonly file_name: string | null;
  readonly dry_run: boolean;
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  readonly total: number;
  readonly message: string | null;
  readonly warnings: readonly string[];
  readonly errors: readonly { row: number; field: string; code: string }[];
}

const send = async (body: unknown, headers: Record<string, string> = {}, query = '') => {
  const answer = await platform.rest('POST', `/api/v1/price-lists/${list}/import${query}`, {
    token,
    body,
    headers,
  });
  return { ...answer, body: answer.body as Report };
};
const sendCsv = (text: string | Buffer, query = '') => send(text, { 'content-type': 'text/csv' }, query);
const outcome = ({ status, body }: Awaited<ReturnType<typeof send>>) => [
  status,
  body.created,
  body.updated,
  body.failed,
];
const form = (file: Blob, name: string, fields: Record<string, string> = {}) => {
  const data = new FormData();
  for (const [field, value] of Object.entries(fields)) data.append(field, value);
  data.append('file', file, name);
  return data;
};

const rows = () =>
  owner.ctx.db.many<{ id: string; xmin: string; sku: string; minQuantity: Decimal; price: Decimal }>(sql`
    select e.id, e.xmin::text, v.sku, e.min_quantity, e.price from price_list_entries e join variants v on v.id = e.variant_id
    where e.price_list_id = ${list}::uuid order by v.sku, e.min_quantity`);
const prices = async () =>
  (await rows()).map(({ sku, minQuantity, price }) => `${sku} ${minQuantity.toFixed()} ${price.toFixed()}`);

/** What was done before is given its place in the audit trail a moment later; then no table changes by itself. */
async function sealed(): Promise<void> {
  const { system } = platform.services.database;
  while ((await system.one<{ count: number }>(sql`select count(*) as count from audit_pending`)).count > 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

const TABLE = [
  ['sku', 'barcode', 'price', 'min_quantity'],
  ['00042', '036000291452', '2.75', ''],
  ['чай-1', '', '1.5', '6'],
  ['', '', '1', ''],
];
const CSV = TABLE.map((cells) => cells.join(',')).join('\r\n');
const IMPORTED = ['00042 1 2.75', 'ЧАЙ-1 6 1.5'];
const FAULTS = [{ row: 4, field: 'sku', code: 'REQUIRED' }];

describe('a file', () => {
  it.each<[string, () => Promise<[unknown, Record<string, string>]>, string | null]>([
    ['CSV as the body', () => Promise.resolve([CSV, { 'content-type': 'text/csv' }]), null],
    [
      'CSV in a form',
      () => Promise.resolve([form(new Blob([CSV], { type: 'text/csv' }), 'prices.csv'), {}]),
      'prices.csv',
    ],
    ['XLSX as the body', async () => [await workbook(TABLE), { 'content-type': XLSX_TYPE }], null],
    [
      'XLSX in a form',
      async () => [
        form(new Blob([new Uint8Array(await workbook(TABLE))], { type: XLSX_TYPE }), 'prices.xlsx'),
        {},
      ],
      'prices.xlsx',
    ],
  ])('is taken as %s', async (_, make, fileName) => {
    const answer = await send(...(await make()));
    expect(outcome(answer)).toEqual([202, 1, 1, 1]);
    expect(answer.body).toMatchObject({
      status: 'completed',
      file_name: fileName,
      errors: FAULTS,
      warnings: [],
    });
    expect(await prices()).toEqual(IMPORTED);
  });

  it('is read in the charset that its part names', async () => {
    const bytes = new Uint8Array(encode('sku,price\nЧАЙ-1,1.25\n', 'koi8-r'));
    const named = form(new Blob([bytes], { type: 'text/csv; charset=koi8-r' }), 'prices.csv');
    const answer = await send(named);
    expect([...outcome(answer), answer.body.warnings]).toEqual([202, 1, 0, 0, []]);
    expect(await prices()).toEqual(['00042 1 3.125', 'ЧАЙ-1 1 1.25']);
    const unnamed = await send(form(new Blob([bytes], { type: 'text/csv' }), 'prices.csv'));
    expect([outcome(unnamed), unnamed.body.errors]).toMatchObject([
      [202, 0, 0, 1],
      [{ row: 2, field: 'sku', code: 'PRODUCT_NOT_FOUND' }],
    ]);
    const unknown = await send(form(new Blob([bytes], { type: 'text/csv; charset=klingon' }), 'prices.csv'));
    expect([unknown.status, (unknown.body as unknown as { code: string }).code]).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
  });

  it('has its decimal mark named in the query, or in the form', async () => {
    const text = 'sku;price\n00042;1.500\n';
    expect((await sendCsv(text, '?decimal=point')).status).toBe(202);
    expect(await prices()).toEqual(['00042 1 1.5']);
    expect(
      (await send(form(new Blob([text], { type: 'text/csv' }), 'a.csv', { decimal: 'comma' }))).status,
    ).toBe(202);
    expect(await prices()).toEqual(['00042 1 1500']);
  });
});

describe('an export', () => {
  const exported = async (query: string): Promise<Buffer> => {
    const url = `${platform.url}/api/v1/price-lists/${list}/prices?${query}`;
    return Buffer.from(
      await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).arrayBuffer(),
    );
  };
  const CHOICES: [string, string, (file: Buffer) => Buffer, string][] = [
    ['CSV', 'format=csv', (file) => file, 'text/csv'],
    ['XLSX', 'format=xlsx', (file) => file, XLSX_TYPE],
    [
      'CSV by way of Excel',
      'format=csv&decimal=comma&bom=true',
      (file) => savedByExcel(file, 'CSV UTF-8'),
      'text/csv',
    ],
  ];

  it.each(CHOICES)(
    'as %s writes no row of its own list, and fills another one',
    async (_, query, changed, type) => {
      await setListedPrices(owner.ctx, list, [
        { sku: '00042', price: new Decimal('3.125') },
        { sku: '00042', price: new Decimal('1234.5'), minQuantity: new Decimal('2.5') },
        { sku: 'ЧАЙ-1', price: new Decimal('0.0001'), minQuantity: new Decimal(1000) },
      ]);
      const before = await rows();
      const file = changed(await exported(query));
      const same = await send(file, { 'content-type': type });
      expect([outcome(same), same.body.errors, await rows()]).toEqual([[202, 0, 3, 0], [], before]);
      const listed = await prices();
      list = (await createPriceList(owner.ctx, { name: randomUUID() })).id;
      const copied = await send(file, { 'content-type': type });
      expect([outcome(copied), await prices()]).toEqual([[202, 3, 0, 0], listed]);
    },
  );
});

describe('a dry run', () => {
  it.each<[string, () => Promise<[unknown, Record<string, string>, string]>]>([
    ['the query, for CSV', () => Promise.resolve([CSV, { 'content-type': 'text/csv' }, '?dry_run=true'])],
    [
      'the query, for XLSX',
      async () => [await workbook(TABLE), { 'content-type': XLSX_TYPE }, '?dry_run=true'],
    ],
    [
      'a field of the form',
      () =>
        Promise.resolve([form(new Blob([CSV], { type: 'text/csv' }), 'a.csv', { dry_run: 'true' }), {}, '']),
    ],
  ])('is asked for by %s, answers the report, and changes no row of any table', async (_, make) => {
    await sealed();
    const before = [await rowCounts(platform), await rows()];
    const answer = await send(...(await make()));
    expect([...outcome(answer), answer.body.dry_run, answer.body.errors]).toMatchObject([
      202,
      1,
      1,
      1,
      true,
      FAULTS,
    ]);
    expect([await rowCounts(platform), await rows()]).toEqual(before);
    expect((await platform.rest('GET', `/api/v1/product-imports/${answer.body.id}`, { token })).status).toBe(
      404,
    );
  });

  it('is none where the query says so, and is refused where it says neither', async () => {
    expect((await sendCsv(CSV, '?dry_run=false')).body.dry_run).toBe(false);
    expect(await prices()).toEqual(IMPORTED);
    const { status, text } = await sendCsv(CSV, '?dry_run=maybe');
    expect([status, JSON.parse(text)]).toMatchObject([
      400,
      { errors: [{ field: 'dry_run', code: 'MALFORMED' }] },
    ]);
  });
});

describe('the bound of 20,000', () => {
  it('ends a dry run', async () => {
    const { status, body } = await sendCsv(`sku,price\n${'NONE,1\n'.repeat(20_001)}`, '?dry_run=true');
    expect([status, body]).toMatchObject([
      202,
      { status: 'failed', dry_run: true, message: 'A file may have at most 20000 rows.' },
    ]);
    expect(await prices()).toEqual(['00042 1 3.125']);
  });

  it('refuses each price beyond it, and takes new prices for those that are there', async () => {
    const steps = Array.from({ length: 19_999 }, (_, at) => ({
      sku: '00042',
      price: new Decimal(1),
      minQuantity: new Decimal(at + 1),
    }));
    await setListedPrices(owner.ctx, list, steps);
    const answer = await sendCsv(
      'sku,min_quantity,price\n00042,20000,1\n00042,20001,1\nЧАЙ-1,1,1\n00042,7,2\n',
    );
    expect([outcome(answer), answer.body.errors]).toMatchObject([
      [202, 1, 1, 2],
      [
        { row: 3, field: 'row', code: 'LENGTH', message: 'A list has at most 20000 prices.' },
        { row: 4, field: 'row', code: 'LENGTH' },
      ],
    ]);
    const listed = await prices();
    expect([listed.length, listed[6], listed.at(-1)]).toEqual([20_000, '00042 7 2', '00042 20000 1']);
  });
});

it('stands in the audit trail with who did it, and without the file', async () => {
  await sendCsv(CSV);
  const query = '/api/v1/admin/audit-logs?operation=importPriceList&size=1';
  const { body } = await platform.rest('GET', query, { token });
  const [entry] = (body as { items: object[] }).items;
  expect(entry).toMatchObject({
    operation: 'importPriceList',
    actor: { kind: 'user', user_id: owner.user.id },
  });
  expect(JSON.stringify(entry)).not.toContain('036000291452');
});

describe('an unknown list', () => {
  /** More than what lies ready in a stream, and little enough that its sender is never cut off, however slow the machine is. */
  const big = Buffer.from(`sku,price\n${'00042,1\n'.repeat(25_000)}`);

  /** The status, and whether all of the body was taken. */
  const post = (path: string, body: Buffer, type: string) =>
    new Promise<[status: number | undefined, taken: boolean]>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': type,
        'content-length': body.length,
      };
      let status: number | undefined;
      const sent = request(`${platform.url}${path}`, { method: 'POST', headers }, (response) => {
        status = response.statusCode;
        response.resume();
      });
      sent.on('error', reject);
      sent.on('close', () => resolve([status, sent.writableFinished]));
      sent.end(body);
    });

  it.each([UNKNOWN, 'none'])('takes the whole upload and answers 404: %s', async (id) => {
    const part =
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n';
    const multipart = Buffer.concat([Buffer.from(part), big, Buffer.from('\r\n--x--\r\n')]);
    expect(await post(`/api/v1/price-lists/${id}/import`, big, 'text/csv')).toEqual([404, true]);
    expect(
      await post(`/api/v1/price-lists/${id}/import`, multipart, 'multipart/form-data; boundary=x'),
    ).toEqual([404, true]);
  });

  it('lets it run out in the operation itself', async () => {
    const file = csvFile(big);
    await expectError('NOT_FOUND', importPriceList(owner.ctx, UNKNOWN, { file }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(file.stream.readableEnded).toBe(true);
  });
});
