/** The same over REST: paths, query strings, bodies, forms, headers and files with what no field may take. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { request as httpRequest } from 'node:http';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

jest.setTimeout(600_000);

interface Operation {
  operationId: string;
  parameters?: ({ name: string; in: string; schema: { type?: string | string[] } } | { $ref: string })[];
  requestBody?: { content: Record<string, { example?: Record<string, unknown> }> };
  responses: Record<string, unknown>;
}
interface Route {
  method: string;
  url: string;
  operation: Operation;
}

/** As they stand in an address. */
const HOSTILE: Readonly<Record<string, string>> = {
  NUL: 'a%00b',
  'no UTF-8': '%ed%a0%80',
  'right to left': '%E2%80%AE',
  blank: '%20',
};
/** Who signs out must be able to go on. */
const ENDS_SESSION = new Set(['logout', 'changePassword', 'revokeSession', 'disableUser']);

const document = JSON.parse(readFileSync(path.join(__dirname, '../../openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const routes: Route[] = Object.entries(document.paths).flatMap(([url, methods]) =>
  Object.entries(methods)
    .filter(([, operation]) => url.startsWith('/api/v1') && !ENDS_SESSION.has(operation.operationId))
    .map(([method, operation]) => ({ method: method.toUpperCase(), url, operation })),
);

let platform: TestPlatform;
let token: string;
/** What a route answered that its document does not know. */
const undocumented: string[] = [];

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 2 });
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  token = (login.body as { access_token: string }).access_token;
});
afterAll(() => platform.stop());

interface Answer {
  status: number;
  body: { code?: string; errors?: { field: string }[] };
}

/** Sends an address as it is written. */
async function send(
  { method, operation }: Route,
  target: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { hostname, port } = new URL(platform.url);
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await new Promise<Answer>((resolve, reject) => {
    const length =
      text === undefined
        ? {}
        : { 'content-length': Buffer.byteLength(text), 'content-type': 'application/json' };
    const sent = httpRequest(
      {
        hostname,
        port,
        method,
        path: target,
        headers: { authorization: `Bearer ${token}`, ...length, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const json = (response.headers['content-type'] ?? '').includes('json');
          const whole = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode!,
            body: (json && whole !== '' ? JSON.parse(whole) : {}) as Answer['body'],
          });
        });
      },
    );
    sent.on('error', reject).end(text);
  });
  if (!operation.responses[answer.status])
    undocumented.push(`${operation.operationId} ${answer.status} ${answer.body.code ?? ''}`);
  return answer;
}

const filled = (url: string, name?: string, value?: string) =>
  url.replace(/\{(\w+)\}/g, (_, each: string) =>
    each === name ? value! : '0190a000-0000-7000-8000-0000000000ff',
  );
const parametersOf = ({ operation }: Route, place: string) =>
  (operation.parameters ?? []).filter((parameter) => !('$ref' in parameter) && parameter.in === place) as {
    name: string;
  }[];
const bodyOf = ({ operation }: Route) => operation.requestBody?.content['application/json']?.example ?? {};

it('paths: nothing is a fault of ours, and NUL is refused by the name in the path', async () => {
  const faults: string[] = [];
  for (const route of routes) {
    for (const { name } of parametersOf(route, 'path')) {
      // A barcode may be a whole Digital Link.
      const most = name === 'barcode' ? 4_296 : 300;
      for (const [what, text] of Object.entries({
        ...HOSTILE,
        long: 'x'.repeat(most + 1),
        most: 'x'.repeat(most),
      })) {
        const { status, body } = await send(
          route,
          filled(route.url, name, text),
          route.method === 'GET' ? undefined : bodyOf(route),
        );
        const named = body.errors?.some(({ field }) => field === name) ?? false;
        if (status >= 500) faults.push(`${route.method} ${route.url} ${name} ${what}: ${status}`);
        if (what === 'NUL' && !(status === 422 && named))
          faults.push(`${route.method} ${route.url} ${name} NUL: ${status}`);
        if (what === 'long' && status !== 414)
          faults.push(`${route.method} ${route.url} ${name} long: ${status}`);
      }
    }
  }
  expect(faults).toEqual([]);
});

