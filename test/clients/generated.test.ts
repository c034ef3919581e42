/** Clients that other generators make of openapi.json: they compile strictly, and sell at a running server. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { TEST_PASSWORD } from '#test/harness/actors';
import { freePort } from '#test/harness/free-port';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openTill } from '#test/harness/shop';

const ROOT = path.resolve(__dirname, '../..');
const DOCUMENT = path.join(ROOT, 'openapi.json');
const MODULES = path.join(ROOT, 'node_modules');
const NOT_THERE = '0190a000-0000-7000-8000-00000000dead';

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'preserve',
    moduleResolution: 'bundler',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['**/*.ts'],
};

/** The same work by each client: sign in, list products, sell, print the receipt, and read an error. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'hey-api': `
import { createClient } from './hey-api/client';
import { checkout, login, printReceipt, product, products } from './hey-api';

const [, , baseUrl = '', email = '', password = '', register_id = ''] = process.argv;
const signedOut = createClient({ baseUrl });
const session = await login({ client: signedOut, body: { email, password }, throwOnError: true });
const client = createClient({ baseUrl, auth: () => session.data.access_token });
const list = await products({ client, query: { search: 'tea', size: 5 }, throwOnError: true });
const prices: string[] = list.data.items.map(({ sku, price }) => sku + ' ' + price);
const sale = await checkout({
  client,
  headers: { 'Idempotency-Key': 'hey-api' },
  body: { register_id, items: [{ barcode: '4006381333931', quantity: 2 }], payment_method: 'cash' },
  throwOnError: true,
});
const receipt = await printReceipt({ client, body: { order_id: sale.data.id }, throwOnError: true });
const missing = await product({ client, path: { id: '${NOT_THERE}' } });
const code: string | undefined = missing.error?.code;
const status: number | undefined = missing.response?.status;
const { total, status: state } = sale.data;
console.log(JSON.stringify({ prices, total, state, printed: receipt.data.content.includes(total), code, status }));
`,
  orval: `
import { checkout, login, printReceipt, product, products } from './orval';

const [, , , email = '', password = '', register_id = ''] = process.argv;
const session = await login({ email, password });
if (session.status !== 200) throw new Error(session.data.code);
const headers = { authorization: 'Bearer ' + session.data.access_token };
const list = await products({ search: 'tea', size: 5 }, { headers });
if (list.status !== 200) throw new Error(list.data.code);
const prices: string[] = list.data.items.map(({ sku, price }) => sku + ' ' + price);
const sale = await checkout(
  { register_id, items: [{ barcode: '4006381333931', quantity: 2 }], payment_method: 'cash' },
  { headers: { ...headers, 'Idempotency-Key': 'orval' } },
);
if (sale.status !== 201) throw new Error(sale.data.code);
const receipt = await printReceipt({ order_id: sale.data.id }, { headers });
if (receipt.status !== 200) throw new Error(receipt.data.code);
const missing = await product('${NOT_THERE}', undefined, { headers });
if (missing.status === 200) throw new Error(missing.data.id);
const code: string = missing.data.code;
const { total, status: state } = sale.data;
const { status } = missing;
console.log(JSON.stringify({ prices, total, state, printed: receipt.data.content.includes(total), code, status }));
`,
};
const GENERATORS = Object.keys(PROGRAMS);

/** Calls that must not compile: a field that is not there, and a value of another type. */
const MISTAKES: Readonly<Record<string, string>> = {
  'mistake-hey-api-field': `import { products } from './hey-api';
const { data } = await products({ throwOnError: true });
console.log(data.rows);
`,
  'mistake-hey-api-value': `import { login } from './hey-api';
await login({ body: { email: 1, password: 'x' } });
`,
  'mistake-orval-field': `import { products } from './orval';
const { data } = await products();
console.log(data.rows);
`,
  'mistake-orval-value': `import { login } from './orval';
await login({ email: 1, password: 'x' });
`,
};

let folder: string;
let platform: TestPlatform;
let typeErrors: Promise<string[]>;
let arguments_: string[];
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pospro-generated-'));
  const port = await freePort();
  // The compiler works while the server starts.
  typeErrors = generate(`http://127.0.0.1:${port}`).then(compile);
  // Its failure is that of the test which waits for it.
  typeErrors.catch(() => undefined);
  platform = await startTestPlatform({ env: { PORT: String(port) } });
  const till = await openTill(platform);
  arguments_ = [platform.url, till.owner.email, TEST_PASSWORD, till.registerId];
}, 120_000);
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: folder });

/** Writes each client, and the programs that use it. Only orval writes the address into its client. */
async function generate(url: string): Promise<void> {
  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
  symlinkSync(MODULES, path.join(folder, 'node_modules'));
  write('package.json', JSON.stringify({ type: 'module' }));
  write('tsconfig.json', JSON.stringify(TSCONFIG));
  const output = { target: 'orval.ts', client: 'fetch', mode: 'single', baseUrl: url };
  const config = { pospro: { input: { target: DOCUMENT }, output } };
  write('orval.config.cjs', `module.exports = ${JSON.stringify(config)};`);
  for (const [name, code] of Object.entries(PROGRAMS)) write(`use-${name}.ts`, code);
  for (const [name, code] of Object.entries(MISTAKES)) write(`${name}.ts`, code);
  const heyApi = ['-i', DOCUMENT, '-o', 'hey-api', '--client', '@hey-api/client-fetch', '--no-log-file'];
  await Promise.all([
    node(path.join(MODULES, '@hey-api/openapi-ts/bin/run.js'), ...heyApi),
    node(path.join(MODULES, 'orval/dist/bin/orval.js'), '--config', 'orval.config.cjs'),
  ]);
}

/** @returns the files with errors, one for each error. */
async function compile(): Promise<string[]> {
  const output = await node(path.join(MODULES, 'typescript/bin/tsc'), '-p', folder).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout || stderr,
  );
  return output.split('\n').filter((line) => /^\S/.test(line));
}

it('compile strictly, and reject mistakes', async () => {
  const errors = (await typeErrors).sort();
  expect(errors).toEqual(
    Object.keys(MISTAKES).map((name) => expect.stringMatching(new RegExp(`^${name}\\.ts`)) as unknown),
  );
}, 240_000);

it.each(GENERATORS)(
  '%s signs in, lists, sells, prints the receipt and reads an error',
  async (name) => {
    await typeErrors;
    const { stdout } = await node('--import', 'tsx', `use-${name}.ts`, ...arguments_);
    expect(JSON.parse(stdout)).toEqual({
      prices: ['TEA 3.50'],
      total: '7.00',
      state: 'completed',
      printed: true,
      code: 'NOT_FOUND',
      status: 404,
    });
  },
  60_000,
);
