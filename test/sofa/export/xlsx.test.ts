import fc from 'fast-check';
import { buffer } from 'node:stream/consumers';
import { MAX_SHEET_ROWS, XLSX_TYPE, escapeXlsxText, unescapeXlsxText } from '#kernel/xlsx-format.rules';
import type { ColumnKind, TablePlan } from '#sofa/export/table-plan';
import { xlsxWriter } from '#sofa/export/xlsx';
import { SheetXml } from '#sofa/export/xlsx-sheet.rules';
import { readSheet, recordsOf, type Sheet } from '#test/harness/sheet';
import { fixtureServer, type FixtureServer } from '#test/sofa/fixture/server';

let server: FixtureServer;
beforeAll(async () => {
  server = await fixtureServer();
});
afterAll(() => server.close());

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const sheetOf = async (path: string): Promise<Sheet> => readSheet(await bytesOf(await server.call(path)));
const problemOf = async (path: string) => {
  const response = await server.call(path);
  return [response.status, ((await response.json()) as { detail: string }).detail];
};

describe('a list as XLSX', () => {
  it('has the columns and rows of CSV, and every page of it', async () => {
    const response = await server.call('/orders?format=xlsx&amount=1201&date=2025-12-01');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, XLSX_TYPE]);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="orders-2025-12-01.xlsx"');
    const sheet = await readSheet(await bytesOf(response));
    expect(sheet.parts).toEqual([
      '[Content_Types].xml', '_rels/.rels', 'xl/workbook.xml', 'xl/_rels/workbook.xml.rels', 'xl/styles.xml',
      'xl/worksheets/sheet1.xml',
    ]); // prettier-ignore
    expect(sheet.xml('xl/workbook.xml')).toContain('<sheet name="orders" sheetId="1" r:id="rId1"/>');
    expect(sheet.xml('xl/worksheets/sheet1.xml')).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>');
    const records = recordsOf(sheet);
    expect(records).toHaveLength(2402);
    expect(records[0]).toEqual({
      id: 'o1',
      number: '1',
      total: '-5.00',
      customer_id: 'k1',
      customer_name: `+Ann, "the" buyer`,
      note: '-see above',
      item_product_id: 'p1',
      item_quantity: '1',
      item_name: 'Tea\nfor two',
    });
    expect(records.at(-1)).toMatchObject({ id: 'o1201', item_name: '@home' });
    expect(records.find(({ id }) => id === 'o3')).toMatchObject({ note: '' });
    const csv = await (await server.call('/orders?format=csv&amount=1201')).text();
    expect(Object.keys(records[0]!).join()).toBe(csv.split('\r\n', 1)[0]);
  }); // prettier-ignore

  it('has numbers and booleans as such, and all else as texts', async () => {
    const { rows } = await sheetOf('/products?format=xlsx&page=1&size=1');
    const cells = rows[1]!.map(({ place, type, style, text }) => `${place} ${type}${style} ${text}`);
    expect(cells).toEqual([
      'A2 inlineStr1 p1', 'B2 inlineStr1 Product 1', 'C2 inlineStr1 goods', 'D2 n0 2.50', 'E2 b0 1', 'F2 inlineStr1 a;b', 'G2 n0 10',
      'H2 n0 1.5', 'I2 inlineStr1 kg', 'J2 inlineStr1 c1', 'K2 inlineStr1 b1', 'L2 inlineStr1 House',
      'M2 inlineStr1 https://house.example',
    ]); // prettier-ignore
    expect(rows[0]!.every(({ style, type }) => style === '2' && type === 'inlineStr')).toBe(true);
  });

  it('has one page where a page is asked for', async () => {
    const records = recordsOf(await sheetOf('/orders?format=xlsx&amount=100&page=2&size=10'));
    expect(records.map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, at) => `o${11 + Math.floor(at / 2)}`),
    );
  });

  it('is there for plain lists and reports, too, and has its header where there is nothing', async () => {
    expect(recordsOf(await sheetOf('/categories?format=xlsx'))).toEqual([
      { id: 'c1', name: 'Drinks', parent_id: '', parent_name: '' },
      { id: 'c2', name: 'Tea', parent_id: 'c1', parent_name: 'Drinks' },
    ]);
    expect(recordsOf(await sheetOf('/reports/day?format=xlsx')).map(Object.values)).toEqual([
      ['2026-01-31', '10.00', '19', '1.60'],
      ['2026-01-31', '10.00', '7', '0.20'],
    ]);
    expect((await sheetOf('/orders?format=xlsx&amount=0')).rows).toHaveLength(1);
  });

  it('answers HEAD with the headers alone', async () => {
    const response = await server.call('/orders?format=xlsx&amount=3', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      XLSX_TYPE,
      '',
    ]);
  });

  it('is chosen by Accept, and refused where there is none', async () => {
    const type = async (accept: string, path = '/orders?amount=1') => {
      const response = await server.call(path, { headers: { accept } });
      await response.arrayBuffer();
      return response.headers.get('content-type')?.split(';')[0];
    };
    expect(await type(XLSX_TYPE)).toBe(XLSX_TYPE);
    expect(await type(`${XLSX_TYPE}, text/csv;q=0.9, application/json;q=0.5`)).toBe(XLSX_TYPE);
    expect(await type(`${XLSX_TYPE}, text/csv`)).toBe('text/csv');
    expect(await type(`${XLSX_TYPE}, */*`)).toBe('application/json');
    expect(await type('application/*')).toBe('application/json');
    expect(await type('image/png')).toBe('application/problem+json');
    expect(await problemOf('/orders?format=pdf')).toEqual([
      406,
      'Unknown format "pdf". Known formats: json, csv, xlsx.',
    ]);
    const posted = await server.call('/products', {
      method: 'POST',
      body: '{}',
      headers: { accept: XLSX_TYPE },
    });
    expect([posted.status, ((await posted.json()) as { detail: string }).detail]).toEqual([
      406,
      'This answers application/json.',
    ]);
  });

  it('is a proper error where it fails at once, and breaks off where it fails later', async () => {
    expect((await problemOf('/products?format=xlsx&size=5000'))[0]).toBe(422);
    const broken = await server.call('/orders?format=xlsx&amount=666');
    expect(broken.status).toBe(200);
    await expect(broken.arrayBuffer()).rejects.toThrow();
  });

  it('is refused before anything is sent where the list has more rows than a sheet', async () => {
    expect(await problemOf('/orders?format=xlsx&amount=1048576')).toEqual([
      406,
      'The list has more rows than a sheet of XLSX, which holds 1048576 with the header. Ask for CSV, or for a part of the list.',
    ]);
    expect(recordsOf(await sheetOf('/orders?format=xlsx&amount=5000000&page=1&size=10'))).toHaveLength(20);
  });

  it('streams 50,000 orders in bounded memory', async () => {
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    const response = await server.call('/orders?format=xlsx&amount=50000');
    let [size, peak] = [0, 0];
    for await (const chunk of response.body! as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
    expect(size).toBeGreaterThan(500_000);
    // The sheet has 80 MB of XML; what is alive at any time is a few pages, plus garbage.
    expect(peak).toBeLessThan(150_000_000);
  }, 60_000);

  it('stops asking when the client goes away', async () => {
    const controller = new AbortController();
    const first = server.counts.executions;
    const response = await server.call('/orders?format=xlsx&amount=1000000', { signal: controller.signal });
    await response.body!.getReader().read();
    controller.abort();
    let [before, asked] = [-1, server.counts.executions];
    while (asked !== before) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      [before, asked] = [asked, server.counts.executions];
    }
    expect(asked - first).toBeLessThan(500);
  });
});