it('query strings: nothing is a fault of ours, and NUL is refused by its name', async () => {
  const faults: string[] = [];
  for (const route of routes.filter(({ method }) => method === 'GET')) {
    for (const { name } of parametersOf(route, 'query')) {
      for (const [what, text] of Object.entries({
        ...HOSTILE,
        'too long': 'x'.repeat(10_001),
        empty: '',
        number: '1e308',
        large: '2147483647',
      })) {
        const { status, body } = await send(route, `${filled(route.url)}?${name}=${text}`);
        if (status >= 500) faults.push(`${route.url} ${name} ${what}: ${status}`);
        const named =
          body.errors?.some(({ field }) => field === name || field.startsWith(`${name}.`)) ?? false;
        const must = what === 'NUL' || (what === 'too long' && name !== 'format');
        if (must && !([400, 406, 422].includes(status) && (named || status === 406)))
          faults.push(`${route.url} ${name} ${what}: ${status}`);
      }
    }
    const unknown = await send(route, `${filled(route.url)}?a%00b=1`);
    if (![400, 404, 422].includes(unknown.status)) faults.push(`${route.url} a name: ${unknown.status}`);
  }
  expect(faults).toEqual([]);
});

it('bodies: nothing is a fault of ours, and what cannot be stored is refused by its field', async () => {
  const faults: string[] = [];
  for (const route of routes.filter(({ method }) => method !== 'GET')) {
    const example = bodyOf(route);
    for (const name of Object.keys(example).filter((each) => typeof example[each] === 'string')) {
      for (const text of ['a\0b', 'a\ud800', 'x'.repeat(100_000), '', '\u202e']) {
        const { status, body } = await send(route, filled(route.url), { ...example, [name]: text });
        const what = JSON.stringify(text).slice(0, 12);
        if (status >= 500) faults.push(`${route.method} ${route.url} ${name} ${what}: ${status}`);
        const must = text !== '' && text !== '\u202e' && !['data', 'image'].includes(name);
        const named = body.errors?.some(({ field }) => field === name) ?? false;
        if (must && !(status === 422 && named))
          faults.push(`${route.method} ${route.url} ${name} ${what}: ${status}`);
      }
    }
    for (const body of [
      '{"a\\u0000":1}',
      '{"__proto__":{}}',
      `${'['.repeat(50_000)}`,
      '{"a":"\\ud800"}',
      '\ufeff{}',
      'null',
      '""',
    ]) {
      const { status } = await send(route, filled(route.url), body);
      if (status >= 500) faults.push(`${route.method} ${route.url} ${body.slice(0, 20)}: ${status}`);
    }
  }
  expect(faults).toEqual([]);
});

it('headers: nothing is a fault of ours', async () => {
  const faults: string[] = [];
  const [list, create] = [
    routes.find(({ operation }) => operation.operationId === 'products')!,
    routes.find(({ operation }) => operation.operationId === 'createProduct')!,
  ];
  for (const name of [
    'idempotency-key',
    'user-agent',
    'if-none-match',
    'accept',
    'authorization',
    'x-api-key',
    'x-request-id',
    'origin',
    'accept-language',
    'cookie',
    'content-disposition',
    'x-forwarded-for',
    'range',
  ]) {
    for (const value of ['', ' ', '\x80\xff', 'x'.repeat(8_000), `"'${'%00'}\\`, '\u00e9\t', '-1']) {
      for (const route of [list, create]) {
        const { status } = await send(route, route.url, route.method === 'GET' ? undefined : bodyOf(route), {
          [name]: value,
        });
        if (status >= 500)
          faults.push(`${route.method} ${name} ${JSON.stringify(value).slice(0, 20)}: ${status}`);
      }
    }
  }
  expect(faults).toEqual([]);
});

it('files: names, fields and cells that cannot be stored are refused, each where it stands', async () => {
  const importRoute = '/api/v1/products/bulk-create';
  const form = (filename: string, content: string, field = 'file', extra = '') =>
    `--b\r\n${extra}Content-Disposition: form-data; name="${field}"; filename="${filename}"\r\nContent-Type: text/csv\r\n\r\n${content}\r\n--b--\r\n`;
  const post = (body: string) =>
    platform.rest('POST', importRoute, {
      token,
      body,
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
  const csv = 'sku,name\nHOSTILE-1,Fine\nHOSTILE-2,a\0b\n';
  expect((await post(form(`${'x'.repeat(2_000)}.csv`, csv))).status).toBe(422);
  // The parser of forms cuts such names off before anybody sees them.
  for (const body of [form('a\0b.csv', csv), form('a.csv', csv, 'fi\0le')])
    expect((await post(body)).status).toBeLessThan(500);
  const answer = await post(form('fine.csv', csv));
  expect(answer.status).toBeLessThan(300);
  const { id } = answer.body as { id: string };
  let report: Record<string, unknown> & { status?: string } = answer.body;
  for (
    let tries = 0;
    tries < 100 && ['queued', 'pending', 'running'].includes(String(report.status).toLowerCase());
    tries += 1
  ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    report = (await platform.rest('GET', `/api/v1/product-imports/${id}`, { token })).body;
  }
  expect(JSON.stringify(report)).toContain('NUL');
});

it('every status that was answered stands in the document', () => {
  expect([...new Set(undocumented)].sort()).toEqual([]);
});
