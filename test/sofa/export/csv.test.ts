import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { cell, csvWriter } from '#sofa/export/csv';
import { PLAIN_CSV, type CsvDialect } from '#sofa/export/csv-dialect';
import type { TablePlan } from '#sofa/export/table-plan';
import { fixtureServer, type FixtureServer } from '#test/sofa/fixture/server';

let server: FixtureServer;
beforeAll(async () => {
  server = await fixtureServer();
});
afterAll(() => server.close());

const lines = (text: string) => text.split('\r\n');

describe('a list as CSV', () => {
  it('has a row an entry of the unfolded list, and every page of it', async () => {
    const response = await server.call('/orders?format=csv&amount=1201&date=2025-12-01');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="orders-2025-12-01.csv"');
    const text = await response.text();
    expect(lines(text)[0]).toBe(
      'id,number,total,customer_id,customer_name,note,item_product_id,item_quantity,item_name',
    );
    const rows = parse<Record<string, string>>(text, { columns: true });
    expect(rows).toHaveLength(2402);
    expect(rows[0]).toEqual({
      id: 'o1',
      number: '1',
      total: '-5.00',
      customer_id: 'k1',
      customer_name: `'+Ann, "the" buyer`,
      note: `'-see above`,
      item_product_id: 'p1',
      item_quantity: '1',
      item_name: 'Tea\nfor two',
    });
    expect(rows.at(-1)).toMatchObject({ id: 'o1201', item_name: `'@home` });
    expect(rows.find((row) => row.id === 'o3')).toMatchObject({ note: '' });
  });

  it('has one page where a page is asked for', async () => {
    const text = await (await server.call('/orders?format=csv&amount=100&page=2&size=10')).text();
    expect(parse<{ id: string }>(text, { columns: true }).map((row) => row.id)).toEqual(
      Array.from({ length: 20 }, (_, at) => `o${11 + Math.floor(at / 2)}`),
    );
  });

  it('flattens nested objects and joins plain lists', async () => {
    const text = await (await server.call('/products', { headers: { accept: 'text/csv' } })).text();
    expect(lines(text)[0]).toBe(
      'id,name,kind,unit_price,active,tags,size_height,size_weight_value,size_weight_unit,category_id,brand_id,brand_name,brand_site',
    );
    expect(lines(text)[1]).toBe(
      'p1,Product 1,goods,2.50,true,a;b,10,1.5,kg,c1,b1,House,https://house.example',
    );
    expect(lines(text)[2]).toContain(`"'=HYPERLINK(""http://evil"")"`);
    expect(lines(text)).toHaveLength(47);
  });

  it('is there for plain lists and reports, too', async () => {
    expect(lines(await (await server.call('/categories?format=csv')).text())).toEqual([
      'id,name,parent_id,parent_name',
      'c1,Drinks,,',
      'c2,Tea,c1,Drinks',
      '',
    ]);
    const report = await server.call('/reports/day?format=csv');
    expect(report.headers.get('content-disposition')).toBe(
      'attachment; filename="day-report-2026-01-31.csv"',
    );
    expect(lines(await report.text())).toEqual([
      'day,sales,tax_rate,tax_amount',
      '2026-01-31,10.00,19,1.60',
      '2026-01-31,10.00,7,0.20',
      '',
    ]);
  });

  it('is written as the query says', async () => {
    const text = async (query: string) =>
      Buffer.from(await (await server.call(`/products?format=csv&${query}`)).arrayBuffer()).toString();
    const first = async (query: string) => lines(await text(query))[1];
    expect((await text('bom=true')).startsWith('\ufeffid,name,')).toBe(true);
    expect((await text('bom=false')).startsWith('id,name,')).toBe(true);
    expect(await first('decimal=comma')).toBe(
      'p1;Product 1;goods;2,50;true;"a;b";10;1,5;kg;c1;b1;House;https://house.example',
    );
    expect(await first('decimal=comma&separator=comma')).toBe(
      'p1,Product 1,goods,"2,50",true,a;b,10,"1,5",kg,c1,b1,House,https://house.example',
    );
    const semicolons = 'p1;Product 1;goods;2.50;true;"a;b";10;1.5;kg;c1;b1;House;https://house.example';
    for (const separator of ['semicolon', '%3B'])
      expect(await first(`separator=${separator}`)).toBe(semicolons);
    for (const separator of ['tab', '%09'])
      expect((await first(`separator=${separator}`))!.split('\t')[3]).toBe('2.50');
  });

  it.each([
    ['bom', 'perhaps'],
    ['separator', 'pipe'],
    ['separator', 'constructor'],
    ['decimal', 'dot'],
  ])('refuses %s=%s by its name', async (field, value) => {
    const response = await server.call(`/products?format=csv&${field}=${value}`);
    const problem = (await response.json()) as { errors: { field: string; code: string }[] };
    expect([response.status, problem.errors.map((error) => [error.field, error.code])]).toEqual([
      422,
      [[field, 'INVALID']],
    ]);
  });

  it('has its header where there is nothing', async () => {
    expect(lines(await (await server.call('/orders?format=csv&amount=0')).text())).toHaveLength(2);
  });

  it('is a proper error where it fails at once, and breaks off where it fails later', async () => {
    const refused = await server.call('/products?format=csv&size=5000');
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      422,
      'application/problem+json; charset=utf-8',
    ]);
    await refused.arrayBuffer();
    const broken = await server.call('/orders?format=csv&amount=666');
    expect(broken.status).toBe(200);
    await expect(broken.text()).rejects.toThrow();
  });

  it('streams 100,000 orders in bounded memory', async () => {
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    const response = await server.call('/orders?format=csv&amount=100000');
    let rows = 0;
    let peak = 0;
    for await (const chunk of response.body! as unknown as AsyncIterable<Uint8Array>) {
      for (const byte of chunk) if (byte === 13) rows += 1;
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
    expect(rows).toBe(200_001);
    // The file has 15 MB and its objects many times that; what is alive at any time is a few pages, plus garbage.
    expect(peak).toBeLessThan(150_000_000);
  }, 60_000);

  it('stops asking when the client goes away', async () => {
    const controller = new AbortController();
    const first = server.counts.executions;
    const response = await server.call('/orders?format=csv&amount=5000000', { signal: controller.signal });
    await response.body!.getReader().read();
    controller.abort();
    // What was on its way may still arrive; then there is silence, long before the five million rows are told.
    let [before, asked] = [-1, server.counts.executions];
    while (asked !== before) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      [before, asked] = [asked, server.counts.executions];
    }
    expect(asked - first).toBeLessThan(100);
  });
});

