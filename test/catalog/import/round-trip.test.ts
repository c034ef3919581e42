/** Exports of the catalogue come back over HTTP as they went: as a workbook, and as CSV by way of Excel. */
import { sql } from '#kernel/db/database';
import { XLSX_TYPE } from '#kernel/xlsx-format.rules';
import { signedInOwner, type TestOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { readSheet, recordsOf } from '#test/harness/sheet';
import { savedByExcel } from '#test/catalog/excel';

let platform: TestPlatform;
let owner: TestOwner;
let token: string;

const NAMES = [
  '=1+1', `'=1+1`, `''=1+1`, `+cmd|' /C calc'!A0`, '-2+3+cmd', '@x', '="0360"', '＝1+1', `'quoted'`, '12345678901234567890', '00420',
  'Tea; "green", loose', 'Thé à la menthe', 'Grüner Tee – ß €', 'Чай зелёный', 'Καφές ελληνικός', 'שוקולד מריר', 'قهوة عربية ١٢٣',
  'हिन्दी चाय', 'বাংলা চা', 'தமிழ் தேநீர்', 'ชาเย็น', 'ខ្មែរ តែ', '緑茶 500ml', '한국 녹차', '👩‍🍳 Cake 🎂 &amp; <b>', '_x0041_ _x000D_', '1E5', 'TRUE',
]; // prettier-ignore
const BARCODES = ['96385074', '036000291452', '4006381333931', '10012345678902'];
const DESCRIPTIONS = [
  'Two\nlines',
  `\u0007bell, \u001bescape and \u007fdelete`,
  `=SUM(A1)\n'=1+1`,
  'tab\there & there; _x0007_',
  undefined,
];
const PRICES = ['3.2', '0', '1.125', '1234.5', '0.0001', '12345678.9999', '99'];

beforeAll(async () => {
  platform = await startTestPlatform();
  ({ owner, token } = await signedInOwner(platform.services));
  for (const [at, name] of NAMES.entries()) {
    const sku =
      ['00042', '-7', '=A1', '12345678901234567890', '1E5', '緑-1'][at] ??
      `SKU-${String(at).padStart(4, '0')}`;
    const body = {
      name, sku, price: PRICES[at % PRICES.length], cost: at % 3 === 0 ? '1.0625' : undefined, barcode: BARCODES[at],
      description: DESCRIPTIONS[at % DESCRIPTIONS.length], active: at % 4 !== 3, unit: at % 5 === 0 ? 'kg' : undefined,
      minimum_age: at % 6 === 0 ? 18 : undefined,
    }; // prettier-ignore
    const { status, text } = await platform.rest('POST', '/api/v1/products', { token, body });
    if (status !== 201) throw new Error(`"${name}": ${text}`);
  }
}, 120_000);
afterAll(() => platform.stop());

async function exported(
  query: string,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
): Promise<Buffer> {
  const response = await fetch(`${platform.url}/api/v1/products/export?${query}`, { headers });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

async function imported(file: Buffer, contentType: string, as = token) {
  const headers = { 'content-type': contentType };
  const { status, body } = await platform.rest('POST', '/api/v1/products/bulk-create', {
    token: as,
    body: file,
    headers,
  });
  const { created, updated, failed, errors, warnings } = body as Record<string, unknown>;
  return { status, created, updated, failed, errors, warnings };
}

/** Every row of the catalogue, as it lies in the database; an import may say of it that it was there. */
async function catalogue(): Promise<readonly object[]> {
  const { db } = owner.ctx;
  return db.many<object>(sql`
    select 'product' as kind, to_jsonb(p) - 'updated_at' as row from products p
    union all select 'variant', to_jsonb(v) - 'updated_at' from variants v
    union all select 'barcode', to_jsonb(b) from barcodes b order by 1, 2`);
}

const unchanged = { status: 202, created: 0, updated: NAMES.length, failed: 0, errors: [], warnings: [] };

it('a workbook changes no row where everything is there already', async () => {
  const before = await catalogue();
  const file = await exported('format=xlsx');
  const records = recordsOf(await readSheet(file));
  expect(records.map(({ sku }) => sku).slice(0, 6)).toEqual([
    '00042',
    '-7',
    '=A1',
    '12345678901234567890',
    '1E5',
    '緑-1',
  ]);
  expect(records.map(({ barcodes }) => barcodes).slice(0, 5)).toEqual([...BARCODES, '']);
  expect(await imported(file, XLSX_TYPE)).toEqual(unchanged);
  expect(before).toHaveLength(2 * NAMES.length + BARCODES.length);
  expect(await catalogue()).toEqual(before);
});

it('a workbook gives a fresh organization the same catalogue', async () => {
  const { token: other } = await signedInOwner(platform.services);
  expect(await imported(await exported('format=xlsx'), XLSX_TYPE, other)).toEqual({
    ...unchanged,
    created: NAMES.length,
    updated: 0,
    // The fresh one has no tax class yet.
    warnings: [expect.stringMatching(/^New products have no tax class/)],
  });
  const theirs = await exported('format=csv', { authorization: `Bearer ${other}` });
  expect(theirs.toString()).toBe((await exported('format=csv')).toString());
});

it.each(['CSV UTF-8', 'Unicode Text'] as const)(
  'CSV that Excel has saved as %s changes no row',
  async (kind) => {
    const before = await catalogue();
    const file = savedByExcel(await exported('format=csv&separator=semicolon&decimal=comma&bom=true'), kind);
    expect(await imported(file, 'text/csv')).toEqual(unchanged);
    expect(await catalogue()).toEqual(before);
  },
);

it.each([
  ['format=csv', ''],
  ['format=csv&separator=tab', ''],
  ['format=csv&separator=semicolon', '?decimal=point'],
  ['format=csv&decimal=comma&separator=comma', '?decimal=comma'],
])('CSV as %s comes back by bulk-create%s', async (query, options) => {
  const before = await catalogue();
  const { status, body } = await platform.rest('POST', `/api/v1/products/bulk-create${options}`, {
    token, body: await exported(query), headers: { 'content-type': 'text/csv' },
  }); // prettier-ignore
  expect([status, body]).toMatchObject([202, { updated: NAMES.length, failed: 0, warnings: [] }]);
  expect(await catalogue()).toEqual(before);
});

it('a workbook has empty cells where the caller may not see the cost', async () => {
  const made = await platform.rest('POST', '/api/v1/auth/api-keys', {
    token,
    body: { name: 'Labels', permissions: ['catalog:read'] },
  });
  const { key } = made.body as { key: string };
  const [mine, theirs] = await Promise.all([
    exported('format=xlsx').then(readSheet).then(recordsOf),
    exported('format=xlsx', { 'x-api-key': key }).then(readSheet).then(recordsOf),
  ]);
  expect(mine[0]!.cost).toBe('1.0625');
  expect(theirs).toEqual(mine.map((record) => ({ ...record, cost: '' })));
});
