/** Traces by OpenTelemetry: the spans of one sale as a receiver of OTLP gets them, and none without the setting. */
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { openTracing } from '#gateway/tracing/open-traces';
import { readConfig } from '#kernel/config';
import { createLogger } from '#kernel/log';
import type { Tracing } from '#kernel/traces';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

/** A span in OTLP's JSON. */
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[];
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: Pick<Span, 'attributes'>;
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

const [INTERNAL, SERVER, CLIENT] = [1, 2, 3];
const TRACE = '4af7651916cd43dd8448eb211c80319c';
const APART_TRACE = '5af7651916cd43dd8448eb211c80319c';
const SCAN_TRACE = '6af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

const exports: Export[] = [];
const lines: string[] = [];
let receiver: Server;
let tracing: Tracing;
let platform: TestPlatform;
let saleBody: string;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    void textOf(request).then((body) => {
      expect(request.url).toBe('/v1/traces');
      exports.push(JSON.parse(body) as Export);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: 'shop' };
  tracing = (await openTracing(readConfig(env)))!;
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ level: 'info', pretty: false, destination, tracing });
  platform = await startTestPlatform({ demoDays: 2, env, tracing, log, apart: ['analytics'] });
  const { body } = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  const token = (body as { access_token: string }).access_token;
  const registers = (await platform.rest('GET', '/api/v1/pos/registers', { token })).body as {
    items: { id: string; session: object | null }[];
  };
  const headers = { traceparent: `00-${TRACE}-${CALLER}-01` };
  const sale = await platform.rest('POST', '/api/v1/pos/checkout', {
    token,
    headers,
    body: {
      register_id: registers.items.find(({ session }) => session)!.id,
      items: [{ barcode: '123456789', quantity: 1 }],
      payments: [{ method: 'cash', amount: '100.00' }],
    },
  });
  expect(sale.status).toBe(201);
  saleBody = sale.text;
  const report = await platform.rest('GET', '/api/v1/analytics/customers/rfm-scores', {
    token,
    headers: { traceparent: `00-${APART_TRACE}-${CALLER}-01` },
  });
  expect(report.status).toBe(200);
  const scan = await platform.rest('GET', '/api/v1/pos/scan/987654321', {
    token,
    headers: { traceparent: `00-${SCAN_TRACE}-${CALLER}-01` },
  });
  expect(scan.status).toBe(404);
  await platform.rest('GET', '/health');
  // Sends what is left.
  await platform.stop();
}, 240_000);
afterAll(() => receiver.close());

const attribute = ({ attributes }: Pick<Span, 'attributes'>, name: string) => {
  const { value } = attributes.find(({ key }) => key === name) ?? {};
  return value?.stringValue ?? value?.intValue;
};

function spansOf(trace: string): Span[] {
  return exports
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .filter(({ traceId }) => traceId === trace);
}

/** `name < name of the parent`, each once. Caches decide which statements read, so those that only read are omitted. */
function tree(spans: readonly Span[]): string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  const named = spans.map(
    ({ name, parentSpanId = '' }) => `${name} < ${names.get(parentSpanId) ?? parentSpanId}`,
  );
  return [...new Set(named)].filter((name) => !name.startsWith('select ')).sort();
}

it('has the spans of a sale: the request, its fetches, and their statements', () => {
  const spans = spansOf(TRACE);
  expect(tree(spans)).toEqual([
    `POST /api/v1/pos/checkout < ${CALLER}`,
    'begin < fetch pos',
    'commit < fetch pos',
    'fetch orders < POST /api/v1/pos/checkout',
    'fetch payments < POST /api/v1/pos/checkout',
    'fetch pos < POST /api/v1/pos/checkout',
    'insert audit_entries < fetch pos',
    'insert counters < fetch pos',
    'insert orders < fetch pos',
    'insert payments < fetch pos',
    'insert stock_levels < fetch pos',
    'update register_sessions < fetch pos',
  ]);
  const kinds = new Set(spans.map(({ name, kind }) => `${name.split(' ')[0]} ${kind}`));
  expect([...kinds].filter((kind) => /^(POST|fetch|insert)/.test(kind)).sort()).toEqual([
    `POST ${SERVER}`,
    `fetch ${INTERNAL}`,
    `insert ${CLIENT}`,
  ]);
  const request = spans.find(({ name }) => name.startsWith('POST'))!;
  expect(attribute(request, 'http.route')).toBe('/api/v1/pos/checkout');
  expect(attribute(request, 'http.response.status_code')).toBe(201);
  const insert = spans.find(({ name }) => name === 'insert payments')!;
  expect(attribute(insert, 'db.query.text')).toMatch(/^insert into payments \([^]+\$1/);
  expect(attribute(exports[0]!.resourceSpans[0]!.resource, 'service.name')).toBe('shop');
});

it('continues in a subgraph that runs apart', () => {
  const spans = spansOf(APART_TRACE);
  expect(tree(spans)).toEqual([
    `GET /api/v1/analytics/customers/rfm-scores < ${CALLER}`,
    'POST /analytics < fetch analytics',
    'fetch analytics < GET /api/v1/analytics/customers/rfm-scores',
  ]);
  expect(spans.find(({ name }) => name === 'fetch analytics')!.kind).toBe(CLIENT);
  expect(spans.map(({ name }) => name)).toContain('select order_day_customers');
});

it('has the code of an error, and the pattern of a path', () => {
  const scan = spansOf(SCAN_TRACE);
  expect(tree(scan)[0]).toBe(`GET /api/v1/pos/scan/:barcode < ${CALLER}`);
  expect(
    attribute(
      scan.find(({ name }) => name === 'fetch pos')!,
      'error.type',
    ),
  ).toBe('PRODUCT_NOT_FOUND');
});

it('sends no value of a request, and nothing of probes and background work', () => {
  const sent = JSON.stringify(exports);
  const { id, number } = JSON.parse(saleBody) as { id: string; number: string };
  expect(
    [id, number, '123456789', '987654321', 'admin@pospro.com', 'secure123'].filter((value) =>
      sent.includes(value),
    ),
  ).toEqual([]);
  const roots = exports
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .filter(({ parentSpanId }) => !parentSpanId)
    .map(({ name }) => name);
  expect(roots).toEqual(['POST /api/v1/auth/login', 'GET /api/v1/pos/registers']);
});

it('names the trace in the log', () => {
  const line = lines.find((text) => text.includes('/api/v1/pos/checkout'))!;
  const { trace_id: trace, span_id: span } = JSON.parse(line) as Record<string, string>;
  const request = spansOf(TRACE).find(({ name }) => name.startsWith('POST'))!;
  expect([trace, span]).toEqual([TRACE, request.spanId]);
});

it('is off without the setting, and then loads nothing', () => {
  expect(readConfig({}).tracing).toBeUndefined();
  expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318/' }).tracing).toEqual({
    url: 'http://a:4318/v1/traces',
    serviceName: 'pospro',
  });
  expect(() => readConfig({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'a:4318' })).toThrow(
    'must be an http:// or https:// URL',
  );
  const script = `
    const { openTracing } = require('./gateway/tracing/open-traces.ts');
    require('./gateway/platform.ts');
    openTracing({ tracing: undefined }).then((tracing) => {
      const loaded = Object.keys(require.cache).filter((file) => /opentelemetry.(sdk|exporter)-trace/.test(file));
      console.log(JSON.stringify({ tracing: tracing ?? null, loaded }));
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], {
    encoding: 'utf8',
  });
  expect([stdout.trim(), stderr]).toEqual(['{"tracing":null,"loaded":[]}', '']);
});