const planOf = (...kinds: ColumnKind[]): TablePlan => ({
  columns: kinds.map((kind, at) => ({ header: `c${at}`, path: [`c${at}`], ofEntry: false, kind })),
  unfold: undefined,
});

async function written(plan: TablePlan, objects: readonly unknown[]): Promise<Sheet> {
  const writer = xlsxWriter(plan, 'Test & <more>', new Date('2026-01-31T12:00:00Z'));
  const text = (function* () {
    yield writer.start();
    yield writer.rows(objects);
    yield writer.end();
  })();
  return readSheet(await buffer(writer.file(text as unknown as AsyncIterable<string>)));
}

describe('cells', () => {
  it('are numbers only where a spreadsheet keeps all digits', async () => {
    const numbers = ['0', '-5.25', '123456789012345', '1234567890.12345', '0.00000012345', '1000000000000000000', 7, 0.1 + 0.2];
    const texts = ['1234567890123456', '12345678901234567890', '123456789012345.67', 'NaN', '1e5', '+5'];
    const sheet = await written(planOf('number'), [...numbers, ...texts].map((c0) => ({ c0 })));
    expect(sheet.rows.slice(1).map(([cell]) => [cell!.type, cell!.text])).toEqual([
      ...numbers.map((number) => ['n', String(number)]),
      ...texts.map((text) => ['inlineStr', text]),
    ]);
  }); // prettier-ignore

  it('are empty where nothing is said, and keep their place', async () => {
    const sheet = await written(planOf('text', 'boolean', 'number', 'text', 'boolean'), [
      { c0: null, c1: false, c3: ['a', 1] },
      { c0: '', c1: null, c2: null, c3: { a: 1 }, c4: true },
    ]);
    expect(
      sheet.rows.slice(1).map((cells) => cells.map(({ place, type, text }) => `${place} ${type} ${text}`)),
    ).toEqual([
      ['B2 b 0', 'D2 inlineStr a;1'],
      ['D3 inlineStr {"a":1}', 'E3 b 1'],
    ]);
    expect(sheet.xml('xl/workbook.xml')).toContain('name="Test &amp; &lt;more&gt;"');
  });

  it('have columns beyond Z', async () => {
    const sheet = await written(planOf(...Array.from({ length: 703 }, () => 'text' as const)), []);
    expect([0, 25, 26, 51, 52, 701, 702].map((at) => sheet.rows[0]![at]!.place)).toEqual([
      'A1',
      'Z1',
      'AA1',
      'AZ1',
      'BA1',
      'ZZ1',
      'AAA1',
    ]);
  });

  it('are never formulas, and get an apostrophe only where an import would take one off', async () => {
    const texts = [
      '=1+1',
      `+cmd|' /C calc'!A0`,
      '-2+3+cmd',
      '@x',
      `'=1+1`,
      `''=1+1`,
      '="0360"',
      `'0360`,
      `it's`,
    ];
    const sheet = await written(
      planOf('text'),
      texts.map((c0) => ({ c0 })),
    );
    expect(sheet.rows.slice(1).map(([cell]) => cell!.text)).toEqual([
      '=1+1',
      `+cmd|' /C calc'!A0`,
      '-2+3+cmd',
      '@x',
      `''=1+1`,
      `'''=1+1`,
      `'="0360"`,
      `'0360`,
      `it's`,
    ]);
    expect(sheet.xml('xl/worksheets/sheet1.xml')).not.toContain('<f');
  });

  it('of more characters than Excel holds are refused by row and column', async () => {
    await expect(written(planOf('text'), [{ c0: 'x'.repeat(32_767) }])).resolves.toBeDefined();
    await expect(written(planOf('text'), [{}, { c0: 'x'.repeat(32_768) }])).rejects.toMatchObject({
      code: 'NOT_ACCEPTABLE',
      message: 'Row 3 has 32768 characters in "c0"; a cell of XLSX holds 32767. Ask for CSV.',
    });
  });

  it('of more rows than Excel holds are refused', () => {
    const sheet = new SheetXml(planOf('number'));
    const batch = Array.from({ length: 1_000 }, () => ({}));
    for (let rows = 1; rows + 1_000 <= MAX_SHEET_ROWS; rows += 1_000) sheet.rows(batch);
    const left = (MAX_SHEET_ROWS - 1) % 1_000;
    expect(sheet.rows(batch.slice(0, left))).toContain(`<row r="${MAX_SHEET_ROWS}">`);
    expect(() => sheet.rows([{}])).toThrow('The list has more rows than a sheet of XLSX');
  });
});

describe('texts in XML', () => {
  const unit = fc.oneof(
    fc.constantFrom('_', 'x', '_x', '_x0041_', '_x005F_', '0041', '\0', '\u0001', '\r', '\n', '\t', ' ', '&', '<', '>', ']]>', '\ufffe', '\ud83d', '\udc00'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ); // prettier-ignore
  const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''));

  it('come back as they went, through an XML parser', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
        const sheet = await written(
          planOf('text'),
          texts.map((c0) => ({ c0: `a${c0}` })),
        );
        expect(sheet.rows.slice(1).map(([cell]) => cell!.text)).toEqual(texts.map((one) => `a${one}`));
      }),
      { numRuns: 60 },
    );
  });

  it('are undone exactly', () => {
    const unmarked = (xml: string) =>
      xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    fc.assert(
      fc.property(text, (one) => expect(unescapeXlsxText(unmarked(escapeXlsxText(one)))).toBe(one)),
      { numRuns: 2_000 },
    );
    expect(escapeXlsxText('a\r\n\u0001_x0041_ _x41_ _x0041\u0002')).toBe(
      'a_x000D_\n_x0001__x005F_x0041_ _x41_ _x005F_x0041_x0002_',
    );
  });
});
