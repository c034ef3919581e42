import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { XLSX_TYPE } from '#kernel/xlsx-format.rules';
import { apiDocuments, type OpenApiDocument } from '#sofa/index';
import type { Operation, Parameter, Response } from '#sofa/openapi/types';
import { fixtureGateway, fixtureSdl } from '#test/sofa/fixture/server';

/** Ids of the fixture's examples. */
const TEA = '0190a000-0007-7000-8000-000000000001';
const COFFEE = '0190a000-0007-7000-8000-000000000002';

const make = async () =>
  (await apiDocuments({ supergraphSdl: fixtureSdl(), apiSchema: fixtureGateway().apiSchema })).openApi;

let document: OpenApiDocument;
beforeAll(async () => {
  document = await make();
});

const operation = (method: string, path: string): Operation => document.paths[`/api/v1${path}`]![method]!;
const parameter = (of: Operation, name: string) =>
  of.parameters!.find((one): one is Parameter => 'name' in one && one.name === name)!;
const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, of]) => ({ path, method, of })),
  );

describe('the document', () => {
  it('passes the recommended rules of Redocly', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'openapi-'));
    const file = path.join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(document));
    const redocly = path.resolve('node_modules/.bin/redocly');
    const arguments_ = [
      'lint',
      file,
      '--extends',
      'recommended',
      '--format',
      'stylish',
      '--max-problems',
      '50',
    ];
    const { stdout, stderr } = await promisify(execFile)(redocly, arguments_, {
      env: { ...process.env, REDOCLY_TELEMETRY: 'off' },
    });
    expect(stdout + stderr).toContain('Your API description is valid');
    expect(stdout + stderr).not.toMatch(/\bwarning\s+\S/);
    rmSync(folder, { recursive: true });
  }, 60_000);

  it('comes out the same each time', async () => {
    expect(JSON.stringify(await make())).toBe(JSON.stringify(document));
  });

  it('names every operation once', () => {
    const ids = operations().map(({ of }) => of.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operation('put', '/products/{id}').operationId).toBe('updateProduct');
    expect(operation('patch', '/products/{id}/price').operationId).toBe('updateProductPatch');
  });

  it('has only snake_case in what travels', () => {
    for (const schema of Object.values(document.components.schemas)) {
      for (const name of Object.keys(schema.properties ?? {})) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    }
    for (const { of } of operations()) {
      for (const one of of.parameters ?? []) if ('name' in one) expect(one.name).toMatch(/^[a-z][a-z0-9_]*$/);
    }
  });

  it('has no root types, no webhook and no component that nothing uses', () => {
    expect(document.components.schemas).not.toHaveProperty('Query');
    const text = JSON.stringify({ ...document, info: undefined });
    expect(text).not.toContain('webhook');
    for (const name of Object.keys(document.components.schemas))
      expect(text).toContain(`"#/components/schemas/${name}"`);
  });

  it('describes everything', () => {
    for (const { path: where, of } of operations()) {
      expect([where, of.summary.length > 0, of.description.length > 0]).toEqual([where, true, true]);
      for (const one of of.parameters ?? [])
        if ('name' in one) expect([where, one.name, one.description !== '']).toEqual([where, one.name, true]);
    }
    expect(operation('get', '/products')).toMatchObject({
      summary: 'The products',
      description: 'The products. All of them, a page at a time.\n\nNeeds the permission `goods:read`.',
      tags: ['goods'],
      security: [{ bearer: ['goods:read'] }, { apiKey: ['goods:read'] }],
    });
    expect(document.tags.map((tag) => tag.name)).toEqual(['platform', 'goods', 'trade']);
  });
});

