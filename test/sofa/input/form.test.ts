import { fixtureServer, type FixtureServer } from '#test/sofa/fixture/server';

let server: FixtureServer;
beforeAll(async () => {
  server = await fixtureServer();
});
afterAll(() => server.close());

const upload = async (
  body: FormData | string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  query = '',
) => {
  const response = await server.call(`/products/import${query}`, { method: 'POST', body, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const form = (entries: [string, string | Blob, string?][]) => {
  const data = new FormData();
  for (const [name, value, filename] of entries) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, filename);
  }
  return data;
};
const csv = (length: number) => new Blob(['x'.repeat(length)], { type: 'text/csv' });

describe('an upload', () => {
  it('is multipart, with the other fields as texts', async () => {
    const data = form([
      ['update_existing', '1'],
      ['columns', 'sku,name'],
      ['file', csv(1000), 'list.csv'],
    ]);
    expect(await upload(data)).toEqual({
      status: 202,
      body: {
        total: 1000,
        filename: 'list.csv',
        content_type: 'text/csv',
        update_existing: true,
        columns: ['sku', 'name'],
      },
    });
  });

  it('may have its fields behind a small file, as HTML forms send them', async () => {
    const data = form([
      ['file', csv(200_000), 'a.csv'],
      ['update_existing', 'true'],
    ]);
    expect(await upload(data)).toMatchObject({
      status: 202,
      body: { total: 200_000, update_existing: true },
    });
  });

  it('streams a large file, and refuses fields behind it rather than lose them', async () => {
    expect(await upload(form([['file', csv(1_900_000), 'a.csv']]))).toMatchObject({
      status: 202,
      body: { total: 1_900_000 },
    });
    const late = form([
      ['file', csv(1_900_000), 'a.csv'],
      ['update_existing', 'true'],
    ]);
    expect(await upload(late)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
  });

  it('is the raw body, with the other fields in the query string', async () => {
    const headers = {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="raw.csv"',
    };
    expect(await upload('sku,name\nA1,Tea\n', headers, '?update_existing=true')).toEqual({
      status: 202,
      body: {
        total: 16,
        filename: 'raw.csv',
        content_type: 'text/csv',
        update_existing: true,
        columns: null,
      },
    });
    const xlsx = { 'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' };
    expect(await upload(new Uint8Array(300_000), xlsx)).toMatchObject({
      status: 202,
      body: { total: 300_000 },
    });
  });

  it('is plain JSON, too', async () => {
    const body = JSON.stringify({ items: [{ name: 'Tea', unit_price: '1' }] });
    expect(await upload(body, { 'content-type': 'application/json' })).toMatchObject({
      status: 202,
      body: { total: 1, filename: null },
    });
    expect(await upload(body, { 'content-type': 'text/plain' })).toMatchObject({ status: 202 });
  });

  it('is refused beyond the limit, as multipart and raw, announced and not', async () => {
    expect(await upload(form([['file', csv(2_100_000), 'a.csv']]))).toMatchObject({ status: 413 });
    expect(await upload('x'.repeat(2_100_000), { 'content-type': 'text/csv' })).toMatchObject({
      status: 413,
    });
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(100_000));
      },
    });
    const init = {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { 'content-type': 'text/csv' },
    } as RequestInit;
    const response = await server.call('/products/import', init);
    expect(response.status).toBe(413);
    await response.arrayBuffer();
  });

  it('is refused where the form is not in order', async () => {
    const two = form([
      ['file', csv(10), 'a.csv'],
      ['other', csv(10), 'b.csv'],
    ]);
    expect(await upload(two)).toMatchObject({ status: 400 });
    expect(
      await upload(
        form([
          ['nonsense', 'x'],
          ['file', csv(10), 'a.csv'],
        ]),
      ),
    ).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'nonsense', code: 'UNKNOWN_FIELD' }] },
    });
    const broken = await upload('--x\r\nbroken', { 'content-type': 'multipart/form-data; boundary=x' });
    expect(broken.status).toBe(400);
    expect(await upload('x', { 'content-type': 'multipart/form-data' })).toMatchObject({ status: 400 });
  });

  it('cannot be smuggled in by JSON', async () => {
    const body = JSON.stringify({ file: { filename: 'x', contentType: 'text/csv', stream: {} } });
    expect(await upload(body)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'file', code: 'UNKNOWN_FIELD' }] },
    });
  });
});