describe('cells', () => {
  it('never begin a formula, and leave numbers alone', () => {
    const cells = [
      '=1+1',
      '+49 30 1234',
      '-1-1',
      '@SUM(A1)',
      '\tx',
      '\rx',
      '＝1',
      '-5',
      '-5.25',
      '12',
      'a=b',
      '',
    ].map(cell);
    expect(cells).toEqual([
      "'=1+1",
      '+49 30 1234',
      "'-1-1",
      "'@SUM(A1)",
      "'\tx",
      "'\rx",
      "'＝1",
      '-5',
      '-5.25',
      '12',
      'a=b',
      '',
    ]);
    expect([null, undefined, true, 3, ['a', 1], { a: 1 }].map(cell)).toEqual([
      '',
      '',
      'true',
      '3',
      'a;1',
      '{"a":1}',
    ]);
  });

  const column = (header: string, kind: 'text' | 'number', ofEntry = false) => ({
    header,
    path: [header],
    ofEntry,
    kind,
  });
  const hostile = fc.string({
    unit: fc.constantFrom('a', '=', ',', '"', '\n', '\r', ' ', 'é', '😀', "'", ';', '-', '1', '\t'),
  });

  it('come back as they went, whatever is in them', () => {
    const plan: TablePlan = { columns: [column('a', 'text'), column('b', 'text')], unfold: undefined };
    fc.assert(
      fc.property(
        fc.array(fc.record({ a: hostile, b: hostile }), { minLength: 1, maxLength: 5 }),
        (objects) => {
          const writer = csvWriter(plan, PLAIN_CSV);
          const parsed = parse<{ a: string; b: string }>(writer.start() + writer.rows(objects), {
            columns: true,
          });
          expect(parsed).toEqual(objects.map(({ a, b }) => ({ a: cell(a), b: cell(b) })));
        },
      ),
    );
  });

  it.each<[CsvDialect['separator'], CsvDialect['decimal']]>([
    [',', 'point'],
    [';', 'comma'],
    [',', 'comma'],
    ['\t', 'point'],
  ])('are quoted as csv-stringify does, separated by "%s" with a decimal %s', (separator, decimal) => {
    const plan: TablePlan = {
      columns: [column('a', 'text'), column('n', 'number'), column('b', 'text', true)],
      unfold: 'entries',
    };
    const number = fc.oneof(
      fc.constantFrom('12.50', '-3', '0.125', '1e21', '=1', null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const object = fc.record({
      a: fc.oneof(hostile, fc.constant(null), fc.array(hostile), fc.boolean()),
      n: number,
      entries: fc.array(fc.record({ b: hostile }), { maxLength: 3 }),
    });
    const point = (text: string) => (decimal === 'comma' ? text.replace('.', ',') : text);
    fc.assert(
      fc.property(fc.array(object), (objects) => {
        const rows = objects.flatMap(({ a, n, entries }) =>
          (entries.length > 0 ? entries : [undefined]).map((entry) => [
            cell(a),
            point(cell(n)),
            cell(entry?.b),
          ]),
        );
        expect(csvWriter(plan, { bom: false, separator, decimal }).rows(objects)).toBe(
          stringify(rows, { delimiter: separator, record_delimiter: 'windows', quoted_match: /[\r\n]/ }),
        );
      }),
    );
  });
});