describe('requests', () => {
  it('have typed parameters', () => {
    const list = operation('get', '/products');
    expect(parameter(list, 'page').schema).toEqual({
      type: 'integer',
      format: 'int32',
      minimum: 1,
      default: 1,
    });
    expect(parameter(list, 'size').schema).toMatchObject({ maximum: 1000, default: 20 });
    expect(parameter(list, 'category_ids')).toMatchObject({
      schema: { type: 'array', items: { type: 'string', format: 'uuid' } },
      explode: false,
    });
    expect(parameter(list, 'kind').schema).toEqual({ $ref: '#/components/schemas/ProductKind' });
    expect(parameter(list, 'format').schema.enum).toEqual(['json', 'csv', 'xlsx']);
    expect(parameter(operation('get', '/products/{id}'), 'id')).toMatchObject({
      in: 'path',
      required: true,
      example: TEA,
    });
    expect(parameter(operation('post', '/products/{id}/variants'), 'id')).toMatchObject({
      in: 'path',
      example: TEA,
    });
    expect(parameter(operation('delete', '/products/{id}'), 'reason')).toMatchObject({
      in: 'query',
      required: false,
    });
  });

  it('have a body with an example that the fields add up to', () => {
    const { requestBody } = operation('post', '/quote');
    expect(requestBody).toEqual({
      required: true,
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/QuoteInput' },
          example: {
            items: [{ product_id: TEA, quantity: '2', line_discount: { percent_off: '10' } }],
            customer_note: 'Gift',
          },
        },
      },
    });
    expect(document.components.schemas.QuoteInput).toMatchObject({
      required: ['items'],
      additionalProperties: false,
    });
    expect(operation('get', '/products').requestBody).toBeUndefined();
    expect(
      operation('delete', '/products/bulk-delete').requestBody!.content['application/json']!.example,
    ).toEqual({
      ids: [TEA, COFFEE],
    });
    expect(
      operation('post', '/products/{id}/variants').requestBody!.content['application/json'],
    ).toMatchObject({
      schema: { properties: { name: { type: 'string' } }, required: ['name'] },
      example: { name: 'Large' },
    });
  });

  it('take files as a form and as they are', () => {
    const { content } = operation('post', '/products/import').requestBody!;
    expect(Object.keys(content)).toEqual(['application/json', 'multipart/form-data', 'text/csv']);
    expect(content['multipart/form-data']!.schema).toMatchObject({
      properties: { file: { type: 'string' } },
      required: ['file'],
    });
    expect(content['multipart/form-data']!.example).toEqual({ file: 'name,unit_price\nTea,2.50\n' });
    expect(content['text/csv']!.example).toBe('name,unit_price\nTea,2.50\n');
    expect(document.components.schemas.ImportInput!.properties).not.toHaveProperty('file');
  });

  it('never have one name in the query and in the body', () => {
    for (const { path: where, of } of operations()) {
      const schema = of.requestBody?.content['application/json']?.schema;
      const whole = schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)!] : schema;
      const both = (of.parameters ?? []).filter(
        (one) => 'name' in one && one.in === 'query' && one.name in (whole?.properties ?? {}),
      );
      expect([where, both]).toEqual([where, []]);
    }
  });
});

describe('answers', () => {
  it('have their status, a schema that says what can be null, and an example', () => {
    const created = operation('post', '/products').responses['201'];
    expect(created).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Product' } } },
    });
    const { Product, ProductWithStock, BrandReference } = document.components.schemas;
    expect(Product!.properties).toMatchObject({
      unit_price: { type: 'string', format: 'decimal', description: 'Its price.' },
      size: { anyOf: [{ $ref: '#/components/schemas/Measures' }, { type: 'null' }] },
      category_id: { type: ['string', 'null'], format: 'uuid' },
    });
    expect(Object.keys(Product!.properties!)).not.toContain('category');
    expect(ProductWithStock!.properties).toHaveProperty('stock');
    expect(Object.keys(BrandReference!.properties!)).toEqual(['id', 'name']);
    const ping = operation('get', '/ping').responses['200'];
    expect(ping).toMatchObject({ content: { 'application/json': { example: { message: 'pong' } } } });
  });

  it('say that lists come as CSV and XLSX, too', () => {
    const answer = operation('get', '/orders').responses['200']!;
    expect(answer).toMatchObject({
      description: expect.stringContaining('`text/csv`') as unknown,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/OrderPage' } } },
      'x-alternative-content': {
        'text/csv': { example: expect.stringContaining('item_quantity') as unknown },
        [XLSX_TYPE]: { schema: { type: 'string', contentMediaType: XLSX_TYPE } },
      },
    });
    // Generated clients read fields of the answer: a media type of text beside JSON would make it a page or text.
    expect(Object.keys((answer as Response).content!)).toEqual(['application/json']);
  });

  it('name every error that can occur', () => {
    const statuses = (of: Operation) =>
      Object.keys(of.responses)
        .filter((status) => Number(status) >= 400)
        .join(' ');
    expect(statuses(operation('get', '/products'))).toBe('400 401 403 404 406 422 429 500 503');
    expect(statuses(operation('get', '/ping'))).toBe('400 406 422 429 500 503');
    expect(statuses(operation('get', '/products/{id}'))).toContain(' 414 422 ');
    expect(statuses(operation('post', '/products'))).toBe('400 401 403 404 406 409 413 415 422 429 500 503');
    expect(document.components.responses.Unavailable!.headers).toHaveProperty('Retry-After');
    expect(document.components.responses.Unauthenticated!.headers).toHaveProperty('WWW-Authenticate');
  });
});
