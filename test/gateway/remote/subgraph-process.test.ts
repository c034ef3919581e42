/** `npm run subgraph`: its settings, its start, and its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startSubgraphs } from '#gateway/remote/subgraph-process';
import { startPlatform } from '#gateway/platform';
import { ConfigError, readConfig } from '#kernel/config';
import { subgraphs } from '#subgraphs/list';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { freePort } from '#test/harness/free-port';

const ROOT = path.resolve(__dirname, '../../..');
const SHARED = { JWT_SECRET: 'x'.repeat(32), DATABASE_URL: 'postgresql://nowhere/x', LOG_LEVEL: 'silent' };

async function faultsOf(start: () => unknown): Promise<readonly string[]> {
  try {
    await start();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

it('names every setting that is wrong', async () => {
  const read = (env: Record<string, string>) => faultsOf(() => readConfig(env));
  const form = (pair: string) =>
    `SUBGRAPH_URLS has "${pair}", which must be a name and an address, such as inventory=http://inventory:4001/inventory`;
  expect(await read({ ...SHARED, SUBGRAPH_URLS: 'http://inventory:4001,pos=ftp://pos' })).toEqual([
    form('http://inventory:4001'),
    form('pos=ftp://pos'),
  ]);
  expect(await read({ SUBGRAPH_URLS: 'pos=http://pos:4001/pos' })).toEqual([
    'JWT_SECRET is missing; with SUBGRAPH_URLS all processes must share it',
  ]);
  const names = subgraphs.map(({ name }) => name).join(', ');
  const process = (given: readonly string[], env: Record<string, string>) =>
    faultsOf(() => startSubgraphs({ config: readConfig(env), subgraphs, names: given }));
  expect(await process(['stock'], SHARED)).toEqual([
    `The command names "stock", but the subgraphs are ${names}`,
  ]);
  expect(await process([], SHARED)).toEqual([
    'The command names no subgraph; try npm run subgraph -- inventory',
  ]);
  expect(await process(['inventory'], { JWT_SECRET: SHARED.JWT_SECRET })).toEqual([
    'DATABASE_URL is missing; all processes of a platform share a database',
  ]);
});

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

it('rejects the address of an unknown subgraph before it serves', async () => {
  const env = { ...SHARED, DATABASE_URL: db.services.config.databaseUrl!, NODE_ENV: 'test' };
  const config = readConfig({ ...env, SUBGRAPH_URLS: 'stock=http://127.0.0.1:1/stock' });
  expect(await faultsOf(() => startPlatform({ config, subgraphs }))).toEqual([
    `SUBGRAPH_URLS names "stock", but the subgraphs are ${subgraphs.map((one) => one.name).join(', ')}`,
  ]);
});

it('serves by one command, and stops in order', async () => {
  const port = await freePort();
  const tsx = path.join(ROOT, 'node_modules/.bin/tsx');
  const child = spawn(tsx, ['gateway/subgraph-main.ts', 'inventory', 'support'], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...SHARED,
      DATABASE_URL: db.services.config.databaseUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
    },
  });
  let text = '';
  child.stderr.on('data', (part: Buffer) => (text += part.toString()));
  const served = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
      if (text.includes('SUBGRAPH_URLS')) resolve();
    });
    child.once('exit', () => reject(new Error(text)));
  });
  await served;
  const url = `http://127.0.0.1:${port}`;
  expect(text).toBe(
    `\nServing inventory, support. For the gateway: SUBGRAPH_URLS=inventory=${url}/inventory,support=${url}/support\n`,
  );
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect((await fetch(`${url}/inventory`, { method: 'POST' })).status).toBe(401);
  expect((await fetch(`${url}/catalog`, { method: 'POST' })).status).toBe(404);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
